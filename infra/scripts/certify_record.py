"""What a certification has done so far, as JSON in a folder: part of certify.py.

The record is published with the workflow's run. So it takes only what is named here: no object id, no user principal
name, no reference, no file name, no detail of an event and no message.
"""

# ruff: noqa: INP001 - part of scripts, not a package

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDED = frozenset({"Succeeded", "Failed", "Canceled"})
"""The statuses of an export that has ended."""


def utc_now() -> str:
    """The time in ISO 8601, in UTC and whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Record:
    """The record in a folder; it is read when it is opened, and written with each change."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(exist_ok=True)
        self._path = folder / "certification.json"
        self.data: dict[str, Any] = {
            "name": name,
            "runs": [],
            "deployed": {},
            "versions": {},
            "steps": [],
            "preflight": [],
            "export": None,
            "download": None,
            "package": None,
        }
        if self._path.exists():
            self.data |= json.loads(self._path.read_text("utf-8"))

    def put(self, **values: Any) -> None:  # noqa: ANN401 - JSON
        """Sets values and writes the record."""
        self.data |= values
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(self.data, indent=2) + "\n", "utf-8")
        written.replace(self._path)

    def add_step(self, name: str, started: str, seconds: float, *, passed: bool) -> None:
        """Adds a step that has ended."""
        step = {"name": name, "startedDateTime": started, "seconds": round(seconds), "passed": passed}
        self.put(steps=[*self.data["steps"], step])

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times what is done in its context. It fails if that raises."""
        started, clock, passed = utc_now(), time.monotonic(), False
        try:
            yield
            passed = True
        finally:
            self.add_step(name, started, time.monotonic() - clock, passed=passed)

    def add_export(self, export: dict[str, Any], events: list[dict[str, Any]]) -> None:
        """Puts an export and its audit trail into the record, without whatever names or describes a person."""
        self.put(export=described_export(export) | {"trail": [described_event(event) for event in events]})


def described_export(export: dict[str, Any]) -> dict[str, Any]:
    """What a report may tell of an export, as the API shows it."""
    files, error = export["files"], export["error"]
    return {
        "status": export["status"],
        "stage": export["stage"],
        "subjectType": export["subject"]["type"],
        "createdDateTime": export["createdDateTime"],
        "completedDateTime": export["completedDateTime"],
        "grantKind": export["grant"]["kind"] if export["grant"] else None,
        "attempts": [
            {name: attempt[name] for name in ("number", "status", "submittedDateTime")}
            for attempt in export["attempts"]
        ],
        "files": files and {"count": files["count"], "totalBytes": files["totalBytes"]},
        "warnings": [warning["code"] for warning in export["warnings"]],
        "error": error and error["code"],
        "erasedDateTime": export["erasedDateTime"],
    }


def described_event(event: dict[str, Any]) -> dict[str, str]:
    """What a report may tell of an event: its type, its time, and whether a caller or the app caused it."""
    by = "app" if event["actor"] == "monitor" else "caller"
    return {"type": event["type"], "dateTime": event["dateTime"], "by": by}
