"""The operations that exports run as (`dataPolicyOperation`): what is stored of them, and what Graph shows."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from local.graph.graph_routes import SubjectType
from local.graph.storage_location import without_query

DURATIONS = {SubjectType.USER: timedelta(days=2), SubjectType.INBOUND_PROFILE: timedelta(days=1)}
"""How long an export takes, before the clock scales it."""

POLL_AFTER = timedelta(seconds=60)
"""The `Retry-After` of a submission, before the clock scales it."""

# An operation that is overdue shows this much and no more.
_HIGHEST_PROGRESS_WHILE_RUNNING = 0.95


class Ending(StrEnum):
    """How an operation is going to end."""

    COMPLETE = "complete"
    EMPTY = "empty"
    """Complete, without files."""
    FAILED = "failed"
    NEVER = "never"
    """It runs for ever."""


@dataclass(frozen=True)
class Operation:
    """A `dataPolicyOperation`. Times are UTC. `storage_location` contains the SAS, so nothing shows it."""

    id: str
    subject_type: SubjectType
    subject_id: str
    storage_location: str = field(repr=False)
    submitted: datetime
    due: datetime
    ending: Ending = Ending.COMPLETE
    completed: datetime | None = None

    @property
    def status(self) -> str:
        """`running`, `complete` or `failed`; nobody has seen the service say `notStarted`."""
        if self.completed is None:
            return "running"
        return "failed" if self.ending is Ending.FAILED else "complete"

    def progress(self, now: datetime) -> float:
        """The share that is done, 0 to 1. Graph doesn't document the scale."""
        if self.completed is not None:
            return 1.0
        share = (now - self.submitted) / max(self.due - self.submitted, timedelta.resolution)
        return round(min(max(share, 0.0), _HIGHEST_PROGRESS_WHILE_RUNNING), 2)

    def as_json(self, root: str, now: datetime) -> dict[str, Any]:
        """The entity as `GET dataPolicyOperations/{id}` returns it; `root` is the service root with the version."""
        return {
            "@odata.context": f"{root}/$metadata#dataPolicyOperations/$entity",
            "id": self.id,
            "completedDateTime": _timestamp(self.completed) if self.completed else None,
            "progress": self.progress(now),
            "status": self.status,
            # The service is reported to show it only near the end.
            "storageLocation": without_query(self.storage_location) if self.completed else None,
            "submittedDateTime": _timestamp(self.submitted),
            "userId": self.subject_id,
        }


class Operations:
    """The operations in the database. None is ever removed."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, operation: Operation) -> None:
        """Store a new operation."""
        self._database.execute("INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _row(operation))

    def find(self, operation_id: str) -> Operation | None:
        """Find an operation by id."""
        row = self._database.execute("SELECT * FROM operations WHERE id = ?", (operation_id.lower(),)).fetchone()
        return _operation(row) if row else None

    def all(self) -> list[Operation]:
        """All operations, oldest first."""
        return [_operation(row) for row in self._database.execute("SELECT * FROM operations ORDER BY submitted")]

    def complete(self, operation_id: str, now: datetime) -> None:
        """Record that an operation has ended."""
        self._database.execute("UPDATE operations SET completed = ? WHERE id = ?", (now.isoformat(), operation_id))

    def give_up(self, operation_id: str) -> None:
        """Record that an operation will never end."""
        self._database.execute("UPDATE operations SET ending = ? WHERE id = ?", (Ending.NEVER, operation_id))


def _row(operation: Operation) -> tuple[str | None, ...]:
    return (
        operation.id,
        operation.subject_type,
        operation.subject_id,
        operation.storage_location,
        operation.submitted.isoformat(),
        operation.due.isoformat(),
        operation.ending,
        operation.completed.isoformat() if operation.completed else None,
    )


def _operation(row: tuple[str, ...]) -> Operation:
    identity, subject_type, subject_id, storage_location, submitted, due, ending, completed = row
    return Operation(
        identity,
        SubjectType(subject_type),
        subject_id,
        storage_location,
        datetime.fromisoformat(submitted),
        datetime.fromisoformat(due),
        Ending(ending),
        datetime.fromisoformat(completed) if completed else None,
    )


def _timestamp(moment: datetime) -> str:
    """ISO 8601 with seven decimals of a second, as .NET writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"
