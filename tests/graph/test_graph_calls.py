"""The three calls: what is sent, and what each answer means."""

import json
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web

from shared.exports.export import Subject
from shared.exports.graph_results import Accepted, Operation, OperationStatus, Unclear
from shared.exports.states_and_codes import SubjectType
from shared.graph.graph_calls import GraphCalls
from tests.credentials import Identity
from tests.exports.samples import NAMED, OPERATION, USER
from tests.graph.conftest import Script

INBOUND = Subject(SubjectType.INBOUND_SHARED_USER_PROFILE, "66d1a4e9-8e02-4c5b-b7f0-3d9e6c1a2f50")
SIGNED = "https://a.blob.core.windows.net/c?sv=1&sig=c2VjcmV0c2lnbmF0dXJl"
NINE = "Sun, 01 Nov 2026 09:00:00 GMT"
LOCATION = f"https://graph.microsoft.com/v1.0/dataPolicyOperations/{OPERATION}"


def headers(**given: str) -> web.Response:
    return web.Response(status=202, headers=given)


def body(value: Any) -> web.Response:
    return web.json_response(value, status=202)


@pytest.mark.parametrize(
    ("subject", "path"),
    [
        (USER, f"/v1.0/users/{USER.id}/exportPersonalData"),
        (INBOUND, f"/beta/directory/inboundSharedUserProfiles/{INBOUND.id}/exportPersonalData"),
    ],
)
async def test_a_submission_carries_the_signed_url_to_its_own_call(
    scripted: GraphCalls, script: Script, identity: Identity, subject: Subject, path: str
) -> None:
    await scripted.submit_export(subject, SIGNED)
    (asked,) = script.asked
    assert (asked.method, asked.path) == ("POST", path)
    assert asked.headers["Authorization"].startswith("Bearer ")
    assert json.loads(script.bodies[0]) == {"storageLocation": SIGNED}
    assert set(identity.scopes) == {"https://graph.microsoft.com/.default"}


@pytest.mark.parametrize(
    ("answer", "retry_after"),
    [
        (headers(Location=LOCATION, **{"Retry-After": "60"}), 60),
        (headers(LOCATION=LOCATION, **{"retry-AFTER": "7"}), 7),
        (headers(**{"Operation-Location": LOCATION}), None),
        (headers(Location=LOCATION.replace("v1.0", "beta").upper()), None),
        (headers(Location=f"https://other.example/dataPolicyOperations('{OPERATION}')"), None),
        (body({"Location": LOCATION, "Retry-After": 60}), 60),
        (body({"location": LOCATION, "retry-after": "5"}), 5),
        (headers(Location=LOCATION, **{"Retry-After": "soon"}), None),
        (headers(Location=LOCATION, Date=NINE, **{"Retry-After": "Sun, 01 Nov 2026 09:01:30 GMT"}), 90),
        (body({"location": LOCATION, "retry-after": 1.5}), 2),
    ],
)
async def test_the_operation_is_found_wherever_graph_names_it(
    scripted: GraphCalls, script: Script, answer: web.Response, retry_after: int | None
) -> None:
    script.answer = answer
    assert await scripted.submit_export(USER, SIGNED) == Accepted(OPERATION, retry_after)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=202),
        headers(Location="https://graph.microsoft.com/v1.0/dataPolicyOperations/../users"),
        headers(Location=f"https://graph.microsoft.com/v1.0/users/{OPERATION}"),
        headers(Location="https://[nonsense"),
        body({"Location": 7}),
        body([LOCATION]),
        web.Response(status=202, text="{not json", content_type="application/json"),
        web.Response(status=202, text="[" * 99_999, content_type="application/json"),
    ],
)
async def test_an_acceptance_without_an_operation_is_unclear(
    scripted: GraphCalls, script: Script, answer: web.Response
) -> None:
    script.answer = answer
    assert isinstance(await scripted.submit_export(USER, SIGNED), Unclear)


