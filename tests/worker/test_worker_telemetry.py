"""What Microsoft's worker sends to Azure Monitor: what the app logs, and nothing of its own.

Functions that are not async belong to no trace there, as in the local host.
"""

import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.worker.microsofts_worker import MicrosoftsWorker, environment_in

TRACE = "0af7651916cd43dd8448eb211c80319c"
LOGGING = """
import logging
import azure.functions as func
app = func.FunctionApp()
@app.route("waiting")
async def waiting(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("shared.workflow").warning("async")
    logging.getLogger("elsewhere").warning("elsewhere")
    return func.HttpResponse()
@app.route("blocking")
def blocking(req: func.HttpRequest) -> func.HttpResponse:
    logging.getLogger("shared.workflow").warning("in a thread")
    return func.HttpResponse()
"""


class Ingestion:
    """Takes what an exporter sends, in place of Azure Monitor."""

    def __init__(self) -> None:
        envelopes: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sent = json.loads(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
                envelopes.extend(sent)
                answer = json.dumps({"itemsReceived": len(sent), "itemsAccepted": len(sent), "errors": []}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        self.envelopes = envelopes
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def messages(self) -> dict[str, str]:
        """The trace of each message that has come."""
        messages = (each for each in self.envelopes if each["data"]["baseType"] == "MessageData")
        return {each["data"]["baseData"]["message"]: each["tags"].get("ai.operation.id", "") for each in messages}


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    made = Ingestion()
    Thread(target=made.server.serve_forever).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def call_both(ingestion: Ingestion, folder: Path, **settings: str) -> None:
    """Let a worker with telemetry call both functions, and end."""
    (folder / "function_app.py").write_text(LOGGING, encoding="utf-8")
    port = ingestion.server.server_port
    telemetry = {
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
        "APPLICATIONINSIGHTS_CONNECTION_STRING": (
            f"InstrumentationKey={'0' * 8}-0000-0000-0000-{'0' * 12};IngestionEndpoint=http://127.0.0.1:{port}/"
        ),
        "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
        "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "all",
    }
    environment = environment_in(folder) | telemetry | settings
    del environment["SSL_CERT_FILE"], environment["REQUESTS_CA_BUNDLE"]
    with MicrosoftsWorker(environment, folder / "worker.log") as worker:
        worker.index(folder)
        request: dict[str, Any] = {"method": "GET", "url": "http://localhost", "body": ""}
        request |= {"headers": {}, "params": {}, "query": {}}
        for function in ("waiting", "blocking"):
            called = worker.invoke(function, trace_parent=f"00-{TRACE}-b7ad6b7169203331-01", req={"http": request})
            assert called["returned"]["http"]["status_code"] == "200"


def test_with_the_apps_logger_only_what_the_app_logs_is_sent(ingestion: Ingestion, tmp_path: Path) -> None:
    call_both(ingestion, tmp_path, PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME="shared")
    assert ingestion.messages == {"async": TRACE, "in a thread": "0" * 32}


def test_without_it_the_worker_sends_a_message_for_each_call(ingestion: Ingestion, tmp_path: Path) -> None:
    call_both(ingestion, tmp_path)
    assert ingestion.messages.keys() >= {
        "async",
        "elsewhere",
        "Function name: waiting, Function Type: async",
        "Function name: blocking, Function Type: sync",
    }
