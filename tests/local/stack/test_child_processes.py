"""Children: they start with a log, end in order, and never outlive a parent that was killed."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.checkout import ROOT
from local.stack.child_processes import Family, StartError
from local.stack.orphaned_processes import record_folder, stop_orphans
from tests.local.waiting import eventually, runs

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def test_a_child_gets_only_the_environment_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    with Family(tmp_path) as family:
        command = [sys.executable, "-c", "import os; print(*sorted(os.environ), 'up', flush=True); input()"]
        child = family.start("lister", command, {"ONLY": "this"})
        assert child.process.wait() == 1  # input() finds stdin closed
        assert "ONLY" in child.log.read_text("utf-8")
        assert "HTTPS_PROXY" not in child.log.read_text("utf-8")


def test_a_child_that_ends_early_is_reported_with_its_last_output(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("failing", [sys.executable, "-c", "raise SystemExit('the reason')"], {})
        with pytest.raises(StartError, match=r"failing ended with exit status 1(?s:.*)the reason"):
            child.wait_until(lambda: "not up", 20)


def test_a_child_that_never_gets_ready_is_reported_with_what_is_missing(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("slow", SLEEPER, {})
        with pytest.raises(StartError, match=r"slow was not ready after 0.2 s: no answer"):
            child.wait_until(lambda: "no answer", 0.2)


def test_a_command_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    with (
        Family(tmp_path) as family,
        pytest.raises(StartError, match="host can't be started: no-such-host: No such file"),
    ):
        family.start("host", ["no-such-host"], {})


HOST_WITH_WORKER = [
    "sh",
    "-c",
    f"{shlex.join(DEAF)} & echo $! && exec {shlex.join(SLEEPER)}",
]
"""As Microsoft's host: it starts a worker, which outlives it and doesn't react to SIGTERM."""


def worker_of(log: Path) -> int:
    assert eventually(lambda: log.exists() and log.read_text("utf-8").count("up") == 2)
    return int(next(line for line in log.read_text("utf-8").splitlines() if line.isdigit()))


@pytest.mark.parametrize("crash", [False, True])
def test_a_child_is_stopped_with_what_it_has_started(tmp_path: Path, *, crash: bool) -> None:
    with Family(tmp_path) as family:
        child = family.start("host", HOST_WITH_WORKER, {"PATH": os.environ["PATH"]}, grace=0.3)
        worker = worker_of(child.log)
        if crash:
            child.process.kill()
            child.process.wait()
            assert runs(worker), "by itself it would stay"
        family.stop(child)
        assert not runs(worker)
        assert not child.alive


def test_a_child_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("host", HOST_WITH_WORKER, {"PATH": os.environ["PATH"]})
        worker = worker_of(child.log)
        child.kill()
        assert not runs(worker)
        assert child.process.wait(10) == -signal.SIGKILL


def test_a_child_starts_in_the_folder_that_it_is_given(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("host", ["pwd"], {"PATH": os.environ["PATH"]}, folder=tmp_path)
        child.process.wait()
        assert child.log.read_text("utf-8") == f"{tmp_path}\n"


def test_closing_stops_all_and_leaves_no_record(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        children = [family.start(name, SLEEPER, {}) for name in ("a", "b")]
        assert all(child.alive for child in children)

    assert not any(child.alive for child in children)
    assert list(record_folder(tmp_path).iterdir()) == []


PARENT = """
import json, sys, time
from pathlib import Path
from local.stack.child_processes import Family

state, announcement, *command = sys.argv[1:]
Path(announcement).touch()
family = Family(Path(state), Path(announcement))
pids = [family.start(name, command, {"PATH": "/usr/bin:/bin"}).pid for name in ("a", "b")]
print(json.dumps({"children": pids, "reaper": family._reaper.pid}), flush=True)
time.sleep(600)
"""


def start_parent(state: Path, command: list[str]) -> tuple[subprocess.Popen[str], dict[str, object]]:
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, state, state / "stack.json", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    return parent, json.loads(parent.stdout.readline())


def kill(parent: subprocess.Popen[str]) -> None:
    with parent:
        parent.kill()


def test_children_of_a_killed_parent_are_stopped(tmp_path: Path) -> None:
    parent, pids = start_parent(tmp_path, SLEEPER)
    children = pids["children"]
    assert isinstance(children, list)
    assert all(runs(pid) for pid in children)

    kill(parent)

    assert eventually(lambda: not any(runs(pid) for pid in children))
    assert eventually(lambda: not runs(int(str(pids["reaper"]))))
    assert not (tmp_path / "stack.json").exists()
    assert list(record_folder(tmp_path).iterdir()) == []


def test_what_a_dead_child_of_a_killed_parent_has_started_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.stack.orphaned_processes.GRACE_SECONDS", 0.3)
    parent, pids = start_parent(tmp_path, HOST_WITH_WORKER)
    children = pids["children"]
    assert isinstance(children, list)
    workers = [worker_of(tmp_path / "logs" / f"{name}.log") for name in ("a", "b")]
    os.kill(int(str(pids["reaper"])), signal.SIGKILL)
    kill(parent)
    for child in children:
        os.kill(child, signal.SIGKILL)
    assert eventually(lambda: not any(runs(child) for child in children))
    assert all(runs(worker) for worker in workers)

    assert sorted(stop_orphans(tmp_path)) == ["a", "b"]

    assert not any(runs(worker) for worker in workers)


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.stack.orphaned_processes.GRACE_SECONDS", 0.3)
    parent, pids = start_parent(tmp_path, DEAF)
    logs = [tmp_path / "logs" / f"{name}.log" for name in ("a", "b")]
    assert eventually(lambda: all("up" in log.read_text("utf-8") for log in logs))
    os.kill(int(str(pids["reaper"])), 9)
    kill(parent)
    children = pids["children"]
    assert isinstance(children, list)
    assert all(runs(pid) for pid in children)

    assert sorted(stop_orphans(tmp_path)) == ["a", "b"]

    assert eventually(lambda: not any(runs(pid) for pid in children))
    assert stop_orphans(tmp_path) == []


def test_a_process_with_a_reused_pid_is_left_alone(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        child = family.start("innocent", SLEEPER, {})
        other = tmp_path / "other"
        record_folder(other).mkdir(parents=True)
        entry = {"name": "gone", "pid": child.pid, "created": psutil.Process(child.pid).create_time() - 60}
        (record_folder(other) / "record.json").write_text(json.dumps([entry]), "utf-8")

        assert stop_orphans(other) == []
        assert child.alive
