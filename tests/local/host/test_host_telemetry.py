"""Telemetry as the worker sets it up: sent to the connection string's endpoint, the last of it when the host stops."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.monitor.arrived_telemetry import arrived
from tests.local.host.sample_app_host import SampleAppHost
from tests.local.monitor.envelopes import KEY
from tests.local.stand_in_process import StandIn, stand_in
from tests.quiet_exporters import QUIET

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
ON = {
    **QUIET,
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "true",
    "OTEL_TRACES_SAMPLER": "always_on",
    # So long that only the end of the host sends anything.
    "OTEL_BSP_SCHEDULE_DELAY": "60000",
    "OTEL_BLRP_SCHEDULE_DELAY": "60000",
}


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in("local.monitor", "--state", tmp_path / "monitor", log=tmp_path / "monitor.log") as process:
        yield process


def sending_to(url: str, folder: Path) -> dict[str, str]:
    temporary = folder / "tmp"
    temporary.mkdir()
    connection = f"InstrumentationKey={KEY};IngestionEndpoint={url}/;LiveEndpoint={url}/"
    return {**ON, "APPLICATIONINSIGHTS_CONNECTION_STRING": connection, "TMPDIR": str(temporary)}


def call_and_stop(folder: Path, environment: Mapping[str, str]) -> SampleAppHost:
    with SampleAppHost(folder, environment) as host:
        trace = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01"}
        assert host.client.get("/api/health", headers=trace).status_code == 200
        host.ended(host.begin("chain", client_input=1))
        host.process.terminate()
        assert host.process.wait(timeout=20) == 0
    return host


def test_what_is_buffered_is_sent_when_the_host_stops(tmp_path: Path, monitor: StandIn) -> None:
    call_and_stop(tmp_path, sending_to(monitor.url, tmp_path))

    tables = arrived(monitor.url)
    (call,) = (row for row in tables["AppRequests"] if row["OperationId"] == TRACE)
    assert (call["ParentId"], call["ResultCode"]) == (CALLERS_SPAN, "200")
    by_id = {row["Id"]: row for table in ("AppRequests", "AppDependencies") for row in tables[table]}
    activity = next(row for row in tables["AppRequests"] if row["Name"].startswith("activity:"))
    started = by_id[activity["ParentId"]]
    assert started["Name"] == "create_orchestration:chain"
    assert by_id[started["ParentId"]]["OperationId"] == activity["OperationId"]


@pytest.mark.parametrize(("logger_name", "says"), [(None, True), ("shared", False)])
def test_the_logger_that_is_named_is_sent_or_else_all(
    tmp_path: Path, monitor: StandIn, logger_name: str | None, *, says: bool
) -> None:
    environment = sending_to(monitor.url, tmp_path)
    if logger_name:
        environment["PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME"] = logger_name
    call_and_stop(tmp_path, environment)

    messages = [row["Message"] for row in arrived(monitor.url)["AppTraces"]]
    assert any("Executed" in message for message in messages) is says


def test_what_can_not_be_sent_is_kept_in_the_temporary_folder(tmp_path: Path) -> None:
    with stand_in("local.monitor", "--state", tmp_path / "monitor", log=tmp_path / "monitor.log") as gone:
        environment = sending_to(gone.url, tmp_path)
    begun = time.monotonic()
    call_and_stop(tmp_path, environment)

    kept = [path for path in (tmp_path / "tmp").rglob("*.blob*") if TRACE in path.read_text()]
    assert kept, list((tmp_path / "tmp").rglob("*"))
    assert time.monotonic() - begun < 20


def test_a_host_without_a_connection_string_says_so_and_runs(tmp_path: Path) -> None:
    host = call_and_stop(tmp_path, ON)
    assert "APPLICATIONINSIGHTS_CONNECTION_STRING is not set, so no telemetry is sent" in host.log()
