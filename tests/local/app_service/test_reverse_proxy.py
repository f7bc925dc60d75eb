"""The proxy in front of a host: requests and responses pass as they came, and a host that is away is told apart."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.local.stand_in_process import StandIn, run_stand_in, stand_in

NOBODY = "http://127.0.0.1:1"
PATH = b"/api/health"
"""It needs no token."""
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Host:
    """Answers each request with the same bytes, and keeps what came."""

    def __init__(self) -> None:
        self.answer = NO_CONTENT
        self.asked = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.asked = received(connection)
                connection.sendall(self.answer)


def received(connection: socket.socket) -> bytes:
    """A whole request."""
    connection.settimeout(20)
    text = b""
    while not complete(text):
        text += connection.recv(65_536)
    return text


def complete(text: bytes) -> bool:
    head, found, body = text.partition(b"\r\n\r\n")
    if not found:
        return False
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    _, given, length = head.lower().partition(b"content-length: ")
    return len(body) >= (int(length.split(b"\r\n")[0]) if given else 0)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    listening = Host()
    yield listening
    listening.close()


@contextmanager
def proxy_to(url: str, folder: Path) -> Iterator[StandIn]:
    with stand_in("local.app_service", "--identity", NOBODY, "--host", url, log=folder / "proxy.log") as proxy:
        yield proxy


@pytest.fixture(scope="module")
def proxy(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with proxy_to(host.url, tmp_path_factory.mktemp("proxy")) as running:
        yield running


def ask(proxy: StandIn, request: bytes) -> bytes:
    """The response to a raw request, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", int(proxy.port)), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


def get(path: bytes = PATH, headers: bytes = b"") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: caller.example\r\n%bConnection: close\r\n\r\n" % (path, headers)


def lines(text: bytes) -> list[bytes]:
    return text.partition(b"\r\n\r\n")[0].split(b"\r\n")


@pytest.mark.parametrize(
    "path", [b"/api/console/a%2Fb%00%c3%bc?q=1&q=%26+x", b"/api/console//x", b"/api/console/./%2e/y"]
)
def test_a_request_arrives_as_it_was_sent(host: Host, proxy: StandIn, path: bytes) -> None:
    assert lines(ask(proxy, get(path, b"X-Own: 1\r\nX-Own: 2\r\n")))[0] == b"HTTP/1.1 204 No Content"
    assert lines(host.asked) == [b"GET %b HTTP/1.1" % path, b"Host: caller.example", b"X-Own: 1", b"X-Own: 2"]


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (b"Content-Length: 11\r\nContent-Encoding: gzip", b"not gzip\x00\xff\r"),
        (b"Content-Length: 3000000", b"x" * 3_000_000),
        (b"Content-Length: 0", b""),
        (b"Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n"),
    ],
    ids=["of a length", "long", "empty", "in chunks"],
)
def test_a_body_arrives_as_it_was_sent(host: Host, proxy: StandIn, framing: bytes, body: bytes) -> None:
    request = b"POST %b HTTP/1.1\r\nHost: caller.example\r\n%b\r\nConnection: close\r\n\r\n%b" % (PATH, framing, body)
    assert lines(ask(proxy, request))[0] == b"HTTP/1.1 204 No Content"
    head, _, arrived = host.asked.partition(b"\r\n\r\n")
    assert arrived == body
    assert set(framing.split(b"\r\n")) <= set(head.split(b"\r\n"))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
    ids=["repeated headers", "redirect", "encoded", "in chunks"],
)
def test_a_response_arrives_as_it_was_sent(host: Host, proxy: StandIn, answer: bytes) -> None:
    host.answer = answer
    given = ask(proxy, get())
    own = (b"Date:", b"Server:", b"Connection:")
    assert sorted(line for line in lines(given) if not line.startswith(own)) == sorted(lines(answer))
    assert given.partition(b"\r\n\r\n")[2] == answer.partition(b"\r\n\r\n")[2]


def test_a_host_that_is_away_is_503(tmp_path: Path) -> None:
    with proxy_to(NOBODY, tmp_path) as proxy:
        assert lines(ask(proxy, get()))[0] == b"HTTP/1.1 503 Service Unavailable"


def test_a_host_that_ends_without_an_answer_is_502(host: Host, proxy: StandIn) -> None:
    host.answer = b""
    assert lines(ask(proxy, get()))[0] == b"HTTP/1.1 502 Bad Gateway"


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_an_answer_that_is_cut_off_is_cut_off_for_the_caller(host: Host, proxy: StandIn, cut: bytes) -> None:
    host.answer = cut
    try:
        answer = ask(proxy, get())
    except ConnectionResetError:
        return
    assert not answer.endswith(b"0\r\n\r\n")
    assert len(answer.partition(b"\r\n\r\n")[2]) < len(b"3\r\nabc\r\n0\r\n\r\n")


def test_a_busy_port_is_reported_in_one_line(host: Host) -> None:
    port = host.url.rpartition(":")[2]
    ran = run_stand_in("local.app_service", "--port", port, "--identity", NOBODY, "--host", NOBODY)
    assert (ran.returncode, ran.stderr) == (1, f"cannot listen on 127.0.0.1:{port}: Address already in use\n")
