"""Simulated time: what is to happen when, in an order that never depends on anything but the times and the calls."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta


class Agenda:
    """The true time, which moves from one thing on the agenda to the next.

    Attributes:
        now: the true time; the product's own clock may differ (`World.clock`).
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._entries: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, delay: timedelta, action: Callable[[], None]) -> None:
        """Does it once that time has passed."""
        self._count += 1
        heapq.heappush(self._entries, (self.now + delay, self._count, action))

    def step(self) -> bool:
        """Does the next thing; whether there was one."""
        if not self._entries:
            return False
        self.now, _, action = heapq.heappop(self._entries)
        action()
        return True

    def run_until(self, moment: datetime) -> None:
        """Does all that is due up to that time."""
        while self._entries and self._entries[0][0] <= moment:
            self.step()
        self.now = moment
