"""Counts unanswered exports, and what a round of the reconciler finds and does; decides which exports are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Status

if TYPE_CHECKING:
    from shared.exports.export import Export

LATE_AFTER = timedelta(minutes=15)
"""How long a step may be overdue before its monitor counts as hung: no step takes longer, retries included."""
LONGER_INTERVAL = 1.5
"""A round that comes later than this multiple of the interval before it comes after a gap."""
OPEN_STATUSES = tuple(status for status in Status if not status.is_terminal)
UNANSWERED_STATUSES = (*OPEN_STATUSES, Status.SUCCEEDED)
"""The statuses of exports whose clock may not have stopped: one that has succeeded can await its hand-over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnansweredExport:
    """An export whose clock has not stopped, as far as the backlog needs it: it is open, or awaits its hand-over."""

    status: Status
    due_at: datetime | None
    """Its deadline; None while its clock is paused."""
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
        self.awaiting_handover = 0
        """Exports that have succeeded and await their hand-over."""
        self.paused = 0
        """Exports of either kind whose clock is paused."""
        self.due_soon = 0
        """Exports of either kind whose deadline is near but hasn't passed."""
        self.overdue = 0
        """Exports of either kind whose deadline has passed."""

    @property
    def oldest_age_hours(self) -> float:
        """The age of the oldest open export in hours, to two decimals; 0 if none is open or no age is known."""
        return 0.0 if self._oldest is None else round((self._now - self._oldest).total_seconds() / 3600, 2)

    def count(self, export: UnansweredExport) -> None:
        """Counts an export that is open or awaits its hand-over."""
        self.not_started += export.status is Status.NOT_STARTED
        self.running += export.status is Status.RUNNING
        self.awaiting_handover += export.status.is_terminal
        if export.due_at is None:
            self.paused += 1
        else:
            self.overdue += export.due_at <= self._now
            self.due_soon += self._now < export.due_at <= self._now + self._due_soon
        if export.begun_at is not None and not export.status.is_terminal:
            self._oldest = min(self._oldest or export.begun_at, export.begun_at)


@dataclass(slots=True, kw_only=True)
class RoundCounts:
    """What one round of the reconciler found and did."""

    dispatched: int = 0
    """Exports from the queue that got their turn to be submitted."""
    started: int = 0
    """Monitors that were started."""
    repaired: int = 0
    """Those of open exports, which had lost theirs."""
    late: int = 0
    """Exports, open or ended, whose next step has been due for longer than `LATE_AFTER`."""
    unreadable: int = 0
    """Rows of exports and of the index that can't be read."""
    failed: int = 0
    """Exports that could not be looked after because of an error."""
    failed_parts: int = 0
    """Parts of the round that failed as a whole: the records could not be reached, or an error was not foreseen."""


def is_late(export: Export, now: datetime, running_since: datetime, looked_before: datetime) -> bool:
    """Whether the next step has been due for longer than `LATE_AFTER`, so that its monitor must be gone or hung.

    Args:
        export: the export, open or ended.
        now: the present.
        running_since: since when the reconciler runs without a gap. Nobody could do a step while the app was stopped.
        looked_before: the round before saw to a monitor for what was due before this time. Where rounds are rare, a
            step that this round is the first to see is not late: it may have lost its monitor, or never needed one.
    """
    if export.next_step_at is None or running_since >= now - LATE_AFTER:
        return False
    return export.next_step_at < min(now - LATE_AFTER, looked_before)


def unbroken_since(now: datetime, running_since: datetime, round_before: datetime, last_round: datetime) -> datetime:
    """Since when the reconciler runs without a gap, as of a round that begins now.

    There is a gap where this round is later than `LATE_AFTER` and much later than rounds usually are, because a
    deployment may have them rarely.

    Args:
        now: when this round begins.
        running_since: what the last round knew of this.
        round_before: when the round before the last one began.
        last_round: when the last round began.
    """
    usual = LONGER_INTERVAL * (last_round - round_before)
    is_gap = now - last_round > max(LATE_AFTER, usual)
    return now if is_gap else min(running_since, now)
