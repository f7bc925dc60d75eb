"""The times and counts that a deployment sets for its exports (docs/settings.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from shared.exports.calendar_period import CalendarPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The times and counts that a deployment sets, and what follows from them."""

    poll_floor: timedelta
    """The shortest wait between polls and after a failed call."""
    policy_delay: timedelta
    """How long a new stored policy may take to work."""
    graph_timeout: timedelta
    """How long a call to Graph may take."""
    permission_wait: timedelta
    """How long to keep asking Graph after a 401 or 403: a role that was just granted takes time to work."""
    abandon_after: timedelta
    """The age, since acceptance or the last retry, at which an open export fails."""
    retain_for: timedelta
    """How long exported data is kept after the export has ended."""
    due_after: CalendarPeriod
    """The time from the receipt of a request to its deadline, unless the caller gives a deadline."""
    due_soon: timedelta
    """How long before its deadline an export whose clock runs is warned about."""
    max_attempts: int
    """How many attempts an export may take: it fails if the last one is lost. A retry starts the count again.

    It is also how many refusals in a row an export account may give before anything is submitted.
    """
    submissions_per_day: int
    """How many submissions Microsoft accepts from the tenant in any 24 hours."""
    expect_handover: bool = False
    """Whether the clock of an export runs on after it has succeeded, until a hand-over is recorded."""

    @property
    def recovery_delay(self) -> timedelta:
        """How long after an unanswered submission its container is read.

        By then the call has ended on every side, so what the container holds is final.
        """
        return 2 * self.graph_timeout

    @property
    def adoption_timeout(self) -> timedelta:
        """How long after the submission an operation named in the container may stay unknown to Graph.

        After that the attempt is given up.
        """
        return 10 * self.recovery_delay
