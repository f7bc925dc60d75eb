"""The times and counts that a deployment sets for its exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times and counts; docs/settings.md has their settings."""

    poll_floor: timedelta
    """The shortest time between two polls, and the first backoff."""
    graph_timeout: timedelta
    """How long a call to Graph may take."""
    permission_wait: timedelta
    """How long a refusal for want of a permission is waited out: a new role takes time to count."""
    abandon_after: timedelta
    """At this age an export that has not ended ends as Failed."""
    retain_for: timedelta
    """How long exported data is kept after the end."""
    due_after: timedelta
    """The usual time from the receipt of a request to its deadline."""
    due_soon: timedelta
    """How long before its due time an open export is warned about."""
    max_attempts: int
    submissions_per_day: int
    """How many submissions Microsoft takes from the tenant in 24 hours."""

    @property
    def grace(self) -> timedelta:
        """How long an unanswered submission may still be under way: after it, what the container holds is the truth."""
        return 2 * self.graph_timeout

    @property
    def patience(self) -> timedelta:
        """How long an operation found in a container may stay unknown to Graph before the attempt is given up."""
        return 10 * self.grace
