"""The client below the three calls: sent once, bounded, and what each answer means."""

import logging
import time
from typing import Any

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken

from shared.exports.graph_results import NotDone, Refused, Unclear
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.national_clouds import CLOUDS
from tests.credentials import Identity
from tests.exports.samples import OPERATION, USER
from tests.graph.conftest import TIMEOUT, Script

SIGNED = "https://a.blob.core.windows.net/c?sv=1&sig=c2VjcmV0c2lnbmF0dXJl"
LOCATION = f"https://graph.microsoft.com/v1.0/dataPolicyOperations/{OPERATION}"


def headers(**given: str) -> web.Response:
    return web.Response(status=202, headers=given)


def error(status: int, code: str, message: str = "No.") -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_failing_graph_leaves_it_unclear_and_is_asked_once(
    scripted: GraphCalls, script: Script, status: int
) -> None:
    script.answer = web.Response(status=status, text="<html>", content_type="text/html", headers={"Retry-After": "1"})
    assert isinstance(await scripted.submit_export(USER, SIGNED), Unclear)
    assert len(script.asked) == 1


async def test_a_throttled_submission_was_not_done(scripted: GraphCalls, script: Script) -> None:
    script.answer = error(429, "TooManyRequests")
    assert await scripted.submit_export(USER, SIGNED) == NotDone("Graph throttles (429).")
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_the_signed_url_never_follows_a_redirect(scripted: GraphCalls, script: Script, status: int) -> None:
    script.answer = web.Response(status=status, headers={"Location": "http://127.0.0.1:9/elsewhere"})
    answer = await scripted.submit_export(USER, SIGNED)
    assert isinstance(answer, Refused)
    assert answer.status == status
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (error(403, "Forbidden", "Access is denied."), Refused(403, "Forbidden", "Access is denied.")),
        (error(400, "StorageLocationInvalid", f"Bad: {SIGNED}"), None),
        (web.Response(status=404, text="<html>no</html>", content_type="text/html"), None),
        (web.Response(status=400), None),
        (web.json_response({"error": "text"}, status=400), None),
        (web.json_response({}, status=401), None),
    ],
)
async def test_a_refusal_has_a_code_and_no_secret(
    scripted: GraphCalls, script: Script, answer: web.Response, refused: Refused | None
) -> None:
    script.answer = answer
    got = await scripted.submit_export(USER, SIGNED)
    assert isinstance(got, Refused)
    assert got.code.isalnum()
    assert "sig" not in got.message
    assert refused is None or got == refused


async def test_an_unreachable_graph_did_nothing(scripted: GraphCalls) -> None:
    scripted._client.root = "http://127.0.0.1:9"
    assert isinstance(await scripted.submit_export(USER, SIGNED), NotDone)


async def test_a_call_is_bounded_as_a_whole(scripted: GraphCalls, script: Script) -> None:
    script.delay = 30
    began = time.monotonic()
    assert isinstance(await scripted.submit_export(USER, SIGNED), Unclear)
    assert time.monotonic() - began < 5
    assert len(script.asked) == 1


async def test_the_token_goes_to_graphs_own_host_only(scripted: GraphCalls, script: Script) -> None:
    scripted._client.root = scripted._client.root.replace("127.0.0.1", "localhost")
    await scripted.read_operation(OPERATION)
    assert "Authorization" not in script.asked[0].headers


async def test_no_id_is_logged(scripted: GraphCalls, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await scripted.submit_export(USER, SIGNED)
    ours = "".join(record.getMessage() for record in caplog.records if record.name != "aiohttp.access")
    assert str(USER.id) not in ours
    assert "sig=" not in caplog.text


async def test_the_roles_of_the_token_are_read_without_a_call(scripted: GraphCalls, script: Script) -> None:
    roles = frozenset({"User.Export.All", "User.Read.All", "CrossTenantUserProfileSharing.Read.All"})
    assert await scripted.token_roles() == roles
    assert script.asked == []


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", "a.!!.c", "a.bnVsbA.c", "a.eyJyb2xlcyI6IG51bGx9.c"])
async def test_a_token_without_roles_has_none(token: str) -> None:
    class Opaque(Identity):
        async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(token, 2**31)

    client = GraphClient(CLOUDS["Global"], "http://127.0.0.1:9", Opaque.__new__(Opaque), TIMEOUT)
    assert not await GraphCalls(client, CLOUDS["Global"]).token_roles() or isinstance(
        await client.token_roles(), NotDone
    )
    await client.aclose()
