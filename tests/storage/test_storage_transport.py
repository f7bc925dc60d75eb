"""The connections that storage clients share, and what is recorded of their calls."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from azure.core.exceptions import ServiceRequestError
from azure.core.rest import HttpRequest
from azure.core.settings import settings

from shared.storage import storage_transport
from shared.storage.storage_transport import TracedTransport, connection_pool, silence_sdk_telemetry
from shared.telemetry.telemetry_names import Metric

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
    async with TracedTransport(connection_pool(behind_proxy=False), "/{container}/{blob}") as transport:
        answer = await transport.send(HttpRequest("PUT", str(account.make_url("/c/person.json?sig=secret"))))
    assert answer.status_code == 404
    assert RECORDED == [(Metric.STORAGE_ANSWERS, "PUT", "127.0.0.1", "/{container}/{blob}", 404)]


async def test_clients_share_one_pool(account: BaseTestServer) -> None:
    pool = connection_pool(behind_proxy=False)
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


async def test_the_environment_is_asked_for_a_proxy_only_where_it_names_one(
    account: BaseTestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with TracedTransport(connection_pool(behind_proxy=False), "/") as transport:
        assert (await transport.send(HttpRequest("GET", str(account.make_url("/"))))).status_code == 404
    async with TracedTransport(connection_pool(behind_proxy=True), "/") as transport:
        with pytest.raises(ServiceRequestError, match=r"127\.0\.0\.1:9"):
            await transport.send(HttpRequest("GET", str(account.make_url("/"))))


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
