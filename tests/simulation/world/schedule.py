"""Simulated time: what is to happen when, in an order that depends on the times and on the calls alone."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta


class Planned:
    """Something that is to happen."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """It is not to happen."""
        self.action = None


class Schedule:
    """The true time, which moves from one planned thing to the next.

    Attributes:
        now: the true time; the product's own clock may differ (`World.clock`).
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._planned: list[tuple[datetime, int, Planned]] = []
        self._count = 0

    def after(self, delay: timedelta, action: Callable[[], None]) -> Planned:
        """Plans it for when that time has passed."""
        self._count += 1
        planned = Planned(action)
        heapq.heappush(self._planned, (self.now + delay, self._count, planned))
        return planned

    def step(self) -> bool:
        """Does the next thing; whether there was one."""
        while self._planned:
            at, _, planned = heapq.heappop(self._planned)
            if planned.action is not None:
                self.now = at
                planned.action()
                return True
        return False
