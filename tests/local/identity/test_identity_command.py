"""The identity as a process."""

import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.local.stand_in_process import run_stand_in, stand_in

SECRET = {"IDENTITY_HEADER": "secret of the process"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_stops_it(identity_state: Path, tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "log"
    with stand_in("local.identity", "--state", identity_state, log=log, environment=SECRET) as identity:
        headers = {"X-IDENTITY-HEADER": SECRET["IDENTITY_HEADER"]}
        assert httpx.get(f"{identity.url}/token", headers=headers).status_code == 200
        told = time.monotonic()
        identity.process.send_signal(number)

        assert identity.process.wait(timeout=10) == 0
        assert time.monotonic() - told < 2
        assert identity.process.stdout is not None
        assert identity.process.stdout.read() == ""
    assert log.read_text() == ""


def test_a_busy_port_is_reported_in_one_line(identity_state: Path, tmp_path: Path) -> None:
    with stand_in("local.identity", "--state", identity_state, log=tmp_path / "log", environment=SECRET) as identity:
        second = run_stand_in(
            "local.identity", "--port", identity.port, "--state", tmp_path / "second", environment=SECRET
        )

    assert second.returncode == 1
    assert second.stderr == f"cannot listen on 127.0.0.1:{identity.port}: Address already in use\n"
    assert not (tmp_path / "second").exists()


def test_a_missing_secret_is_reported_in_one_line(tmp_path: Path) -> None:
    alone = run_stand_in("local.identity", "--state", tmp_path, environment={"IDENTITY_HEADER": ""})

    assert alone.returncode == 1
    assert alone.stderr.startswith("IDENTITY_HEADER is not set")
    assert alone.stderr.count("\n") == 1
