"""The POST itself, against a real receiver on this machine, and against names that lead elsewhere."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from local.stack.self_signed_certificate import certificate_in
from shared.callbacks import callback_sender
from shared.callbacks.callback_destinations import CallbackDestinations
from shared.callbacks.callback_sender import HttpCallbackSender
from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.subscription import new_signing_secret
from shared.exports.transitions import callback_deliveries
from shared.protocols import CallbackReceiver
from shared.proxies import Proxies, Proxy
from tests.callbacks.test_callback_message import KEY, SECRET
from tests.exports.samples import NOW, succeeded
from tests.logging_proxy import LoggingProxy
from tests.telemetry.recorded_spans import RecordedSpans

ENDED = callback_deliveries.announce_end(replace(succeeded(), has_callback=True), [], NOW)
PATH = "/a%2Fb/run?sp=%2Fm%2Frun&sig=a-_B%3D"
NO_PROXIES = Proxies()
PUBLIC, PRIVATE = "20.50.2.1", "10.0.0.1"


@dataclass
class Receiver:
    """What was sent to it; it answers as `answer` does."""

    root: str
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.raw_path, dict(request.headers), await request.read()))
        return web.Response(status=204) if self.answer is None else await self.answer(request)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.take)
        return app

    def answers(self, status: int, **headers: str) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers=headers)

        self.answer = answer


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver("")
    runner = web.AppRunner(found.app(), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


class Names(AbstractResolver):
    """A DNS that gives these answers, one after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        return


async def send(
    url: str,
    names: Names | None = None,
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "contoso.com"),
    proxies: Proxies = NO_PROXIES,
    secret: str | None = None,
) -> CallbackResult:
    callbacks = HttpCallbackSender(CallbackDestinations(hosts), KEY, None, proxies, names)
    return await callbacks.send(ENDED, ENDED.deliveries[0], CallbackReceiver(url, secret), datetime.now(UTC))


async def test_the_event_arrives_signed_at_the_url_as_it_was_given(receiver: Receiver) -> None:
    assert await send(receiver.root + PATH) == Delivered()
    ((path, headers, body),) = receiver.requests
    assert path == PATH
    event = Webhook(SECRET).verify(body, headers)
    assert event["subject"] == ENDED.id
    assert headers["Content-Type"].startswith("application/json")
    assert "Authorization" not in headers
    assert "Cookie" not in headers


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedSpans]:
    found = RecordedSpans(monkeypatch)
    yield found
    found.close()


async def test_the_call_arrives_as_a_dependency_without_anything_of_its_path(
    receiver: Receiver, recorded: RecordedSpans
) -> None:
    receiver.answers(404)
    await send(receiver.root + PATH)
    sent = recorded.dependency
    assert (sent["name"], sent["data"]) == ("POST /{callback}", f"{receiver.root}/{{callback}}")
    assert (sent["resultCode"], sent["success"]) == ("404", False)
    assert "run" not in recorded.only.to_json()


async def test_the_host_is_recorded_as_the_settings_name_it(recorded: RecordedSpans) -> None:
    """A flow's host contains the id of its environment, and a caller can put a name there."""
    await send("https://ana.default4f1c.contoso.com/run?sig=abc", Names([PRIVATE]))
    sent = recorded.dependency
    assert (sent["target"], sent["data"]) == ("contoso.com", "https://contoso.com/{callback}")
    assert (sent["resultCode"], sent["success"]) == ("0", False)
    assert sent["properties"] == {"errorType": "ClientConnectorDNSError"}
    assert "ana" not in recorded.only.to_json()


async def test_what_is_not_sent_is_not_recorded(recorded: RecordedSpans) -> None:
    await send("https://elsewhere.example/run")
    assert recorded.all == ()


