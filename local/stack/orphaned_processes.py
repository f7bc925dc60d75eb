"""Stops the processes that a killed run left behind, which it had recorded."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

from local.stack.process_sessions import Session

GRACE_SECONDS = 10.0
"""Time between SIGTERM and SIGKILL."""


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
    """Stop the processes of a record that still run, with those that they have started, and remove the record.

    Returns:
        The names of those of which something still ran.
    """
    try:
        entries = json.loads(record.read_text("utf-8"))
    except FileNotFoundError:
        return []
    sessions = {entry["name"]: Session(entry["pid"], entry["created"]) for entry in entries}
    survivors = {name: session for name, session in sessions.items() if session.running()}
    for session in survivors.values():
        session.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for session in survivors.values():
        session.await_end(deadline)
    record.unlink(missing_ok=True)
    return list(survivors)
