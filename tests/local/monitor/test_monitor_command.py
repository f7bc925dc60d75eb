"""The recorder as a process."""

import signal
from pathlib import Path

import httpx

from tests.local.monitor.envelopes import event
from tests.local.stand_in_process import run_stand_in, stand_in


def test_it_serves_until_a_signal_stops_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with stand_in("local.monitor", "--state", tmp_path / "state", log=log) as monitor:
        assert httpx.post(f"{monitor.url}/v2.1/track", json=[event("one")]).status_code == 200
        monitor.process.send_signal(signal.SIGTERM)
        assert monitor.process.wait(timeout=10) == 0
    assert log.read_text() == ""


def test_a_killed_one_has_kept_what_it_accepted(tmp_path: Path) -> None:
    with stand_in("local.monitor", "--state", tmp_path / "state", log=tmp_path / "log") as monitor:
        assert httpx.post(f"{monitor.url}/v2.1/track", json=[event("one")]).status_code == 200
        monitor.kill()
    with stand_in("local.monitor", "--state", tmp_path / "state", log=tmp_path / "log") as monitor:
        assert httpx.get(f"{monitor.url}/_local/envelopes").json() == event("one")


def test_a_busy_port_is_reported_in_one_line(tmp_path: Path) -> None:
    with stand_in("local.monitor", "--state", tmp_path / "first", log=tmp_path / "log") as monitor:
        second = run_stand_in("local.monitor", "--port", monitor.port, "--state", tmp_path / "second")
    assert second.returncode == 1
    assert second.stderr == f"cannot listen on 127.0.0.1:{monitor.port}: Address already in use\n"
    assert not (tmp_path / "second").exists()