async def test_a_receiver_with_a_secret_of_its_own_verifies_with_that_alone(receiver: Receiver) -> None:
    own, other = new_signing_secret(), new_signing_secret()
    assert await send(receiver.root + PATH, secret=own) == Delivered()
    ((_, headers, body),) = receiver.requests
    assert Webhook(own).verify(body, headers)["subject"] == ENDED.id
    for secret in (SECRET, other):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers)


@pytest.mark.parametrize(("status", "kind"), [(200, Delivered), (202, Delivered), (410, Gone)])
async def test_what_the_receiver_says_for_good(receiver: Receiver, status: int, kind: type) -> None:
    receiver.answers(status)
    assert isinstance(await send(receiver.root), kind)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.answers(status, Location=f"{receiver.root}/other")
    assert await send(receiver.root + PATH) == NotDelivered(f"The receiver answered {status}.")
    assert [path for path, _, _ in receiver.requests] == [PATH]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_anything_else_may_work_later(receiver: Receiver, status: int) -> None:
    receiver.answers(status)
    assert await send(receiver.root) == NotDelivered(f"The receiver answered {status}.")


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = await send(f"http://127.0.0.1:{taken.getsockname()[1]}{PATH}")
    assert answer == NotDelivered("The receiver can't be reached (ClientConnectorError).")


async def test_a_slow_receiver_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_sender, "TIMEOUT_SECONDS", 0.2)
    enough = asyncio.Event()

    async def answer(_: web.Request) -> web.StreamResponse:
        await enough.wait()
        return web.Response()

    receiver.answer = answer
    assert "did not answer within" in reason(await send(receiver.root))
    enough.set()


async def test_an_endless_answer_is_not_read(receiver: Receiver) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(2**16))
            sent += 1

    receiver.answer = answer
    assert await send(receiver.root) == Delivered()
    assert sent < 2**7, "what lies in the buffers of both ends"


async def test_what_is_no_http_is_no_delivery() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/9 sig=secret\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        answer = await send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?sig=secret")
    assert reason(answer).startswith("The receiver can't be reached")
    assert "secret" not in reason(answer)


async def test_the_environment_is_not_read(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await send(receiver.root) == Delivered()


async def test_a_url_that_is_not_allowed_any_more_is_not_called(receiver: Receiver) -> None:
    assert isinstance(await send(receiver.root, hosts=("contoso.com",)), NotDelivered)
    assert isinstance(await send(receiver.root, hosts=()), NotDelivered)
    assert receiver.requests == []


@pytest.fixture
def proxy_name() -> Names:
    """The name of the proxy leads to this machine, which receivers' names must not."""
    return Names(["127.0.0.1"])


async def test_a_proxy_is_asked_for_the_receiver_by_name(receiver: Receiver, proxy_name: Names) -> None:
    url = f"http://localhost:{urlsplit(receiver.root).port}{PATH}"
    with LoggingProxy() as proxy:
        given = Proxies(http=Proxy(f"http://proxy.contoso.example:{proxy.port}"))
        assert await send(url, proxy_name, proxies=given) == Delivered()
    assert proxy.asked == [f"POST localhost:{urlsplit(receiver.root).port}"]
    ((path, headers, body),) = receiver.requests
    assert path == PATH
    assert Webhook(SECRET).verify(body, headers)["subject"] == ENDED.id


async def test_a_receiver_behind_a_proxy_has_to_prove_its_name(receiver: Receiver, tmp_path: Path) -> None:
    """The proxy leads somewhere else, to a machine of its own network: it has no certificate of the receiver's name."""
    certificate = certificate_in(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate.path, certificate.key_path)
    inner = TestServer(receiver.app(), scheme="https")
    await inner.start_server(ssl=tls)
    with LoggingProxy("svc:p@ss", {"hooks.contoso.com:443": int(inner.port or 0)}) as proxy:
        given = Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}"))
        answer = await send("https://hooks.contoso.com/?sig=secret", proxies=given)
    await inner.close()
    assert proxy.asked == ["CONNECT hooks.contoso.com:443"]
    assert answer == NotDelivered("The receiver can't be reached (ClientConnectorCertificateError).")
    assert receiver.requests == []


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "https://other.example/", "https://contoso.com:8443/"])
async def test_a_proxy_is_not_asked_for_what_is_not_allowed(url: str) -> None:
    with LoggingProxy() as proxy:
        given = Proxies(https=Proxy(proxy.url))
        assert isinstance(await send(url, proxies=given), NotDelivered)
    assert proxy.asked == []


