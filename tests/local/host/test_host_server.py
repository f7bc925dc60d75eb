"""How the host starts, how it says that it can't, and how it stops."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.local.host.sample_app_host import SAMPLE_APP, SampleAppHost, until

SLOW = """
import asyncio
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
@app.route("slow")
async def slow(req: func.HttpRequest) -> str:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
@app.route("leak")
async def leak(req: func.HttpRequest) -> str:
    raise asyncio.CancelledError
"""


def exit_status(process: subprocess.Popen[str]) -> int:
    output, _ = process.communicate(timeout=30)
    assert output == ""
    return process.returncode


def app_of(folder: Path, host_json: str, source: str = "") -> Path:
    app = folder / "app"
    app.mkdir()
    (app / "host.json").write_text(host_json, encoding="utf-8")
    (app / "function_app.py").write_text(source, encoding="utf-8")
    return app


def refused(folder: Path, host_json: str = "{}", **environment: str) -> str:
    """Start a host with an app that has nothing but a host.json; the last line of its log."""
    host = SampleAppHost(folder, environment, app=app_of(folder, host_json))
    assert exit_status(host.launch()) == 1
    return host.log().splitlines()[-1]


def test_what_the_local_host_does_not_support_is_refused_in_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path, '{"functionTimeout": "never"}').startswith("error: host.json: functionTimeout 'never'")


def test_an_app_that_cannot_be_loaded_leaves_a_host_that_knows_none_of_its_routes(tmp_path: Path) -> None:
    source = "raise ValueError('EXPORT_GRANT is wrong')"
    with SampleAppHost(tmp_path, app=app_of(tmp_path, "{}", source)) as host:
        assert (
            "ERROR local.host.host_server: the app can't be loaded: ValueError: EXPORT_GRANT is wrong; " in host.log()
        )
        assert [host.client.get(path).status_code for path in ("/", "/api/health", "/api/other")] == [200, 404, 404]


def test_an_app_that_cannot_be_loaded_loses_no_orchestration(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path) as host:
        host.begin("patient", "kept", 1)
        is_due = time.monotonic() + 1.2
    host_json = (SAMPLE_APP / "host.json").read_text("utf-8")
    with SampleAppHost(tmp_path, app=app_of(tmp_path, host_json, "import no_such_module")) as broken:
        until(lambda: broken.client.get("/api/health").status_code == 404 and time.monotonic() > is_due)
    with host:
        assert host.ended("kept")["output"] == "time is up"


def test_a_host_json_that_cannot_be_read_leaves_a_host_that_answers_with_503(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, app=app_of(tmp_path, "{")) as host:
        assert "host.json is not JSON: " in host.log()
        assert [host.client.get(path).status_code for path in ("/", "/api/health", "/admin")] == [503, 503, 503]


@pytest.mark.parametrize("route", ["slow", "leak"])
def test_a_call_that_takes_too_long_is_500_and_the_host_ends(tmp_path: Path, route: str) -> None:
    app = app_of(tmp_path, '{"functionTimeout": "00:00:01"}', SLOW)
    with SampleAppHost(tmp_path, app=app) as host:
        response = host.client.get(f"/api/{route}")
        assert (response.status_code, response.content) == (500, b"")
        assert host.process.wait(timeout=10) == 1
        assert (
            host.log().splitlines()[-1] == f"error: '{route}' takes longer than functionTimeout in host.json, 0:00:01"
        )


def test_a_function_that_cannot_be_cancelled_does_not_keep_the_host_from_stopping(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, app=app_of(tmp_path, "{}", SLOW)) as host:
        with pytest.raises(httpx.ReadTimeout):
            host.client.get("/api/slow", timeout=0.5)
        host.process.terminate()
        assert host.process.wait(timeout=4) == 0


def test_a_busy_port_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = SampleAppHost(tmp_path)
        assert exit_status(host.launch(port=port)) == 1
        assert host.log().splitlines() == [f"error: cannot listen on 127.0.0.1:{port}: Address already in use"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_two_seconds_of_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *"}) as host:
        host.begin("patient")
        until(lambda: host.noted("ticks"))
        host.process.send_signal(number)
        assert host.process.wait(timeout=2) == 0
        assert "Traceback" not in host.log()


def test_keys_and_instances_outlive_the_process(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path) as host:
        key = host.key("functionKeys", "default")
        host.ended(host.begin("chain", "kept", 1))
        host.process.terminate()
        assert host.release() == 0
        host.start()
        assert host.key("functionKeys", "default") == key
        assert host.status("kept")["runtimeStatus"] == "Completed"
