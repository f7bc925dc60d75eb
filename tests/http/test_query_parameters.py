"""Query parameters: what is taken, and what is refused with the parameter's name."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.states_and_codes import Status
from shared.http.api_errors import ApiError
from shared.http.query_parameters import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    check_names,
    next_page_parameters,
    read_continuation_token,
    read_export_filter,
    read_number_token,
    read_page_size,
    read_query,
)
from shared.records.index_keys import ExportFilter

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
KEY = "all|8204|3938ca43"
URL = "https://exports.contoso.example/api/exports"


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("", {}),
        ("?", {}),
        ("?&&", {}),
        ("?status=Failed&top=5", {"status": "Failed", "top": "5"}),
        ("?reference=a%26b%20c+d%3D%C3%BC", {"reference": "a&b c d=ü"}),
        ("?reference=a=b?/", {"reference": "a=b?/"}),
        ("?status=Running&status=Failed,Canceled", {"status": "Running,Failed,Canceled"}),
        ("?code=key&top=5&CODE=", {"top": "5"}),
        ("?top=5#top=6", {"top": "5"}),
    ],
)
def test_the_parameters_are_those_of_the_url(query: str, read: dict[str, str]) -> None:
    assert read_query(f"{URL}{query}") == read


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("status=", "status"),
        ("status", "status"),
        ("top=5&status=", "status"),
        ("status=Failed&status=", "status"),
        ("anything=", "anything"),
        ("=", "query"),
        ("top=5&top=5", "top"),
        ("reference=a&reference=b", "reference"),
        ("=a&=b", "query"),
        ("reference=%FF", "query"),
        ("%ff=x", "query"),
    ],
)
def test_a_parameter_without_one_value_is_refused(query: str, target: str) -> None:
    with pytest.raises(ApiError) as error:
        read_query(f"{URL}?{query}")
    assert (error.value.status, error.value.code, error.value.target) == (400, "InvalidValue", target)


@pytest.mark.parametrize(
    ("query", "takes", "target"),
    [
        ({"Status": "Failed"}, ("status", "top"), "Status"),
        ({"status": "Failed", "$filter": "x"}, ("status", "top"), "$filter"),
        ({"status": "Failed"}, (), "status"),
        ({"": "x"}, ("status",), "query"),
    ],
)
def test_a_parameter_that_a_call_does_not_take_is_refused(
    query: dict[str, str], takes: tuple[str, ...], target: str
) -> None:
    with pytest.raises(ApiError) as error:
        check_names(query, takes)
    assert (error.value.status, error.value.code, error.value.target) == (400, "UnknownField", target)
    assert all(name in error.value.message for name in takes)


def test_the_parameters_that_a_call_takes_may_be_there() -> None:
    check_names({"status": "Failed"}, ("status", "top"))
    check_names({}, ())


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60))
def test_no_query_breaks_it(query: str) -> None:
    try:
        read = read_query(f"{URL}?{query}")
    except ApiError:
        return
    assert all(read.values())


def test_all_filters_together() -> None:
    params = {
        "status": "Failed",
        "subjectId": GUID.upper(),
        "reference": " r ",
        "requestedBy": GUID.upper(),
        "dueBefore": "2026-12-01T10:00+01:00",
        "paused": "false",
        "onHold": "True",
        "awaitsHandover": "FALSE",
        "unanswered": "true",
    }
    assert read_export_filter(params) == ExportFilter(
        statuses=(Status.FAILED,),
        subject_id=GUID,
        reference=" r ",
        requested_by=GUID,
        due_before=datetime(2026, 12, 1, 9, tzinfo=UTC),
        is_paused=False,
        is_on_hold=True,
        awaits_handover=False,
        is_unanswered=True,
    )
    assert read_export_filter({"top": "5", "continuationToken": "x"}) == ExportFilter()


@pytest.mark.parametrize("offset", ["+01:00", " 01:00", "+0100", " 0100", "+01", " 01"])
def test_a_plus_that_was_not_encoded_is_still_one(offset: str) -> None:
    wanted = read_export_filter({"dueBefore": f"2026-12-01T10:00:00{offset}"})
    assert wanted.due_before == datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_blanks_around_an_id_or_a_time_are_no_part_of_it() -> None:
    spaced = {
        "subjectId": f" \u200b{GUID}\n",
        "requestedBy": f"\ufeff {GUID} ",
        "dueBefore": " 2026-12-01T10:00:00 01:00 ",
        "reference": " r ",
    }
    assert read_export_filter(spaced) == ExportFilter(
        subject_id=GUID, requested_by=GUID, due_before=datetime(2026, 12, 1, 9, tzinfo=UTC), reference=" r "
    )


@pytest.mark.parametrize("value", ["NotStarted,Running", "NotStarted, Running", " NotStarted ,Running "])
def test_several_statuses_are_separated_by_commas(value: str) -> None:
    assert read_export_filter({"status": value}).statuses == (Status.NOT_STARTED, Status.RUNNING)


def test_who_called_with_a_key_can_be_asked_for() -> None:
    assert read_export_filter({"requestedBy": "functionKey"}).requested_by == "functionKey"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("status", "Running,", "InvalidValue"),
        ("status", ",", "InvalidValue"),
        ("status", "Running,Done", "InvalidValue"),
        ("status", "Running;Failed", "InvalidValue"),
        ("requestedBy", "", "InvalidValue"),
        ("requestedBy", "me", "InvalidValue"),
        ("requestedBy", "functionkey", "InvalidValue"),
        ("requestedBy", f"{GUID}|", "InvalidValue"),
        ("status", "failed", "InvalidValue"),
        ("status", "", "InvalidValue"),
        ("subjectId", "ana@contoso.example", "InvalidValue"),
        ("subjectId", "", "InvalidValue"),
        ("dueBefore", "2026-12-01T09:00:00", "InvalidValue"),
        ("dueBefore", "2026-12-01 09:00", "InvalidValue"),
        ("dueBefore", "2026-12-01", "InvalidValue"),
        ("dueBefore", "2026120109", "InvalidValue"),
        ("dueBefore", "tomorrow", "InvalidValue"),
        ("paused", "", "InvalidValue"),
        ("paused", "1", "InvalidValue"),
        ("onHold", "yes", "InvalidValue"),
        ("awaitsHandover", "true,false", "InvalidValue"),
        ("unanswered", "0", "InvalidValue"),
        ("dueBefore", "1969-12-31T23:59:59Z", "InvalidValue"),
        ("dueBefore", "0001-01-01T00:00:00+01:00", "InvalidValue"),
    ],
)
def test_a_filter_that_can_not_be_is_refused(name: str, value: str, code: str) -> None:
    with pytest.raises(ApiError) as error:
        read_export_filter({name: value})
    assert (error.value.status, error.value.code, error.value.target) == (400, code, name)


@pytest.mark.parametrize(
    ("params", "size"), [({}, DEFAULT_PAGE_SIZE), ({"top": "1"}, 1), ({"top": "100"}, MAX_PAGE_SIZE)]
)
def test_the_size_of_a_page(params: dict[str, str], size: int) -> None:
    assert read_page_size(params) == size


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.0", "", "x", "²", "٣", "0001", "9" * 5000])
def test_a_size_that_can_not_be_is_refused(value: str) -> None:
    with pytest.raises(ApiError) as error:
        read_page_size({"top": value})
    assert (error.value.code, error.value.target) == ("InvalidValue", "top")


def test_the_next_page_begins_where_this_one_ended() -> None:
    params = {"status": "Failed", "top": "5", "code": "key", "continuationToken": "old"}
    following = next_page_parameters(params, KEY)
    assert read_continuation_token(following, ExportFilter()) == KEY
    assert {name: value for name, value in following.items() if name != "continuationToken"} == {
        "status": "Failed",
        "top": "5",
    }
    assert read_continuation_token({}, ExportFilter()) is None


@pytest.mark.parametrize(
    "wanted",
    [
        ExportFilter(statuses=(Status.RUNNING,)),
        ExportFilter(requested_by=GUID),
        ExportFilter(subject_id=GUID),
        ExportFilter(due_before=datetime(2026, 12, 1, tzinfo=UTC)),
        ExportFilter(is_paused=True),
        ExportFilter(awaits_handover=True),
        ExportFilter(is_unanswered=True),
        ExportFilter(is_on_hold=True),
    ],
)
def test_a_token_of_another_list_is_refused(wanted: ExportFilter) -> None:
    following = next_page_parameters({}, KEY)
    with pytest.raises(ApiError) as error:
        read_continuation_token(following, wanted)
    assert (error.value.code, error.value.target) == ("InvalidValue", "continuationToken")


@pytest.mark.parametrize("token", ["", "x", "%", "é", "4pi6", "AA==", "YQ" * 600])
def test_a_token_that_no_page_gave_is_refused(token: str) -> None:
    with pytest.raises(ApiError) as error:
        read_continuation_token({"continuationToken": token}, ExportFilter())
    assert (error.value.code, error.value.target) == ("InvalidValue", "continuationToken")


@pytest.mark.parametrize(("given", "after"), [({}, 0), ({"continuationToken": "1000"}, 1000)])
def test_files_and_events_begin_where_the_page_before_ended(given: dict[str, str], after: int) -> None:
    assert read_number_token(given) == after


@pytest.mark.parametrize("token", ["", "-1", "x", "²", "9" * 9])
def test_a_number_that_no_page_gave_is_refused(token: str) -> None:
    with pytest.raises(ApiError) as error:
        read_number_token({"continuationToken": token})
    assert (error.value.code, error.value.target) == ("InvalidValue", "continuationToken")
