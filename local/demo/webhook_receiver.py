"""A receiver of callbacks on this machine: it keeps the events whose signature is right."""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"


class Receiver:
    """What has come to a URL.

    Attributes:
        url: where to send events.
        secret: what they are to be signed with.
        events: those that came, each once.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}/ended"
        self.secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.events: list[dict[str, Any]] = []
        self._came = threading.Event()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Keep an event whose signature is right; the status to answer with."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return 401
        event = json.loads(body)
        if event not in self.events:
            self.events.append(event)
        self._came.set()
        return 204

    def wait(self, seconds: float) -> bool:
        """Block until an event has come; whether one has."""
        return self._came.wait(seconds)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens on a free port."""
    held: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(held[0].take(body, dict(self.headers.items())))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        held.append(Receiver(server.server_port))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield held[0]
        finally:
            server.shutdown()
            thread.join()
