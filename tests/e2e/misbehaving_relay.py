"""A relay from a caller to the stack, API and storage, on which requests meet with faults."""

import re
import ssl
import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from local.stack.local_stack import Stack
from tests.local import waiting

PATIENCE = 60.0
_OF_THE_CONNECTION = {"connection", "date", "keep-alive", "server", "transfer-encoding", "content-length"}


class Fault(Enum):
    """What can happen to a request or to its response."""

    PASSED_ON = auto()
    DROPPED = auto()
    """The connection ends before the stack sees the request."""
    ANSWER_LOST = auto()
    """The stack did what was asked; then the connection ends."""
    HALF_OPEN = auto()
    """No response comes, and the connection stays."""
    CUT_OFF = auto()
    """The connection ends in the middle of the response's body."""
    STALLED = auto()
    """The response stops in the middle of its body, and the connection stays."""
    ENCODED = auto()
    """The response is whole and says that its body is compressed, as a file does that was stored with this header."""


@dataclass(frozen=True)
class Instead:
    """A response that somebody on the way gives instead of the stack."""

    status: int
    body: str = "<html><body>The page cannot be displayed.</body></html>"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


@dataclass(frozen=True)
class Seen:
    """A request, as it arrived at the relay."""

    method: str
    path: str
    headers: dict[str, str]


class MisbehavingRelay:
    """Use it as a context manager. `api` is the address of the API through it; links to files lead through it too."""

    def __init__(self, stack: Stack) -> None:
        """Passes everything on, until `meets` says otherwise."""
        self._api, self._storage = urlsplit(stack.api), urlsplit(stack.azurite.blob_endpoint)
        self._trust = ssl.create_default_context(cafile=stack.azurite.ca_bundle)
        self._plans: list[tuple[str, list[Fault | Instead]]] = []
        self._changed = threading.Condition()
        self._over = threading.Event()
        self.seen: list[Seen] = []
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the caller has gone
                    self.close_connection = True

            def do_GET(self) -> None:
                relay._serve(self)

            def do_POST(self) -> None:
                relay._serve(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._root = f"http://127.0.0.1:{self._server.server_port}"
        self.api = f"{self._root}{self._api.path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def meets(self, request: str, *faults: Fault | Instead) -> None:
        """Lets the next requests whose method and path match `request`, a pattern, meet with `faults`, one each."""
        self._plans.append((request, list(faults)))

    def requests(self, request: str) -> list[Seen]:
        """The requests whose method and path match `request`, a pattern, in order."""
        return [each for each in list(self.seen) if re.search(request, f"{each.method} {each.path}")]

    def wait_for(self, request: str, times: int = 1) -> None:
        """Waits until so many requests that match have arrived."""
        with self._changed:
            patience = PATIENCE * waiting.factor
            arrived = self._changed.wait_for(lambda: len(self.requests(request)) >= times, patience)
        assert arrived, f"{request} did not arrive {times} times in {patience:.0f} s"

    @property
    def ahead(self) -> list[Fault | Instead]:
        """The faults that no request has met with."""
        return [fault for _, faults in self._plans for fault in faults]

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._changed:
            self.seen.append(Seen(request.command, request.path, dict(request.headers.items())))
            fault = self._next_fault(f"{request.command} {request.path}")
            self._changed.notify_all()
        if isinstance(fault, Instead):
            _respond(request, fault.status, fault.headers, fault.body.encode())
            return
        if fault is Fault.HALF_OPEN:
            self._over.wait()
        if fault in (Fault.HALF_OPEN, Fault.DROPPED):
            request.close_connection = True
            return
        answer, content = self._pass_on(request, body)
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_THE_CONNECTION}
        if fault is Fault.ENCODED:
            headers["Content-Encoding"] = "gzip"
        if fault in (Fault.PASSED_ON, Fault.ENCODED):
            _respond(request, answer.status, headers, content)
            return
        request.close_connection = True
        if fault is Fault.ANSWER_LOST:
            return
        _respond(request, answer.status, headers, content, sent=len(content) // 2)
        if fault is Fault.STALLED:
            self._over.wait()

    def _next_fault(self, request: str) -> Fault | Instead:
        for pattern, faults in self._plans:
            if faults and re.search(pattern, request):
                return faults.pop(0)
        return Fault.PASSED_ON

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[HTTPResponse, bytes]:
        """The stack's response and its body, with links that lead through here."""
        if request.path.startswith(f"{self._api.path}/"):
            connection = HTTPConnection(self._api.netloc, timeout=PATIENCE)
        else:
            connection = HTTPSConnection(self._storage.netloc, timeout=PATIENCE, context=self._trust)
        try:
            connection.request(request.command, request.path, body or None, dict(request.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        storage = f"{self._storage.scheme}://{self._storage.netloc}"
        links = request.path.endswith("/links")
        return answer, content.replace(storage.encode(), self._root.encode()) if links else content


def _respond(
    request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes, *, sent: int | None = None
) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body[:sent])
    request.wfile.flush()
