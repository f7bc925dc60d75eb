"""The web server: bodies that wait to be asked for, and failures of the host. More is in recorded/requests.yaml."""

import logging
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from aiohttp import web

from local.host.http_server import http_server
from tests.local.host.sample_app_host import SampleAppHost
from tests.loopback import NO_TLS

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def announced(host: SampleAppHost, path: str) -> tuple[socket.socket, bytes]:
    """Announce a body of five bytes; the connection and what comes first on it."""
    address = urlsplit(host.url)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    connection.sendall(head.encode())
    return connection, connection.recv(1000)


def test_a_body_that_waits_is_asked_for(host: SampleAppHost) -> None:
    connection, first = announced(host, "/api/echo/me")
    with connection:
        assert first == CONTINUE
        connection.sendall(b"hello")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("path", "status"), [("/api/nowhere", b"404"), ("/api/echo/me%00", b"400")])
def test_a_body_that_nobody_reads_is_not_asked_for(host: SampleAppHost, path: str, status: bytes) -> None:
    connection, first = announced(host, path)
    with connection:
        assert first.split()[1] == status


@pytest.mark.parametrize(("error", "logged"), [(ValueError("a bug"), True), (ConnectionResetError(), False)])
async def test_a_failure_of_the_host_is_logged_and_not_shown(
    caplog: pytest.LogCaptureFixture, error: Exception, *, logged: bool
) -> None:
    async def handle(_: web.Request) -> web.Response:
        raise error

    caplog.set_level(logging.ERROR)
    runner = web.ServerRunner(http_server(handle, 10))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
            response = await client.get(f"http://{host}:{port}/")
    finally:
        await runner.cleanup()
    assert (response.status_code, response.content, response.headers["connection"]) == (500, b"", "close")
    assert ("a bug" in caplog.text) is logged
