"""Query parameters: what is taken, and what is refused with the parameter's name."""

from datetime import UTC, datetime

import pytest

from shared.exports.states_and_codes import Status
from shared.http.api_errors import ApiError
from shared.http.query_parameters import (
    DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
    next_page_parameters,
    read_continuation_token,
    read_export_filter,
    read_number_token,
    read_page_size,
)
from shared.records.index_keys import ExportFilter

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
KEY = "all|8204|3938ca43"


def test_all_filters_together() -> None:
    params = {"status": "Failed", "subjectId": GUID.upper(), "reference": " r ", "dueBefore": "2026-12-01T10:00+01:00"}
    assert read_export_filter(params) == ExportFilter(
        status=Status.FAILED, subject_id=GUID, reference=" r ", due_before=datetime(2026, 12, 1, 9, tzinfo=UTC)
    )
    assert read_export_filter({"top": "5", "continuationToken": "x", "code": "key"}) == ExportFilter()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("status", "failed", "InvalidValue"),
        ("status", "", "InvalidValue"),
        ("subjectId", "ana@contoso.example", "InvalidValue"),
        ("subjectId", "", "InvalidValue"),
        ("dueBefore", "2026-12-01T09:00:00", "InvalidValue"),
        ("dueBefore", "tomorrow", "InvalidValue"),
        ("dueBefore", "1969-12-31T23:59:59Z", "InvalidValue"),
        ("dueBefore", "0001-01-01T00:00:00+01:00", "InvalidValue"),
        ("duebefore", "2026-12-01T09:00:00Z", "UnknownField"),
    ],
)
def test_a_filter_that_can_not_be_is_refused(name: str, value: str, code: str) -> None:
    with pytest.raises(ApiError) as error:
        read_export_filter({name: value})
    assert (error.value.status, error.value.code, error.value.target) == (400, code, name)


@pytest.mark.parametrize(
    ("given", "size"), [({}, DEFAULT_PAGE_SIZE), ({"top": "1"}, 1), ({"top": "100"}, MAX_PAGE_SIZE)]
)
def test_the_size_of_a_page(given: dict[str, str], size: int) -> None:
    assert read_page_size(given) == size


@pytest.mark.parametrize("value", ["0", "101", "-1", "1.0", "", "x", "²", "٣", "0001", "9" * 5000])
def test_a_size_that_can_not_be_is_refused(value: str) -> None:
    with pytest.raises(ApiError) as error:
        read_page_size({"top": value})
    assert (error.value.code, error.value.target) == ("InvalidValue", "top")


def test_the_next_page_begins_where_this_one_ended() -> None:
    params = {"status": "Failed", "top": "5", "code": "key", "continuationToken": "old"}
    following = next_page_parameters(params, KEY)
    assert read_continuation_token(following) == KEY
    assert {name: value for name, value in following.items() if name != "continuationToken"} == {
        "status": "Failed",
        "top": "5",
    }
    assert read_continuation_token({}) is None


@pytest.mark.parametrize("token", ["", "x", "%", "é", "4pi6", "AA==", "YQ" * 600])
def test_a_token_that_no_page_gave_is_refused(token: str) -> None:
    with pytest.raises(ApiError) as error:
        read_continuation_token({"continuationToken": token})
    assert (error.value.code, error.value.target) == ("InvalidValue", "continuationToken")


@pytest.mark.parametrize(("given", "after"), [({}, 0), ({"continuationToken": "1000"}, 1000)])
def test_files_and_events_begin_where_the_page_before_ended(given: dict[str, str], after: int) -> None:
    assert read_number_token(given) == after


@pytest.mark.parametrize("token", ["", "-1", "x", "²", "9" * 9])
def test_a_number_that_no_page_gave_is_refused(token: str) -> None:
    with pytest.raises(ApiError) as error:
        read_number_token({"continuationToken": token})
    assert (error.value.code, error.value.target) == ("InvalidValue", "continuationToken")
