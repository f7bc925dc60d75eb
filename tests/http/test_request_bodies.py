"""What a request may say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.callbacks.callback_destinations import CallbackDestinations
from shared.exports.export import ExportRequest, Subject
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.subscription import Subscription
from shared.http.api_errors import ApiError
from shared.http.request_bodies import read_export, read_subscription
from shared.national_clouds import CLOUDS
from tests.exports.samples import CALLER, NOW

GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
GLOBAL = CLOUDS["Global"]
CALLBACKS = CallbackDestinations(("contoso.com",))
CALLBACK = "https://hooks.contoso.com/run?sig=secret"
USER = {"type": "user", "id": GUID}


def read(body: Any) -> ExportRequest:
    return read_export(body if isinstance(body, bytes) else json.dumps(body).encode(), GLOBAL, CALLBACKS)


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
    named = read({"subject": {"type": "user", "id": "o'neil_ext#EXT#@contoso.example"}})
    assert named.subject == Subject(SubjectType.USER, None, "o'neil_ext#EXT#@contoso.example")


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
        ({"subject": USER, "dueDateTime": "0001-01-01T00:00:00Z"}, "InvalidValue", "dueDateTime"),
        ({"subject": USER, "dueDateTime": "9999-12-31T23:59:59Z"}, "InvalidValue", "dueDateTime"),
        (
            {"subject": USER, "receivedDateTime": "2026-11-01T09:00:00Z", "dueDateTime": "2026-11-01T08:59:59Z"},
            "InvalidValue",
            "dueDateTime",
        ),
        ({"subject": USER, "allowDuplicate": "yes"}, "InvalidValue", "allowDuplicate"),
        ({"subject": USER, "callbackUrl": "https://x.example"}, "CallbackNotAllowed", "callbackUrl"),
        ({"subject": USER, "callbackUrl": "https://evilcontoso.com"}, "CallbackNotAllowed", "callbackUrl"),
        ({"subject": USER, "callbackUrl": ""}, "CallbackNotAllowed", "callbackUrl"),
        ({"subject": USER, "callbackUrl": 7}, "InvalidValue", "callbackUrl"),
    ],
)
def test_what_can_not_be_is_refused_with_code_and_target(body: Any, code: str, target: str) -> None:
    with pytest.raises(ApiError) as error:
        read(body)
    assert (error.value.status, error.value.code, error.value.target) == (400, code, target)
    assert error.value.message.endswith(".")
    assert len(error.value.message) < 300


def test_a_callback_url_is_kept_apart_and_not_shown() -> None:
    request = read({"subject": USER, "callbackUrl": CALLBACK})
    assert request.callback_url == CALLBACK
    assert "secret" not in repr(request)
    assert request.digest != read({"subject": USER}).digest


def test_without_allowed_hosts_a_callback_is_refused_with_the_reason() -> None:
    body = json.dumps({"subject": USER, "callbackUrl": CALLBACK}).encode()
    with pytest.raises(ApiError, match="sends no callbacks") as error:
        read_export(body, GLOBAL, CallbackDestinations(()))
    assert (error.value.code, error.value.target) == ("CallbackNotAllowed", "callbackUrl")
    assert "secret" not in str(error.value.body())


def subscribe(**body: Any) -> tuple[Subscription, str]:
    return read_subscription(json.dumps(body).encode(), CALLER, NOW, CALLBACKS)


def test_all_that_can_be_subscribed_to() -> None:
    subscription, url = subscribe(callbackUrl=CALLBACK, status=["Failed", "Canceled"], reference="r")
    assert url == CALLBACK
    assert subscription.statuses == {Status.FAILED, Status.CANCELED}
    assert subscription.reference == "r"
    assert (subscription.caller, subscription.created_at) == (CALLER, NOW)
    assert "secret" not in repr(subscription)


def test_the_same_subscription_has_the_same_id_and_another_has_another() -> None:
    same = subscribe(callbackUrl=CALLBACK, status=["Failed", "Canceled"])[0].id
    assert same == subscribe(callbackUrl=CALLBACK, status=["Canceled", "Failed"])[0].id
    others: list[dict[str, Any]] = [
        {"status": ["Failed"]},
        {},
        {"reference": "Failed"},
        {"status": ["Failed"], "reference": "Failed"},
    ]
    ids = {subscribe(callbackUrl=CALLBACK, **other)[0].id for other in others}
    assert len(ids | {same, subscribe(callbackUrl=f"{CALLBACK}2")[0].id}) == 6


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        ({}, "MissingField", "callbackUrl"),
        ({"callbackUrl": "http://hooks.contoso.com"}, "CallbackNotAllowed", "callbackUrl"),
        ({"callbackUrl": CALLBACK, "status": []}, "InvalidValue", "status"),
        ({"callbackUrl": CALLBACK, "status": ["Running"]}, "InvalidValue", "status.0"),
        ({"callbackUrl": CALLBACK, "reference": ""}, "InvalidValue", "reference"),
        ({"callbackUrl": CALLBACK, "extra": 1}, "UnknownField", "extra"),
    ],
)
def test_what_can_not_be_subscribed_to_is_refused(body: dict[str, Any], code: str, target: str) -> None:
    with pytest.raises(ApiError) as error:
        subscribe(**body)
    assert (error.value.status, error.value.code, error.value.target) == (400, code, target)


def test_every_fault_is_named() -> None:
    with pytest.raises(ApiError) as error:
        read({"subject": {"type": "user"}, "extra": 1, "reference": 7})
    assert {detail.target for detail in error.value.details} == {"subject.id", "extra", "reference"}


@pytest.mark.parametrize("name", ["USGov", "USGovDoD", "China"])
def test_what_a_cloud_lacks_is_refused_at_once(name: str) -> None:
    body = json.dumps({"subject": {"type": "inboundSharedUserProfile", "id": GUID}}).encode()
    with pytest.raises(ApiError) as error:
        read_export(body, CLOUDS[name], CALLBACKS)
    assert (error.value.code, error.value.target) == ("NotInThisCloud", "subject.type")
    assert read_export(json.dumps({"subject": USER}).encode(), CLOUDS[name], CALLBACKS).subject.id == GUID


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_no_body_breaks_it(body: bytes) -> None:
    with pytest.raises(ApiError):
        read_export(body, GLOBAL, CALLBACKS)


@given(st.text(max_size=300))
def test_an_id_that_passes_can_stand_in_a_path(text: str) -> None:
    try:
        request = read({"subject": {"type": "user", "id": text}})
    except ApiError:
        return
    assert not set("/\\?%\n ") & set(request.subject.id or request.subject.principal_name or "")