@pytest.mark.parametrize("subject", [NAMED, Subject(SubjectType.USER, ".."), Subject(SubjectType.USER, "")])
async def test_nothing_is_sent_without_an_object_id(scripted: GraphCalls, script: Script, subject: Subject) -> None:
    with pytest.raises(ValueError, match="object id"):
        await scripted.submit_export(subject, SIGNED)
    with pytest.raises(ValueError, match="GUID"):
        await scripted.read_operation("../users")
    assert script.asked == []


@pytest.mark.parametrize(
    ("given", "operation"),
    [
        ({"status": "running", "progress": 0.5}, Operation(OperationStatus.RUNNING, 0.5)),
        ({"status": "Complete", "progress": "100"}, Operation(OperationStatus.COMPLETE, 100.0)),
        ({"status": "complete", "progress": None}, Operation(OperationStatus.COMPLETE)),
        ({"status": "failed", "progress": "INF"}, Operation(OperationStatus.FAILED)),
        ({"status": "notStarted", "progress": "double-value"}, Operation(OperationStatus.NOT_STARTED)),
        ({"status": "unknownFutureValue"}, Operation(OperationStatus.RUNNING)),
        ({"Status": "paused", "progress": True}, Operation(OperationStatus.RUNNING)),
    ],
)
async def test_an_operation_is_read_tolerantly(
    scripted: GraphCalls, script: Script, given: dict[str, Any], operation: Operation
) -> None:
    script.answer = web.json_response(given)
    assert await scripted.read_operation(OPERATION.upper()) == operation
    assert script.asked[0].path == f"/v1.0/dataPolicyOperations/{OPERATION.upper()}"


@pytest.mark.parametrize(("asked", "seconds"), [("60", 60), ("Sun, 01 Nov 2026 09:01:30 GMT", 90)])
async def test_an_operation_says_when_to_poll_again(
    scripted: GraphCalls, script: Script, asked: str, seconds: int
) -> None:
    script.answer = web.json_response({"status": "running"}, headers={"Retry-After": asked, "Date": NINE})
    assert await scripted.read_operation(OPERATION) == Operation(OperationStatus.RUNNING, retry_after=seconds)


@pytest.mark.parametrize("given", [None, [], {}, {"status": 2}, "text"])
async def test_an_operation_without_a_status_is_unclear(scripted: GraphCalls, script: Script, given: Any) -> None:
    script.answer = web.json_response(given)
    assert isinstance(await scripted.read_operation(OPERATION), Unclear)


async def test_a_user_is_resolved_by_a_name_with_odd_characters(scripted: GraphCalls, script: Script) -> None:
    script.answer = web.json_response({"id": str(USER.id).upper()})
    assert await scripted.resolve_user("o'neil_ext#EXT#@contoso.example") == USER.id
    assert unquote(script.asked[0].raw_path) == "/v1.0/users/o'neil_ext#EXT#@contoso.example?$select=id"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("$alice@contoso.com", "users('$alice@contoso.com')"),
        ("$o'neil#EXT#@contoso.com", "users('$o%27%27neil%23EXT%23@contoso.com')"),
        ("a$b@contoso.com", "users/a%24b%40contoso.com"),
        ("o'neil@contoso.com", "users/o%27neil%40contoso.com"),
    ],
)
async def test_a_name_that_begins_with_a_dollar_sign_is_quoted(
    scripted: GraphCalls, script: Script, name: str, path: str
) -> None:
    script.answer = web.json_response({"id": USER.id})
    assert await scripted.resolve_user(name) == USER.id
    assert script.asked[0].raw_path == f"/v1.0/{path}?$select=id"


@pytest.mark.parametrize("given", [{}, {"id": "me"}, {"id": None}])
async def test_an_answer_without_an_object_id_is_unclear(scripted: GraphCalls, script: Script, given: Any) -> None:
    script.answer = web.json_response(given)
    assert isinstance(await scripted.resolve_user("ana@contoso.example"), Unclear)