async def test_a_proxy_that_refuses_is_no_delivery_and_its_credentials_are_not_told() -> None:
    with LoggingProxy("svc:another") as proxy:
        given = Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}"))
        answer = await send("https://contoso.com/?sig=secret", proxies=given)
    assert reason(answer) == "The receiver can't be reached (ClientHttpProxyError)."


async def test_a_proxy_that_nobody_finds_is_not_taken_for_the_receiver() -> None:
    class Failing(Names):
        async def resolve(self, *_: Any, **__: Any) -> list[ResolveResult]:
            raise OSError(None, "no such name")

    given = Proxies(https=Proxy("http://proxy.contoso.example:8080"))
    answer = await send("https://contoso.com/", Failing(), proxies=given)
    assert answer == NotDelivered("The proxy's name can't be resolved.")


async def test_what_is_excepted_from_the_proxy_is_checked_to_its_address(connections: list[list[str]]) -> None:
    nowhere = Proxy("http://127.0.0.1:9")
    given = Proxies(nowhere, nowhere, "contoso.com")
    assert "may not go to" in reason(await send("https://hooks.contoso.com/", Names([PRIVATE]), proxies=given))
    assert connections == []


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The addresses that the client was about to connect to, none of which it gets to."""
    wanted: list[list[str]] = []

    async def start_connection(addr_infos: Any, **_: Any) -> socket.socket:
        wanted.append([info[4][0] for info in addr_infos])
        raise OSError("No network in this test.")

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", start_connection)
    return wanted


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(connections: list[list[str]]) -> None:
    """Rebinding: the name leads somewhere good when it is checked, and to this machine ever after."""
    names = Names([PUBLIC], ["127.0.0.1"])
    assert "can't be reached" in reason(await send("https://hooks.contoso.com/", names))
    assert connections == [[PUBLIC]]
    assert names.asked == 1
    assert "may not go to" in reason(await send("https://hooks.contoso.com/", names))
    assert connections == [[PUBLIC]]


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [PRIVATE],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["168.63.129.16"],
        ["fd00:ec2::254"],
        ["::ffff:169.254.169.254"],
        [PUBLIC, PRIVATE],
        [PRIVATE, PUBLIC],
        ["2603:1030::1", "::1"],
    ],
)
async def test_a_name_with_one_bad_address_is_not_connected_to(
    connections: list[list[str]], addresses: list[str]
) -> None:
    assert "may not go to" in reason(await send("https://hooks.contoso.com/", Names(addresses)))
    assert connections == []


async def test_localhost_must_be_this_machine(receiver: Receiver, connections: list[list[str]]) -> None:
    url = receiver.root.replace("127.0.0.1", "localhost")
    assert "may not go to" in reason(await send(url, Names([PUBLIC])))
    await send(url, Names(["127.0.0.1"]))
    assert connections == [["127.0.0.1"]]


async def test_a_name_that_can_not_be_resolved() -> None:
    class Failing(Names):
        async def resolve(self, *_: Any, **__: Any) -> list[ResolveResult]:
            raise OSError(None, "no such name: sig=secret")

    assert await send("https://hooks.contoso.com/", Failing()) == NotDelivered("The receiver's name can't be resolved.")


def reason(answer: CallbackResult) -> str:
    assert isinstance(answer, NotDelivered)
    assert json.dumps(answer.reason).isascii()
    return answer.reason
