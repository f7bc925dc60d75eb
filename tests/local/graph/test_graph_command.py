"""Graph as a process: how it starts and stops, and what survives a kill."""

import contextlib
import signal
import stat
import time
from pathlib import Path

import httpx
import pytest

from local.identity.signing_key import SigningKey
from local.stack.azurite import Azurite
from tests.local.graph.graph_test_client import USER, GraphClient
from tests.local.graph.sas_containers import ExportContainer
from tests.local.stand_in_process import run_stand_in, stand_in


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_on_a_signal_whatever_is_running(
    identity_url: str,
    signing_key: SigningKey,
    azurite: Azurite,
    container: ExportContainer,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    arguments = ("--state", tmp_path, "--identity", identity_url, "--storage-ca", azurite.ca_bundle)
    with stand_in("local.graph", *arguments, log=tmp_path / "log") as process:
        async with GraphClient(process.url, signing_key) as graph:
            await graph.submitted(container.location())
            await graph.fault("user", "slow", seconds=600)
            with contextlib.suppress(httpx.ReadTimeout):
                await graph.http.get(f"/v1.0/users/{USER.id}", timeout=0.2)
        told = time.monotonic()
        process.process.send_signal(number)

        assert process.process.wait(timeout=10) == 0
        assert time.monotonic() - told < 2
    assert (tmp_path / "log").read_text() == ""


async def test_an_export_survives_a_kill(
    identity_url: str, signing_key: SigningKey, azurite: Azurite, container: ExportContainer, tmp_path: Path
) -> None:
    state, log = tmp_path / "state", tmp_path / "log"
    arguments = ("--state", state, "--identity", identity_url, "--storage-ca", azurite.ca_bundle)
    location = container.location()
    with stand_in("local.graph", *arguments, "--scale", "86400", log=log) as first:
        async with GraphClient(first.url, signing_key) as graph:
            await graph.fault("submit", "duration", seconds=0.5)
            operation_id = await graph.submitted(location)
        first.kill()
    assert container.names() == ["RequestInfo.json"]

    with stand_in("local.graph", *arguments, "--scale", "86400", log=log) as second:
        async with GraphClient(second.url, signing_key) as graph:
            await graph.until(operation_id, "complete")

    assert len(container.names()) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in state.iterdir()} == {0o600}
    assert operation_id in log.read_text()
    assert location.partition("sig=")[2] not in log.read_text()
    assert "sig=" not in log.read_text()


async def test_retry_after_shrinks_with_the_scale(
    identity_url: str, signing_key: SigningKey, azurite: Azurite, container: ExportContainer, tmp_path: Path
) -> None:
    arguments = ("--state", tmp_path, "--identity", identity_url, "--storage-ca", azurite.ca_bundle, "--scale", "7")
    with stand_in("local.graph", *arguments, log=tmp_path / "log") as process:
        async with GraphClient(process.url, signing_key) as graph:
            assert (await graph.submit(container.location())).headers["Retry-After"] == "9"


def test_a_busy_port_is_one_line_and_the_state_is_left_alone(tmp_path: Path) -> None:
    identity = ("--identity", "http://127.0.0.1:1")
    with stand_in("local.graph", "--state", tmp_path / "first", *identity, log=tmp_path / "log") as first:
        second = run_stand_in("local.graph", "--port", first.port, "--state", tmp_path / "second", *identity)

    assert second.returncode == 1
    assert second.stderr == f"cannot listen on 127.0.0.1:{first.port}: Address already in use\n"
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("scale", ["0", "-1", "fast"])
def test_an_invalid_scale_is_refused(tmp_path: Path, scale: str) -> None:
    refused = run_stand_in("local.graph", "--state", tmp_path, "--identity", "http://127.0.0.1:1", "--scale", scale)

    assert refused.returncode == 2
    assert "--scale" in refused.stderr
