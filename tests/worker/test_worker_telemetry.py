"""What Microsoft's worker sends to Azure Monitor: what the app logs, and nothing of its own.

Functions that are not async belong to no trace there, as in the local host.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.monitor.arrived_telemetry import arrived
from tests.local.monitor.envelopes import KEY
from tests.local.stand_in_process import stand_in
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


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[str]:
    """The address of a recorder in place of Azure Monitor."""
    with stand_in("local.monitor", "--state", tmp_path / "monitor", log=tmp_path / "monitor.log") as process:
        yield process.url


def messages(monitor: str) -> dict[str, str]:
    """The trace of each message that has come."""
    return {row["Message"]: row["OperationId"] for row in arrived(monitor)["AppTraces"]}


def call_both(monitor: str, folder: Path, *, logger: str) -> None:
    """Let a worker with telemetry call both functions, and end."""
    (folder / "function_app.py").write_text(LOGGING, encoding="utf-8")
    telemetry = {
        "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
        "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME": logger,
        "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={KEY};IngestionEndpoint={monitor}/",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "all",
    }
    environment = environment_in(folder) | telemetry
    del environment["SSL_CERT_FILE"], environment["REQUESTS_CA_BUNDLE"]
    with MicrosoftsWorker(environment, folder / "worker.log") as worker:
        worker.index(folder)
        request: dict[str, Any] = {"method": "GET", "url": "http://localhost", "body": ""}
        request |= {"headers": {}, "params": {}, "query": {}}
        for function in ("waiting", "blocking"):
            called = worker.invoke(function, trace_parent=f"00-{TRACE}-b7ad6b7169203331-01", req={"http": request})
            assert called["returned"]["http"]["status_code"] == "200"


def test_with_the_apps_logger_only_what_the_app_logs_is_sent(monitor: str, tmp_path: Path) -> None:
    call_both(monitor, tmp_path, logger="shared")
    assert messages(monitor) == {"async": TRACE, "in a thread": "0" * 32}


def test_without_it_the_worker_sends_a_message_for_each_call(monitor: str, tmp_path: Path) -> None:
    call_both(monitor, tmp_path, logger="")
    assert messages(monitor).keys() >= {
        "async",
        "elsewhere",
        "Function name: waiting, Function Type: async",
        "Function name: blocking, Function Type: sync",
    }
