"""A clock that stands still until somebody moves it."""

from __future__ import annotations

from datetime import UTC, datetime


class ManualClock:
    """A clock: calling it returns the present.

    Attributes:
        now: the present, aware, in UTC. Set it to move the clock.
    """

    def __init__(self, now: datetime = datetime(2026, 11, 1, 9, tzinfo=UTC)) -> None:
        """A clock that shows that time."""
        self.now = now

    def __call__(self) -> datetime:
        """The present."""
        return self.now
