"""What the JSON of a request may say, and what becomes of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.export import ExportRequest, Subject
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions.deadline import ClockChange, Extend, Pause, Resume
from shared.http.api_errors import ApiError
from shared.http.csv_bodies import read_csv_batch
from shared.http.request_bodies import (
    read_batch,
    read_clock_change,
    read_export,
    read_export_item,
    read_links,
    read_subscription,
)
from shared.national_clouds import CLOUDS
from shared.use_cases.manage_subscriptions import SubscriptionRequest

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
GLOBAL = CLOUDS["Global"]
CALLBACK = "https://hooks.contoso.com/run?sig=secret"
USER = {"type": "user", "id": GUID}


def read(body: Any) -> ExportRequest:
    return read_export(body if isinstance(body, bytes) else json.dumps(body).encode(), GLOBAL)


def test_all_that_can_be_asked_for() -> None:
    request = read(
        {
            "subject": {"type": "user", "id": GUID.upper()},
            "reference": "DSR-2026-0042",
            "receivedDateTime": "2026-11-01T10:00:00+01:00",
            "dueDateTime": "2026-12-01T09:00:00.5Z",
            "callbackUrl": None,
            "allowDuplicate": False,
        }
    )
    assert request.subject == Subject(SubjectType.USER, GUID)
    assert request.reference == "DSR-2026-0042"
    assert request.received_at == datetime(2026, 11, 1, 9, tzinfo=UTC)
    assert request.due_at == datetime(2026, 12, 1, 9, 0, 0, 500_000, UTC)


def test_a_user_can_be_named() -> None:
    for name in ("o'neil_ext#EXT#@contoso.example", "$alice@contoso.com", "a$b@contoso.com"):
        assert read({"subject": {"type": "user", "id": name}}).subject == Subject(SubjectType.USER, None, name)


DIGESTS: list[tuple[dict[str, Any], str, str | None]] = [
    (
        {"subject": USER},
        "ab54e4e690fc5b91ff7e8aa40b14895f17a7285b7ba3cfa51854e06c9d522ad4",
        f"user,{GUID},,,,",
    ),
    (
        {"subject": {"id": GUID.upper(), "type": "inboundSharedUserProfile"}, "allowDuplicate": True},
        "db1d9cd0413eb1191d1aa60bf973d273e1f81325f0f9fdf6f664ac56c3553b8e",
        f"inboundSharedUserProfile,{GUID.upper()},,,,TRUE",
    ),
    (
        {"subject": {"type": "user", "id": "o'neil_ext#EXT#@contoso.example"}, "reference": "DSR-2026-0042"},
        "71f874e5f8688e7b5d462e1b264f085d226d0d253a12abd4135c2cbedf2066f1",
        "user,o'neil_ext#EXT#@contoso.example,DSR-2026-0042,,,",
    ),
    (
        {"subject": {"type": "user", "id": "ana@contoso.example"}, "reference": 'Anfrage ü § 😀 "a\\b/'},
        "103635aa22af7f3b88d628afd4472d2328a5b3afe4df38e51e00d6d7fce3cbe0",
        'user,ana@contoso.example,"Anfrage ü § 😀 ""a\\b/",,,false',
    ),
    (
        {"subject": USER, "receivedDateTime": "2026-11-01T10:00:00+01:00", "dueDateTime": "2026-12-01T09:00:00.5Z"},
        "ab4a69cbd3586b2bb9f5a2b093ea939f64fdac68faa8cd5bdcb947887cd37302",
        f"user,{GUID},,2026-11-01T10:00:00+01:00,2026-12-01T09:00:00.5Z,",
    ),
    (
        {"subject": USER, "reference": "7", "receivedDateTime": "2026-11-30T00:53:20Z"},
        "7abff1feed89ea919fff17731d886999be53fa82db82cd141b5f221030ab0b1a",
        f"user,{GUID},7,2026-11-30T00:53:20Z,,",
    ),
    (
        {
            "subject": USER,
            "receivedDateTime": "2026-11-01 10:00Z",
            "dueDateTime": "2026-11-30T00:53:20Z",
            "callbackUrl": None,
        },
        "c3c519b44a04db971e33c15d862e8b7d837df4708dbb177bb5a1760e965a17a4",
        f"user,{GUID},,2026-11-01 10:00Z,2026-11-30T00:53:20Z,",
    ),
    (
        {"subject": USER, "dueDateTime": "2026-12-01T09:00:00.123456789-0830"},
        "90a732e6aad1effbbb982fb35413588667b79a100e0acdf323e9258b45b4532a",
        f"user,{GUID},,,2026-12-01T09:00:00.123456789-0830,",
    ),
    (
        {
            "subject": USER,
            "receivedDateTime": "2026-11-01T10:00:00+01:00",
            "dueDateTime": "2026-12-01T09:00:00.5Z",
            "callbackUrl": CALLBACK,
            "allowDuplicate": False,
        },
        "15b2ae0c766b95fd37e4e4a8c78a098adb2898351d7aabffbb4412647ee6988d",
        None,
    ),
]
"""Requests, their digests as the first release computed them, and the same requests as rows of CSV.

