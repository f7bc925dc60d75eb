"""How the host starts, how it says that it can't, and how it stops."""

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.local.host.sample_app_host import SampleAppHost, until


def exit_status(process: subprocess.Popen[str]) -> int:
    output, _ = process.communicate(timeout=30)
    assert output == ""
    return process.returncode


def refused(folder: Path, **environment: str) -> str:
    """Start a host with an app that has nothing but a host.json; the last line of its log."""
    app = folder / "app"
    app.mkdir()
    (app / "host.json").write_text('{"version": "2.0"}', encoding="utf-8")
    host = SampleAppHost(folder, environment, app=app)
    assert exit_status(host.launch()) == 1
    return host.log().splitlines()[-1]


def test_an_app_that_cannot_run_here_is_refused_in_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path).startswith("error: there is no function_app.py in")


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
