"""Reading from Azure Resource Manager: what is sent, and what comes of each response."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import ClientAuthenticationError

from shared.exports.export_account import AccountUnread
from shared.proxies import Proxies
from shared.storage import storage_transport
from shared.storage.resource_manager import ResourceManager
from shared.storage.storage_transport import ConnectionPool
from tests.credentials import Identity

SCOPE = "https://management.azure.com/.default"
PATH = "/subscriptions/0/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/exports"
RECORDED: list[tuple[object, ...]] = []


class Server:
    """Answers in turn, the last answer for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.asked: list[tuple[str, str, str]] = []
        self.delay = 0.0
        self.root = ""

    async def handle(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers["Authorization"].partition(" ")
        self.asked.append((request.method, request.path_qs, f"{scheme} {len(token.split('.'))}"))
        await asyncio.sleep(self.delay)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    @contextmanager
    def recorded(*call: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(answered=lambda status: RECORDED.append((*call[1:], status)))

    RECORDED.clear()
    monkeypatch.setattr(storage_transport, "http_call", recorded)
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    async with TestServer(app) as running:
        server.root = f"http://127.0.0.1:{running.port}"
        yield server


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return Identity(tmp_path)


async def get(server: Server, identity: Identity, **options: float) -> dict[str, object] | AccountUnread:
    pool = ConnectionPool(Proxies())
    async with pool:
        return await ResourceManager(server.root, SCOPE, identity, pool, **options).get(PATH, "2026-06-01")


def error(status: int, code: object, **headers: str) -> web.Response:
    body = {"error": {"code": code, "message": "The client 'a@contoso.com' with object id '1' may not."}}
    answer = web.json_response(body, status=status)
    answer.headers.update(headers)
    return answer


async def test_a_resource_is_read_once_with_the_apps_token(server: Server, identity: Identity) -> None:
    server.answers = [web.json_response({"kind": "StorageV2"})]
    assert await get(server, identity) == {"kind": "StorageV2"}
    assert server.asked == [("GET", f"{PATH}?api-version=2026-06-01", "Bearer 3")]
    assert identity.scopes == [SCOPE]


async def test_a_call_is_recorded_without_ids(server: Server, identity: Identity) -> None:
    server.answers = [web.json_response({})]
    await get(server, identity)
    ((method, _, template, status),) = RECORDED
    assert (method, status) == ("GET", 200)
    assert "exports" not in str(template)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(403, "AuthorizationFailed"), AccountUnread("AuthorizationFailed", 403)),
        (error(404, "ResourceNotFound"), AccountUnread("ResourceNotFound", 404)),
        (error(400, "a code with a name: a@contoso.com"), AccountUnread("Http400", 400)),
        (error(400, 7), AccountUnread("Http400", 400)),
        (web.json_response([], status=401), AccountUnread("Http401", 401)),
        (web.Response(status=403, text="<html>a proxy</html>"), AccountUnread("Http403", 403)),
        (web.Response(status=302, headers={"Location": "https://elsewhere.example"}), AccountUnread("Http302", 302)),
        (web.Response(text="<html>a portal</html>"), AccountUnread("UnreadableResponse", 200)),
        (web.json_response([1]), AccountUnread("UnreadableResponse", 200)),
        (web.Response(text="[" * 100_000), AccountUnread("UnreadableResponse", 200)),
    ],
)
async def test_what_is_no_resource_is_told_by_its_code_alone(
    server: Server, identity: Identity, answer: web.Response, expected: AccountUnread
) -> None:
    server.answers = [answer]
    assert await get(server, identity) == expected
    assert len(server.asked) == 1


async def test_an_outage_is_tried_again_a_few_times(server: Server, identity: Identity) -> None:
    busy = error(429, "SubscriptionRequestsThrottled", **{"Retry-After": "0"})
    server.answers = [busy, busy, web.json_response({"kind": "StorageV2"})]
    assert await get(server, identity) == {"kind": "StorageV2"}
    server.answers = [busy]
    assert await get(server, identity) == AccountUnread("SubscriptionRequestsThrottled", 429)
    assert len(server.asked) == 6


@pytest.mark.parametrize("delay", [0.0, 60.0], ids=["Retry-After", "response"])
async def test_nothing_is_waited_for_beyond_the_time_limit(server: Server, identity: Identity, delay: float) -> None:
    server.answers, server.delay = [error(429, "Throttled", **{"Retry-After": "3600"})], delay
    assert await get(server, identity, time_limit=0.2) == AccountUnread("Timeout")
    assert len(server.asked) == 1


async def test_an_address_that_does_not_answer(server: Server, identity: Identity) -> None:
    server.root = "http://127.0.0.1:9"
    assert await get(server, identity) == AccountUnread("ServiceRequestError")


async def test_an_identity_without_a_token(server: Server, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise ClientAuthenticationError("the identity's secret is abc")

    monkeypatch.setattr(identity, "get_token", refuse)
    assert await get(server, identity) == AccountUnread("ClientAuthenticationError")
    assert server.asked == []
