"""A webhook receiver on this machine: it keeps the events whose signature is valid."""

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


class WebhookReceiver:
    """The events that arrived at a URL.

    Attributes:
        url: where to send events.
        secret: what to sign them with.
        events: those that arrived, without repetitions.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}/ended"
        self.secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        self.events: list[dict[str, Any]] = []
        self._arrived = threading.Event()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Keep an event if its signature is valid, and return the status to answer with."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return 401
        event = json.loads(body)
        if event not in self.events:
            self.events.append(event)
        self._arrived.set()
        return 204

    def wait(self, seconds: float) -> bool:
        """Wait for an event; return whether one has arrived."""
        return self._arrived.wait(seconds)


@contextmanager
def receiving() -> Iterator[WebhookReceiver]:
    """Run a receiver on a free port."""
    held: list[WebhookReceiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(held[0].take(body, dict(self.headers.items())))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        held.append(WebhookReceiver(server.server_port))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield held[0]
        finally:
            server.shutdown()
            thread.join()
