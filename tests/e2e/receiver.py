"""A callback receiver on this machine: it keeps the messages, and answers as configured."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwnMzqKM7PqJE="  # noqa: S105 - of the tests


@dataclass(frozen=True)
class Message:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str = SIGNING_SECRET) -> dict[str, Any]:
        """The event, after its signature is verified with a secret: that of the deployment, or a subscription's own."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


class Receiver:
    """A receiver that listens from the start, and can be taken down."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._answers: dict[str, list[int]] = {}
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = self._listen(0)
        self._port = self._server.server_port

    def url(self, path: str, query: str = "") -> str:
        return f"http://127.0.0.1:{self._port}/{path}" + (f"?{query}" if query else "")

    def at(self, path: str) -> list[Message]:
        """The messages to a path, in order."""
        return [message for message in list(self._messages) if message.path == f"/{path}"]

    def answers(self, path: str, *statuses: int) -> None:
        """Answers the next requests to the path with these statuses, and later ones with 204."""
        self._answers[f"/{path}"] = list(statuses)

    @contextmanager
    def holding_answers(self) -> Iterator[None]:
        """Accepts requests but answers none until the block ends."""
        self._may_answer.clear()
        try:
            yield
        finally:
            self._may_answer.set()

    def go_down(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def come_up(self) -> None:
        self._server = self._listen(self._port)

    def _listen(self, port: int) -> ThreadingHTTPServer:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._messages.append(Message(urlsplit(self.path).path, dict(self.headers.items()), body))
                receiver._may_answer.wait()
                left = receiver._answers.get(urlsplit(self.path).path)
                self.send_response(left.pop(0) if left else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:  # the host was killed meanwhile
                    return

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server
