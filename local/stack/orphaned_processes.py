"""What a killed run leaves behind: found in the record it kept, and stopped."""

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

GRACE_SECONDS = 10.0
"""What the processes get between SIGTERM and SIGKILL."""

CLOCK_TOLERANCE_SECONDS = 2.0


def record_folder(state: Path) -> Path:
    """Return the folder that every run with this state keeps a record of its own in."""
    return state / "children"


def stop_leftovers(state: Path) -> Sequence[str]:
    """Stop the processes that earlier runs left behind, and return their names.

    The caller holds the lock of the state folder: whoever else is recorded there has ended.
    """
    names: list[str] = []
    for record in sorted(record_folder(state).glob("*.json")):
        names += stop_recorded(record)
    return names


def stop_recorded(record: Path) -> Sequence[str]:
    """Stop the processes of one record that still run, return their names, and remove the record."""
    try:
        entries = json.loads(record.read_text("utf-8"))
    except FileNotFoundError:
        return []
    survivors = {entry["name"]: process for entry in entries if (process := _survivor(entry))}
    for process in survivors.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in survivors.values():
        _await_end(process, deadline)
    record.unlink(missing_ok=True)
    return list(survivors)


def _survivor(entry: Mapping[str, Any]) -> psutil.Process | None:
    """Return the recorded process if it runs; a pid is given out again, so the time of creation has to be the same."""
    try:
        process = psutil.Process(entry["pid"])
        same = abs(process.create_time() - entry["created"]) < CLOCK_TOLERANCE_SECONDS
    except psutil.NoSuchProcess:
        return None
    return process if same and _runs(process) else None


def _await_end(process: psutil.Process, deadline: float) -> None:
    while _runs(process):
        if time.monotonic() > deadline:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
            return
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    """Whether a process, no child of this one, runs: as a zombie that nobody collects it counts as ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
