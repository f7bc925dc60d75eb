"""A clock that stands still until its owner moves it."""

from __future__ import annotations

from datetime import UTC, datetime


class ManualClock:
    """The time; calling it gives the present.

    Attributes:
        now: the present, aware, in UTC. Set it to move the clock.
    """

    def __init__(self, now: datetime = datetime(2026, 11, 1, 9, tzinfo=UTC)) -> None:
        """It is that time."""
        self.now = now

    def __call__(self) -> datetime:
        """The present."""
        return self.now
