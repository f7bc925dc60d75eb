"""Stops the processes that a killed run left behind, which it had recorded."""

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

GRACE_SECONDS = 10.0
"""Time between SIGTERM and SIGKILL."""

CLOCK_TOLERANCE_SECONDS = 2.0


def record_folder(state: Path) -> Path:
    """Return the folder where each run with this state keeps its record."""
    return state / "children"


def stop_orphans(state: Path) -> Sequence[str]:
    """Stop the processes that earlier runs left behind, and return their names.

    The caller holds the lock of the state folder, so every run recorded there has ended.
    """
    names: list[str] = []
    for record in sorted(record_folder(state).glob("*.json")):
        names += stop_recorded(record)
    return names


def stop_recorded(record: Path) -> Sequence[str]:
    """Stop the processes of a record that still run, remove the record, and return their names."""
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
    """Return the recorded process if it runs. A pid can be reused, so the time of creation must match too."""
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
    """Whether a process runs. A zombie counts as ended: nobody may collect it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
