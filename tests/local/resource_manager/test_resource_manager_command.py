"""Azure Resource Manager's stand-in as a process."""

from pathlib import Path

import httpx

from tests.local.stand_in_process import run_stand_in, stand_in

IDENTITY = ("--identity", "http://127.0.0.1:9", "--account", "exports")


def test_it_serves_and_a_busy_port_is_reported_in_one_line(tmp_path: Path) -> None:
    with stand_in("local.resource_manager", *IDENTITY, log=tmp_path / "log") as resources:
        assert httpx.get(f"{resources.url}/subscriptions", trust_env=False).status_code == 401
        second = run_stand_in("local.resource_manager", "--port", resources.port, *IDENTITY)

    assert second.returncode == 1
    assert second.stderr == f"cannot listen on 127.0.0.1:{resources.port}: Address already in use\n"
