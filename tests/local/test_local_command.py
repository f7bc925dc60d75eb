"""`python -m local`, in a separate checkout whose path contains a space."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.checkout import ROOT
from tests.local.waiting import eventually, runs

APP = Path(__file__).parent / "stack" / "stack_app"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "check out"
    for source, target in ((APP, folder), (ROOT / "local", folder / "local")):
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".local").mkdir()
    (folder / ".local" / "node").symlink_to(ROOT / ".local" / "node")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


HOST = (
    """sh -c 'sleep 600 & echo worker $! && exec "$@"' sh python -m local.host --app . --port {port} --state {state}"""
)
"""A host that starts a worker, which outlives it."""


@contextmanager
def running(checkout: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A run that has announced itself; it is killed if the test leaves it running."""
    command = [sys.executable, "-m", "local", "run", *options]
    with (
        (checkout / "output").open("w") as output,
        subprocess.Popen(command, cwd=checkout, stdout=output, stderr=output, text=True) as run,  # noqa: S603 - ours
    ):
        try:
            file = checkout / ".local" / "stack.json"
            assert eventually(file.exists, 60)
            yield run, json.loads(file.read_text("utf-8"))
        finally:
            run.kill()


def run_in_shell(commands: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-ec", commands], capture_output=True, text=True, check=True)  # noqa: S603, S607 - ours


def test_run_prints_addresses_refuses_a_second_run_and_stops_on_sigterm(checkout: Path) -> None:
    with running(checkout) as (run, announced):
        second = subprocess.run(
            [sys.executable, "-m", "local", "run"], cwd=checkout, capture_output=True, text=True, check=False
        )
        assert second.returncode == 1
        assert second.stderr == (
            f"Another run uses this folder: process {run.pid}, its API is {announced['api']}. Stop it first.\n"
        )
        assert eventually(lambda: "curl" in (checkout / "output").read_text("utf-8"))
        export, curl = (checkout / "output").read_text("utf-8").strip().split("\n\n")[-1].splitlines()
        token = run_in_shell(f"{export}; echo $TOKEN")
        assert run_in_shell(f"{export}; {curl} --silent").stdout.startswith("HTTP/1.1 404")  # it has another app

        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 0

    text = (checkout / "output").read_text("utf-8")
    assert all(announced[key] in text for key in ("api", "graph", "blobEndpoint", "tableEndpoint"))
    assert text.index(announced["console"]) < text.index(f"API       {announced['api']}")
    assert announced["token"] not in text
    assert token.stdout == f"{announced['token']}\n"
    assert not any(runs(pid) for pid in announced["pids"].values())
    assert not (checkout / ".local" / "stack.json").exists()


def test_a_killed_run_leaves_nothing_behind(checkout: Path) -> None:
    with running(checkout) as (run, announced):
        pids = announced["pids"].values()
        assert all(runs(pid) for pid in pids)
        run.kill()

        assert eventually(lambda: not any(runs(pid) for pid in pids))
        assert not (checkout / ".local" / "stack.json").exists()


def test_a_killed_run_leaves_nothing_of_another_host_behind(checkout: Path) -> None:
    with running(checkout, "--host", HOST) as (run, announced):
        log = (checkout / ".local" / "run" / "logs" / "host.log").read_text("utf-8").split()
        left = [*announced["pids"].values(), int(log[log.index("worker") + 1])]
        assert {"app_service", "host_storage"} < set(announced["pids"])
        assert all(runs(pid) for pid in left)
        run.kill()

        assert eventually(lambda: not any(runs(pid) for pid in left))


def test_what_a_killed_run_and_reaper_left_is_stopped_by_the_next_run(checkout: Path) -> None:
    with running(checkout) as (run, announced):
        [reaper] = [child for child in psutil.Process(run.pid).children() if "local.stack.reaper" in child.cmdline()]
        reaper.kill()
        run.kill()
    left = announced["pids"].values()
    assert all(runs(pid) for pid in left)
    (checkout / ".local" / "stack.json").unlink()

    with running(checkout) as (run, _):
        assert not any(runs(pid) for pid in left)
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == 0

    text = (checkout / "output").read_text("utf-8")
    left = "azurite, identity, resource_manager, monitor, graph, host"
    assert f"Stopped processes that an earlier run left behind: {left}." in text


def test_a_demo_of_an_app_that_refuses_says_so_and_fails(checkout: Path) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "local", "demo"], cwd=checkout, capture_output=True, text=True, check=False
    )

    assert demo.returncode == 1
    assert "/api/exports answered 404" in demo.stdout
    assert f"The logs are in {checkout / '.local' / 'demo' / 'logs'}." in demo.stdout
    assert demo.stderr == ""
