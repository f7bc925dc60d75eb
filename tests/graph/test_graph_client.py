"""The client below the three calls: sent once, bounded, and what each answer means."""

import logging
import ssl
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from opentelemetry.trace import Tracer

from local.stack.self_signed_certificate import Certificate, certificate_in
from shared.exports.graph_results import NotDone, Operation, Refused, Unclear
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphCallError, GraphClient
from shared.national_clouds import CLOUDS
from shared.proxies import Proxies, Proxy
from tests.credentials import Identity
from tests.exports.samples import OPERATION, USER
from tests.graph.conftest import TIMEOUT, Script
from tests.logging_proxy import LoggingProxy
from tests.telemetry.recorded_spans import RecordedSpans

SIGNED = "https://a.blob.core.windows.net/c?sv=1&sig=c2VjcmV0c2lnbmF0dXJl"
LOCATION = f"https://graph.microsoft.com/v1.0/dataPolicyOperations/{OPERATION}"


def headers(**given: str) -> web.Response:
    return web.Response(status=202, headers=given)


class Failing(Identity):
    """An identity that gets no token."""

    def __init__(self, folder: Path, error: Exception) -> None:
        super().__init__(folder)
        self._error = error

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        raise self._error


@asynccontextmanager
async def calls_of(identity: Identity) -> AsyncIterator[GraphCalls]:
    """The calls of an app with that identity, to a Graph that is not there."""
    client = GraphClient(CLOUDS["Global"], "http://127.0.0.1:9", identity, TIMEOUT, Proxies())
    yield GraphCalls(client, CLOUDS["Global"])
    await client.aclose()


def error(status: int, code: str, message: str = "No.") -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_failing_graph_leaves_it_unclear_and_is_asked_once(
    scripted: GraphCalls, script: Script, status: int
) -> None:
    script.answer = web.Response(status=status, text="<html>", content_type="text/html", headers={"Retry-After": "1"})
    assert await scripted.submit_export(USER, SIGNED) == Unclear(f"Graph answered {status}.", 1)
    assert len(script.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("90000", 90_000),
        ("Sun, 01 Nov 2026 09:01:30 GMT", 30),
        ("Sun, 01 Nov 2026 09:00:00 GMT", 0),
        ("soon", None),
        (None, None),
    ],
)
async def test_graph_says_when_to_come_back(
    scripted: GraphCalls, script: Script, status: int, asked: str | None, seconds: int | None
) -> None:
    given = {"Date": "Sun, 01 Nov 2026 09:01:00 GMT"} | ({} if asked is None else {"Retry-After": asked})
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: scripted.submit_export(USER, SIGNED),
        lambda: scripted.read_operation(OPERATION),
    ]
    for call in calls:
        script.answer = web.Response(status=status, headers=given)
        answer = await call()
        assert isinstance(answer, NotDone | Unclear)
        assert answer.retry_after == seconds


async def test_an_answer_without_a_date_counts_from_now(scripted: GraphCalls, script: Script) -> None:
    until = datetime.now(UTC) + timedelta(seconds=90)
    script.answer = web.Response(status=503, headers={"Retry-After": format_datetime(until, usegmt=True), "Date": ""})
    answer = await scripted.read_operation(OPERATION)
    assert isinstance(answer, Unclear)
    assert answer.retry_after is not None
    assert 60 < answer.retry_after <= 90


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
        (web.Response(status=400, text="{not json", content_type="application/json"), None),
        (web.Response(status=400, text="[" * 99_999, content_type="application/json"), None),
        (web.json_response([], status=400), None),
        (web.json_response({"error": {"code": 7, "message": []}}, status=400), None),
        (web.json_response({"error": {"innerError": {"date": "never"}}}, status=400), None),
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


@pytest.mark.parametrize("error", [ServiceRequestError("No route."), ClientAuthenticationError("No identity.")])
async def test_without_a_token_nothing_was_done(key_folder: Path, error: Exception) -> None:
    async with calls_of(Failing(key_folder, error)) as calls:
        assert isinstance(await calls.submit_export(USER, SIGNED), NotDone)
        assert isinstance(await calls.token_roles(), NotDone)


async def test_what_nobody_expects_is_raised_without_a_secret(key_folder: Path) -> None:
    async with calls_of(Failing(key_folder, ValueError(SIGNED))) as calls:
        with pytest.raises(GraphCallError) as raised:
            await calls.submit_export(USER, SIGNED)
    assert str(raised.value) == "The call of Graph broke (ValueError)."
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)
    shown = "".join(traceback.format_exception(raised.value))
    assert "in get_token" in shown, "where it broke"
    assert "sig=" not in shown


async def test_a_call_is_bounded_as_a_whole(scripted: GraphCalls, script: Script) -> None:
    script.delay = 30
    began = time.monotonic()
    assert isinstance(await scripted.submit_export(USER, SIGNED), Unclear)
    assert time.monotonic() - began < 5
    assert len(script.asked) == 1


