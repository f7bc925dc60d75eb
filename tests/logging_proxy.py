"""An HTTP proxy on this machine that notes what it is asked for."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PIECE = 64 * 1024


class LoggingProxy:
    """Tunnels what it gets a CONNECT for, and forwards requests with a whole URL."""

    def __init__(self, credentials: str = "", hosts: Mapping[str, int] | None = None) -> None:
        """A proxy that runs from the start.

        Args:
            credentials: what it lets pass, as `user:password`; by default everybody.
            hosts: ports of this machine in place of hosts, by `host:port`.
        """
        self.asked: list[str] = []
        """What it was asked for, as method and `host:port`, once for each connection."""
        self._authorization = f"Basic {base64.b64encode(credentials.encode()).decode()}" if credentials else ""
        self._hosts = hosts or {}
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._open: set[socket.socket] = set()
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        for connection in list(self._open):
            _end(connection)
        self._server.server_close()  # waits for all threads

    def serve(self, client: socket.socket) -> None:
        """Serves one connection."""
        head = _read_head(client)
        method, target, *_ = head[0].split()
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        authority = f"{url.hostname}:{url.port or 80}"
        self.asked.append(f"{method} {authority}")
        if self._authorization and f"proxy-authorization: {self._authorization}".lower() not in map(str.lower, head):
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.socket() as server, self._noted(client), self._noted(server):
            server.connect(
                ("127.0.0.1", self._hosts[authority]) if authority in self._hosts else (url.hostname, url.port)
            )
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                own = [line for line in head[1:] if not line.lower().startswith("proxy-")]
                path = url._replace(scheme="", netloc="").geturl()
                server.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *own, "", ""]).encode("latin-1"))
            back = threading.Thread(target=_pass_on, args=(server, client))
            back.start()
            _pass_on(client, server)
            back.join()

    @contextlib.contextmanager
    def _noted(self, connection: socket.socket) -> Iterator[None]:
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)

    def _handler(proxy) -> type[socketserver.BaseRequestHandler]:  # noqa: N805 - `self` is the handler
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client went away
                    proxy.serve(self.request)

        return Handler


def _read_head(client: socket.socket) -> list[str]:
    """The lines before the first empty one, and not a byte more."""
    read = b""
    while not read.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        if not byte:
            raise ConnectionError("The client sent no request.")
        read += byte
    return read.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    _end(sink)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
