"""The census: how many exports are open, how old, how late. Counted from what their rows say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.model import Status

if TYPE_CHECKING:
    from datetime import datetime

LATE = timedelta(minutes=15)
"""So long after its step was due a monitor counts as hung: longer than any step and its retries take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an export stands: as much of its row as the census and the reconciler need."""

    export_id: str
    status: Status
    begun_at: datetime
    due_at: datetime
    next_step_at: datetime | None

    def is_due(self, moment: datetime) -> bool:
        """Whether its next step was due before that time."""
        return self.next_step_at is not None and self.next_step_at < moment


class Census:
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

    def count(self, export: Standing) -> None:
        """Counts one more export."""
        self.late += export.is_due(self._now - LATE)
        if export.status.is_terminal:
            return
        self.not_started += export.status is Status.NOT_STARTED
        self.running += export.status is Status.RUNNING
        self.overdue += export.due_at <= self._now
        self.due_soon += self._now < export.due_at <= self._now + self._due_soon
        self._oldest = export.begun_at if self._oldest is None else min(self._oldest, export.begun_at)