If a digest changes, a request that is sent again after a deployment looks like another one.
"""
HEADER = "type,id,reference,receivedDateTime,dueDateTime,allowDuplicate"


@pytest.mark.parametrize(("body", "digest", "row"), DIGESTS, ids=range(len(DIGESTS)))
def test_a_request_has_the_digest_that_earlier_versions_gave_it(
    body: dict[str, Any], digest: str, row: str | None
) -> None:
    assert read(body).digest == digest
    (item,) = read_batch(json.dumps({"exports": [body]}).encode())
    assert read_export_item(item, GLOBAL) == read(body)
    if row is not None:
        (item,) = read_csv_batch(f"\ufeff{HEADER}\r\n{row}\r\n".encode(), 2)
        assert read_export_item(item, GLOBAL) == read(body)


def test_the_same_request_has_the_same_digest_and_another_has_another() -> None:
    spaced = b'{ "subject": {"id": "%s", "type": "user"} }' % GUID.encode()
    assert read(spaced).digest == read({"subject": USER}).digest
    assert read({"subject": USER, "reference": "x"}).digest != read({"subject": USER}).digest


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        (b"", "InvalidJson", "body"),
        (b"{", "InvalidJson", "body"),
        (b"\xff", "InvalidJson", "body"),
        (b"null", "InvalidValue", "body"),
        ([], "InvalidValue", "body"),
        ({}, "MissingField", "subject"),
        ({"subject": "x"}, "InvalidValue", "subject"),
        ({"subject": {"type": "user"}}, "MissingField", "subject.id"),
        ({"subject": USER, "extra": 1}, "UnknownField", "extra"),
        ({"subject": USER | {"extra": 1}}, "UnknownField", "subject.extra"),
        ({"subject": {"type": "group", "id": GUID}}, "InvalidValue", "subject.type"),
        ({"subject": {"type": "user", "id": ""}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "user", "id": ".."}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "user", "id": "me"}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "user", "id": "a/b@contoso.example"}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "user", "id": "x" * 10_000}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "user", "id": 7}}, "InvalidValue", "subject.id"),
        ({"subject": {"type": "inboundSharedUserProfile", "id": "a@b.example"}}, "InvalidValue", "subject.id"),
        ({"subject": USER, "reference": ""}, "InvalidValue", "reference"),
        ({"subject": USER, "reference": "a\nb"}, "InvalidValue", "reference"),
        ({"subject": USER, "reference": "x" * 129}, "InvalidValue", "reference"),
        ({"subject": USER, "receivedDateTime": "2026-11-01T09:00:00"}, "InvalidValue", "receivedDateTime"),
        ({"subject": USER, "receivedDateTime": 1_700_000_000}, "InvalidValue", "receivedDateTime"),
        ({"subject": USER, "receivedDateTime": True}, "InvalidValue", "receivedDateTime"),
        ({"subject": USER, "receivedDateTime": "2026-11-01"}, "InvalidValue", "receivedDateTime"),
        ({"subject": USER, "receivedDateTime": "yesterday"}, "InvalidValue", "receivedDateTime"),
        ({"subject": USER, "dueDateTime": "0001-01-01T00:00:00Z"}, "InvalidValue", "dueDateTime"),
        ({"subject": USER, "dueDateTime": "9999-12-31T23:59:59Z"}, "InvalidValue", "dueDateTime"),
        ({"subject": USER, "allowDuplicate": "yes"}, "InvalidValue", "allowDuplicate"),
        ({"subject": USER, "callbackUrl": 7}, "InvalidValue", "callbackUrl"),
    ],
)
def test_what_can_not_be_is_refused_with_code_and_target(body: Any, code: str, target: str) -> None:
    with pytest.raises(ApiError) as error:
        read(body)
    assert (error.value.status, error.value.code, error.value.target) == (400, code, target)
    assert error.value.message.startswith(f"{target}: ")
    assert error.value.message.endswith(".")
    assert len(error.value.message) < 300


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"subject": "x"},
        {"subject": USER, "extra": 1, "reference": 7},
        {"subject": {"type": "user", "id": 7}, "allowDuplicate": "yes"},
        {"subject": USER, "dueDateTime": 1_700_000_000, "receivedDateTime": "2026-11-01"},
        {"subject": USER, "dueDateTime": "yesterday"},
    ],
)
def test_an_item_of_a_batch_is_refused_with_the_words_of_a_single_request(body: Any) -> None:
    with pytest.raises(ApiError) as single:
        read(body)
    with pytest.raises(ApiError) as item:
        read_export_item(body, GLOBAL)
    assert item.value.body() == single.value.body()
    assert "instance" not in single.value.message


@pytest.mark.parametrize("blank", [" ", "\t", "\r\n", "\u00a0", " \u2003 ", "\u200e", " \u200b\ufeff "])
def test_blanks_around_an_id_or_a_url_are_no_part_of_it(blank: str) -> None:
    for person in (GUID, "ana@contoso.example"):
        body = {
            "subject": {"type": "user", "id": f"{blank}{person}{blank}"},
            "callbackUrl": f"{blank}{CALLBACK}{blank}",
        }
        assert read(body) == read({"subject": {"type": "user", "id": person}, "callbackUrl": CALLBACK})
    assert subscribe(callbackUrl=f"{CALLBACK}{blank}").callback_url == CALLBACK
    assert read({"subject": USER, "reference": " r "}).reference == " r "


@pytest.mark.parametrize("field", ["receivedDateTime", "dueDateTime"])
@pytest.mark.parametrize(
    "value",
    [
        "2026110109",
        "1796000000",
        1_796_000_000,
        1_796_000_000.5,
        "2026-11-01",
        "2026-11-01T09:00:00",
        "01/11/2026 09:00",
        "1.11.2026",
        "46327.375",
        "yesterday",
        "",
        True,
        {},
        ["2026-11-01T09:00:00Z"],
    ],
)
def test_a_time_in_another_form_is_told_what_to_send(field: str, value: object) -> None:
    with pytest.raises(ApiError) as error:
        read({"subject": USER, field: value})
    assert (error.value.code, error.value.target) == ("InvalidValue", field)
    assert error.value.message.endswith("a date and time with a zone in ISO 8601, such as 2026-12-01T09:00:00Z.")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"subject": USER | {"type": "User"}}, "subject.type: Takes 'user' or 'inboundSharedUserProfile'."),
        ({"subject": USER, "allowDuplicate": "WAHR"}, "allowDuplicate: Takes true or false."),
        ({"subject": USER, "allowDuplicate": 1}, "allowDuplicate: Takes true or false."),
        ({"subject": USER, "allowDuplicate": None}, "allowDuplicate: Takes true or false."),
        ({"subject": USER, "reference": 7}, "reference: Takes text."),
        ({"subject": None}, "subject: Takes an object."),
        ({"subject": [USER]}, "subject: Takes an object."),
        ({}, "subject: Is required."),
    ],
)
def test_a_refusal_says_what_to_send(body: Any, message: str) -> None:
    with pytest.raises(ApiError) as error:
        read(body)
    assert error.value.message == message


def test_a_callback_url_is_kept_apart_and_not_shown() -> None:
    request = read({"subject": USER, "callbackUrl": CALLBACK})
    assert request.callback_url == CALLBACK
    assert "secret" not in repr(request)
    assert request.digest != read({"subject": USER}).digest


def subscribe(**body: Any) -> SubscriptionRequest:
    return read_subscription(json.dumps(body).encode())


def test_all_that_can_be_subscribed_to() -> None:
    request = subscribe(callbackUrl=CALLBACK, status=["Failed", "Canceled"], reference="r")
    assert request == SubscriptionRequest(CALLBACK, frozenset({Status.FAILED, Status.CANCELED}), "r")
    assert subscribe(callbackUrl=CALLBACK) == SubscriptionRequest(CALLBACK, frozenset(), None)
    assert "secret" not in repr(request)


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        ({}, "MissingField", "callbackUrl"),
        ({"callbackUrl": CALLBACK, "status": []}, "InvalidValue", "status"),
        ({"callbackUrl": CALLBACK, "status": ["Running"]}, "InvalidValue", "status[0]"),
        ({"callbackUrl": CALLBACK, "reference": ""}, "InvalidValue", "reference"),
        ({"callbackUrl": CALLBACK, "extra": 1}, "UnknownField", "extra"),
    ],
)
def test_what_can_not_be_subscribed_to_is_refused(body: dict[str, Any], code: str, target: str) -> None:
    with pytest.raises(ApiError) as error:
        subscribe(**body)
    assert (error.value.status, error.value.code, error.value.target) == (400, code, target)


EXTEND = {"action": "extend", "dueDateTime": "2027-02-01T10:00+01:00", "reason": "\u200b It is complex. "}
PAUSE = {"action": "pause", "reason": "The person was asked."}


def clock_change(body: object) -> ClockChange:
    return read_clock_change(json.dumps(body).encode())


def test_all_that_can_be_done_with_a_clock() -> None:
    assert clock_change(EXTEND) == Extend(datetime(2027, 2, 1, 9, tzinfo=UTC), "It is complex.")
    assert clock_change(PAUSE) == clock_change(PAUSE | {"dueDateTime": None}) == Pause("The person was asked.")
    assert clock_change({"action": "resume"}) == clock_change({"action": "resume", "reason": None}) == Resume()
    assert clock_change(PAUSE | {"reason": "x" * 500}) == Pause("x" * 500)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, "MissingField", "action: Is required."),
        ([], "InvalidValue", "body: Takes an object."),
        ({"action": "Extend"}, "InvalidValue", "action: Takes 'extend', 'pause' or 'resume'."),
        ({"action": "extend"}, "MissingField", "dueDateTime: Is required."),
        (EXTEND | {"reason": None}, "MissingField", "reason: Is required."),
        (EXTEND | {"dueDateTime": "tomorrow"}, "InvalidValue", None),
        (EXTEND | {"dueDateTime": "2200-01-01T00:00:00Z"}, "InvalidValue", None),
        ({"action": "pause"}, "MissingField", "reason: Is required."),
        (
            PAUSE | {"dueDateTime": "2027-02-01T09:00:00Z"},
            "UnknownField",
            "dueDateTime: There is no such field where the action is pause.",
        ),
        (
            {"action": "resume", "reason": "They answered."},
            "UnknownField",
            "reason: There is no such field where the action is resume.",
        ),
        (PAUSE | {"days": 3}, "UnknownField", "days: There is no such field."),
        (PAUSE | {"reason": ""}, "InvalidValue", "reason: Takes at least 1 character."),
        (PAUSE | {"reason": " \u200b"}, "InvalidValue", "reason: Takes at least 1 character."),
        (PAUSE | {"reason": "x" * 501}, "InvalidValue", "reason: Takes at most 500 characters."),
        (PAUSE | {"reason": "x" * 500 + " "}, "InvalidValue", "reason: Takes at most 500 characters."),
        (PAUSE | {"reason": "a\nb"}, "InvalidValue", "reason: Takes printable characters only."),
        (PAUSE | {"reason": "a\u202eb"}, "InvalidValue", "reason: Takes printable characters only."),
        (PAUSE | {"reason": 7}, "InvalidValue", "reason: Takes text."),
    ],
)
def test_what_can_not_be_done_with_a_clock_is_refused(body: Any, code: str, message: str | None) -> None:
    with pytest.raises(ApiError) as error:
        clock_change(body)
    assert (error.value.status, error.value.code) == (400, code)
    assert message in {None, error.value.message}


def test_files_are_asked_for_once_each() -> None:
    assert read_links(b'{"files": ["b", "a", "b"]}') == ["b", "a"]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"files": []}, "files"),
        ({"files": ["x"] * 51}, "files"),
        ({"files": [""]}, "files[0]"),
        ({"files": ["a", "x" * 1025]}, "files[1]"),
        ({"files": "a"}, "files"),
    ],
)
def test_what_can_not_be_linked_to_is_refused(body: dict[str, Any], target: str) -> None:
    with pytest.raises(ApiError) as error:
        read_links(json.dumps(body).encode())
    assert (error.value.code, error.value.target) == ("InvalidValue", target)


def test_the_items_of_a_batch_are_whatever_they_are() -> None:
    assert read_batch(b'{"exports": [{"subject": {}}, 7, null]}') == [{"subject": {}}, 7, None]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "InvalidJson"),
        (b"\xff", "InvalidJson"),
        (b'{"exports": ' + b"[" * 1_000_000, "InvalidJson"),
        (b"[]", "InvalidValue"),
        (b"{}", "InvalidValue"),
        (b'{"exports": {}}', "InvalidValue"),
        (b'{"exports": [], "extra": 1}', "InvalidValue"),
    ],
    ids=["cut", "not UTF-8", "deep", "list", "empty", "object", "extra"],
)
def test_what_is_no_batch_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(ApiError) as error:
        read_batch(body)
    assert (error.value.code, error.value.target) == (code, "body")


def test_an_item_may_be_nested_more_deeply_than_the_stack() -> None:
    nested: object = "x"
    for _ in range(10_000):
        nested = [nested]
    with pytest.raises(ApiError) as error:
        read_export_item({"subject": USER, "reference": nested}, GLOBAL)
    assert (error.value.code, error.value.target) == ("InvalidValue", "reference")


@pytest.mark.parametrize(
    ("reader", "body", "message"),
    [
        (read_links, {"files": []}, "files: Takes at least 1 item."),
        (read_links, {"files": ["x"] * 51}, "files: Takes at most 50 items."),
        (read_links, {"files": ["a", ""]}, "files[1]: Takes at least 1 character."),
        (read_links, {"files": ["x" * 1025]}, "files[0]: Takes at most 1,024 characters."),
        (read_subscription, {"callbackUrl": CALLBACK, "reference": ""}, "reference: Takes at least 1 character."),
        (read_subscription, {"callbackUrl": CALLBACK, "status": []}, "status: Takes at least 1 item."),
        (
            read_subscription,
            {"callbackUrl": CALLBACK, "reference": "x" * 129},
            "reference: Takes at most 128 characters.",
        ),
        (read_subscription, {"callbackUrl": CALLBACK, "status": ["Failed"] * 4}, "status: Takes at most 3 items."),
    ],
)
def test_a_length_that_is_wrong_is_told_with_the_one_that_is_taken(
    reader: Callable[[bytes], object], body: dict[str, Any], message: str
) -> None:
    with pytest.raises(ApiError) as error:
        reader(json.dumps(body).encode())
    assert error.value.message == message


def test_everything_that_is_wrong_is_named() -> None:
    with pytest.raises(ApiError) as error:
        read({"subject": {"type": "user"}, "extra": 1, "reference": 7})
    assert {detail.target for detail in error.value.details} == {"subject.id", "extra", "reference"}


@pytest.mark.parametrize("name", ["USGov", "USGovDoD", "China"])
def test_what_a_cloud_lacks_is_refused_at_once(name: str) -> None:
    body = json.dumps({"subject": {"type": "inboundSharedUserProfile", "id": GUID}}).encode()
    with pytest.raises(ApiError) as error:
        read_export(body, CLOUDS[name])
    assert (error.value.code, error.value.target) == ("NotInThisCloud", "subject.type")
    assert read_export(json.dumps({"subject": USER}).encode(), CLOUDS[name]).subject.id == GUID


@given(st.text(max_size=300))
def test_an_id_that_passes_can_stand_in_a_path(text: str) -> None:
    try:
        request = read({"subject": {"type": "user", "id": text}})
    except ApiError:
        return
    assert not set("/\\?%\n ") & set(request.subject.id or request.subject.principal_name or "")
