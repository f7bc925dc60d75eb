"""Counts the open exports: how many, how old, how many overdue or late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Status

if TYPE_CHECKING:
    from shared.exports.export import Export

LATE_AFTER = timedelta(minutes=15)
"""So long after its step was due a monitor counts as hung: longer than any step and its retries take."""
OPEN_STATUSES = tuple(status for status in Status if not status.is_terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExport:
    """Where an open export stands: as much of it as the census needs."""

    status: Status
    due_at: datetime
    begun_at: datetime | None
    """None where that is not known: it was listed by an earlier version."""


class Backlog:
    """The counts of one moment."""

    def __init__(self, now: datetime, due_soon: timedelta) -> None:
        """Nothing counted yet; `due_soon` is how long before its deadline an export counts as due soon."""
        self._now = now
        self._due_soon = due_soon
        self._oldest: datetime | None = None
        self.not_started = 0
        self.running = 0
        self.due_soon = 0
        """Open, and not yet overdue."""
        self.overdue = 0
        """Open."""
        self.late = 0
        """Open or ended, with a step that nobody has done for `LATE`."""

    @property
    def oldest_age_hours(self) -> float:
        """The age of the oldest open export, 0 where none is open."""
        return 0.0 if self._oldest is None else round((self._now - self._oldest).total_seconds() / 3600, 2)

    def count(self, export: OpenExport) -> None:
        """Counts an open export."""
        self.not_started += export.status is Status.NOT_STARTED
        self.running += export.status is Status.RUNNING
        self.overdue += export.due_at <= self._now
        self.due_soon += self._now < export.due_at <= self._now + self._due_soon
        if export.begun_at is not None:
            self._oldest = min(self._oldest or export.begun_at, export.begun_at)

    def count_due(self, export: Export) -> None:
        """Counts an export, open or ended, whose next step is due."""
        self.late += is_late(export, self._now)


def is_late(export: Export, now: datetime) -> bool:
    """Whether nobody has done its next step for `LATE`."""
    return export.next_step_at is not None and export.next_step_at < now - LATE_AFTER
