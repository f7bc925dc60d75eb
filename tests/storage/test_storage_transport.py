"""The connections that storage clients share, and what is recorded of their calls."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from azure.core.settings import settings
from azure.storage.blob.aio import BlobServiceClient

from local.stack.azurite import Azurite
from shared.exports.exceptions import StorageFailedError
from shared.proxies import Proxies, Proxy
from shared.storage import storage_transport
from shared.storage.storage_errors import to_refusal_or_failure
from shared.storage.storage_transport import ConnectionPool, TracedTransport, silence_sdk_telemetry
from shared.telemetry.telemetry_names import Metric
from tests.logging_proxy import LoggingProxy

RECORDED: list[tuple[object, ...]] = []


@contextmanager
def recorded(*call: object) -> Iterator[SimpleNamespace]:
    """In place of the span around a call."""
    yield SimpleNamespace(answered=lambda status: RECORDED.append((*call, status)))


@pytest.fixture(autouse=True)
def recording(monkeypatch: pytest.MonkeyPatch) -> None:
    RECORDED.clear()
    monkeypatch.setattr(storage_transport, "http_call", recorded)


@pytest.fixture
async def account() -> AsyncIterator[BaseTestServer]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server


async def test_a_call_is_recorded_by_its_template_and_never_by_its_url(account: BaseTestServer) -> None:
    async with TracedTransport(ConnectionPool(Proxies()), "/{container}/{blob}") as transport:
        url = str(account.make_url("/c/person.json?sig=secret"))
        answer = await transport.send(HttpRequest("PUT", url))
    assert answer.status_code == 404
    (call,) = RECORDED
    assert call == (Metric.STORAGE_ANSWERS, "PUT", url, "/{container}/{blob}", 404)


async def test_clients_share_one_pool(account: BaseTestServer) -> None:
    pool = ConnectionPool(Proxies())
    blobs, tables = TracedTransport(pool, "/blobs"), TracedTransport(pool, "/tables")
    await blobs.open()
    await tables.open()
    session = pool.session
    for transport in (blobs, tables):
        await transport.send(HttpRequest("GET", str(account.make_url("/"))))
        await transport.sleep(0)
    assert pool.session is session
    await blobs.close()
    assert pool.session is None
    assert [call[3] for call in RECORDED] == ["/blobs", "/tables"]


async def test_the_environment_is_not_read(account: BaseTestServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with TracedTransport(ConnectionPool(Proxies()), "/") as transport:
        assert (await transport.send(HttpRequest("GET", str(account.make_url("/"))))).status_code == 404


async def test_calls_share_a_tunnel_through_the_proxy(azurite: Azurite) -> None:
    with LoggingProxy("svc:p@ss") as proxy:
        pool = ConnectionPool(Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}")))
        pool.connection_config.verify = False  # with a file of certificates, each call has a connection of its own
        async with BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, transport=pool) as service:
            for _ in range(3):
                await service.get_service_properties()
    assert proxy.asked == [f"CONNECT 127.0.0.1:{urlsplit(azurite.blob_endpoint).port}"]


async def test_what_is_excepted_goes_past_the_proxy(account: BaseTestServer) -> None:
    nowhere = Proxy.at("http://127.0.0.1:9")
    async with TracedTransport(ConnectionPool(Proxies(nowhere, nowhere, "127.0.0.1")), "/") as transport:
        assert (await transport.send(HttpRequest("GET", str(account.make_url("/"))))).status_code == 404


async def test_a_proxy_that_refuses_is_an_outage_and_its_credentials_are_in_no_error(azurite: Azurite) -> None:
    with LoggingProxy("svc:another") as proxy:
        pool = ConnectionPool(Proxies(https=Proxy.at(f"http://svc:p%40ss@127.0.0.1:{proxy.port}")))
        async with TracedTransport(pool, "/") as transport:
            with pytest.raises(AzureError) as error:
                await transport.send(HttpRequest("GET", azurite.blob_endpoint))
    assert "407" in str(error.value)
    assert "svc" not in repr(error.value)
    assert isinstance(to_refusal_or_failure(error.value), StorageFailedError)


@pytest.fixture
def talkative_sdk() -> Iterator[logging.Logger]:
    """The SDK with tracing and logging on, until the test is over."""
    logger = logging.getLogger("azure")
    level = logger.level
    settings.tracing_enabled.set_value(True)
    logger.setLevel(logging.DEBUG)
    yield logger
    settings.tracing_enabled.unset_value()
    logger.setLevel(level)


def test_the_sdk_records_and_logs_no_urls(talkative_sdk: logging.Logger) -> None:
    assert settings.tracing_enabled()
    silence_sdk_telemetry()
    assert not settings.tracing_enabled()
    assert not talkative_sdk.getChild("core.pipeline").isEnabledFor(logging.INFO)
