"""Counts the open exports: how many there are, how old the oldest is, how many are overdue or late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Status

if TYPE_CHECKING:
    from shared.exports.export import Export

LATE_AFTER = timedelta(minutes=15)
"""How long a step may be overdue before its monitor counts as hung: no step takes longer, retries included."""
OPEN_STATUSES = tuple(status for status in Status if not status.is_terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExport:
    """An open export, as far as the backlog needs it."""

    status: Status
    due_at: datetime
    """Its deadline."""
    begun_at: datetime | None
    """When it was accepted or last retried; None where an earlier version of the app wrote the index entry."""


class Backlog:
    """The counts at one moment.

    Args:
        now: that moment.
        due_soon: how long before its deadline an export counts as due soon.
    """

    def __init__(self, now: datetime, due_soon: timedelta) -> None:
        self._now = now
        self._due_soon = due_soon
        self._oldest: datetime | None = None
        self.not_started = 0
        """Open exports with the status `NotStarted`."""
        self.running = 0
        """Open exports with the status `Running`."""
        self.due_soon = 0
        """Open exports whose deadline is near but hasn't passed."""
        self.overdue = 0
        """Open exports whose deadline has passed."""
        self.late = 0
        """Exports, open or ended, whose next step has been due for longer than `LATE_AFTER`."""

    @property
    def oldest_age_hours(self) -> float:
        """The age of the oldest open export in hours, to two decimals; 0 if none is open or no age is known."""
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
    """Whether the next step has been due for longer than `LATE_AFTER`, so that its monitor must be gone or hung."""
    return export.next_step_at is not None and export.next_step_at < now - LATE_AFTER
