"""Virtual time: what happens when, in an order that depends only on the times and on the order of the calls."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta


class Planned:
    """An action that is scheduled."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Drops the action; its time is passed over."""
        self.action = None


class Schedule:
    """The true time, which jumps from one scheduled action to the next.

    Attributes:
        now: the true time; the product's clock can differ (`World.clock`).
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._planned: list[tuple[datetime, int, Planned]] = []
        self._count = 0

    def after(self, delay: timedelta, action: Callable[[], None]) -> Planned:
        """Schedules an action for `delay` from now."""
        self._count += 1
        planned = Planned(action)
        heapq.heappush(self._planned, (self.now + delay, self._count, planned))
        return planned

    def step(self) -> bool:
        """Moves to the next action and runs it. Returns whether there was one."""
        while self._planned:
            at, _, planned = heapq.heappop(self._planned)
            if planned.action is not None:
                self.now = at
                planned.action()
                return True
        return False
