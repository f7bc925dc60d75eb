"""What the probe says about a server, as long as it is not ready."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from local.stack.azurite import Azurite
from local.stack.readiness_probe import missing_from


@pytest.fixture
def unhealthy() -> Iterator[str]:
    """A server that answers 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()
        thread.join()


def test_any_answer_will_do_unless_one_is_expected(unhealthy: str) -> None:
    assert missing_from(unhealthy) == ""
    assert missing_from(unhealthy, status=503) == ""
    assert missing_from(unhealthy, status=200) == f"GET {unhealthy} answers 503"


def test_a_server_that_is_not_there_is_missing() -> None:
    assert missing_from("http://127.0.0.1:1/").startswith("GET http://127.0.0.1:1/: ")


def test_https_needs_the_trusted_certificate(azurite: Azurite) -> None:
    assert missing_from(azurite.table_endpoint, trusted=azurite.ca_bundle) == ""
    assert "answers" not in missing_from(azurite.table_endpoint.replace("https", "http"))