@asynccontextmanager
async def over_tls(script: Script, certificate: Certificate) -> AsyncIterator[TestServer]:
    """A server that answers as the script says, with that certificate."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.path, certificate.key_path)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=tls)
    yield server
    await server.close()


async def test_the_middleware_of_the_sdk_is_at_work(
    script: Script, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some versions of its two halves pass it over in silence. It adds most headers for Graph's own hosts alone."""
    certificate = certificate_in(tmp_path, "graph.microsoft.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    async with over_tls(script, certificate) as server:
        with LoggingProxy(hosts={"graph.microsoft.com:443": server.port or 0}) as proxy:
            proxies = Proxies(https=Proxy.at(proxy.url))
            client = GraphClient(CLOUDS["Global"], CLOUDS["Global"].graph_root, identity, 10 * TIMEOUT, proxies)
            await GraphCalls(client, CLOUDS["Global"]).read_operation(OPERATION)
            await client.aclose()
    (asked,) = script.asked
    assert f"kiota-python/{version('microsoft-kiota-http')}" in asked.headers["User-Agent"]
    sdk = f"graph-python/{version('msgraph-sdk')}, graph-python-core/{version('msgraph-core')}"
    assert asked.headers["SdkVersion"].startswith(sdk)
    assert str(UUID(asked.headers["client-request-id"])) == asked.headers["client-request-id"]
    assert asked.headers["Authorization"].startswith("Bearer ")


async def test_the_sdk_leaves_no_span_of_its_own(
    script: Script, scripted: GraphCalls, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = RecordedSpans(monkeypatch)
    sdk = [module for name, module in sys.modules.items() if name.startswith(("kiota_", "msgraph"))]
    tracing = [module for module in sdk if isinstance(vars(module).get("tracer"), Tracer)]
    assert len(tracing) >= 4
    for module in tracing:
        monkeypatch.setattr(module, "tracer", recorded.tracer)
    client = GraphClient(CLOUDS["Global"], scripted._client.root, identity, TIMEOUT, Proxies())
    calls = GraphCalls(client, CLOUDS["Global"])
    for status in (202, 400, 401):
        script.answer = web.json_response({}, status=status, headers={"WWW-Authenticate": "Bearer"})
        await calls.submit_export(USER, SIGNED)
    await client.aclose()
    assert [span.name for span in recorded.all] == ["POST /v1.0/users/{id}/exportPersonalData"] * 3
    recorded.close()


async def test_a_call_arrives_as_a_dependency_without_an_id(
    script: Script, scripted: GraphCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = RecordedSpans(monkeypatch)
    script.answer = error(403, "Forbidden")
    await scripted.submit_export(USER, SIGNED)
    sent = recorded.dependency
    path = "/v1.0/users/{id}/exportPersonalData"
    assert (sent["name"], sent["data"]) == (f"POST {path}", scripted._client.root + path)
    assert (sent["target"], sent["resultCode"], sent["success"]) == (
        scripted._client.root.removeprefix("http://"),
        "403",
        False,
    )
    for hidden in (str(USER.id), "sig=", "blob.core"):
        assert hidden not in recorded.only.to_json()
    recorded.close()


@pytest.mark.parametrize("reason", ["ConnectError", "TimeoutError"])
async def test_a_call_without_an_answer_is_a_span_that_failed(
    script: Script, scripted: GraphCalls, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    recorded = RecordedSpans(monkeypatch)
    if reason == "ConnectError":
        scripted._client.root = "http://127.0.0.1:9"
    script.delay = 30
    await scripted.read_operation(OPERATION)
    sent = recorded.dependency
    assert (sent["resultCode"], sent["success"], sent["properties"]) == ("0", False, {"errorType": reason})
    recorded.close()


async def test_calls_share_a_tunnel_through_the_proxy(
    script: Script, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    async with over_tls(script, certificate) as server:
        with LoggingProxy("svc:p@ss") as proxy:
            proxies = Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}"))
            client = GraphClient(CLOUDS["Global"], f"https://127.0.0.1:{server.port}", identity, TIMEOUT, proxies)
            for _ in range(2):
                script.answer = web.json_response({"status": "running"})
                assert isinstance(await GraphCalls(client, CLOUDS["Global"]).read_operation(OPERATION), Operation)
            await client.aclose()
        assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port}"]
    assert "Proxy-Authorization" not in script.asked[0].headers


async def test_a_proxy_that_refuses_did_nothing_and_its_credentials_are_not_told(identity: Identity) -> None:
    with LoggingProxy("svc:another") as proxy:
        proxies = Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}"))
        client = GraphClient(CLOUDS["Global"], CLOUDS["Global"].graph_root, identity, TIMEOUT, proxies)
        answer = await GraphCalls(client, CLOUDS["Global"]).submit_export(USER, SIGNED)
        await client.aclose()
    assert answer == NotDone("Graph can't be reached (ProxyError).")
    assert proxy.asked == ["CONNECT graph.microsoft.com:443"]


@pytest.mark.parametrize("no_proxy", ["127.0.0.1", "*"])
async def test_what_is_excepted_goes_past_the_proxy(
    script: Script, scripted: GraphCalls, identity: Identity, no_proxy: str
) -> None:
    nowhere = Proxy("http://127.0.0.1:9")
    client = GraphClient(
        CLOUDS["Global"], scripted._client.root, identity, TIMEOUT, Proxies(nowhere, nowhere, no_proxy)
    )
    await GraphCalls(client, CLOUDS["Global"]).read_operation(OPERATION)
    assert len(script.asked) == 1
    await client.aclose()


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

    client = GraphClient(CLOUDS["Global"], "http://127.0.0.1:9", Opaque.__new__(Opaque), TIMEOUT, Proxies())
    assert not await GraphCalls(client, CLOUDS["Global"]).token_roles() or isinstance(
        await client.token_roles(), NotDone
    )
    await client.aclose()
