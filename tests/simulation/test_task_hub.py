"""The simulated task hub: its timers are as early or late as those of the real one, and it makes up for dead hosts."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from local.host.queue_timing import Timers
from shared.durable.monitor_orchestrator import MONITOR
from tests.exports.samples import MINUTE, NOW, SECOND
from tests.simulation.stepping import Died, Returned
from tests.simulation.task_hub import Hub
from tests.simulation.world.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.simulation.stepping import Ending

EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"


class Host:
    """Runs nothing: the test says how each activity ends.

    Attributes:
        begun: when each activity began.
    """

    def __init__(self, timers: Timers) -> None:
        random = Random(1)  # noqa: S311 - it draws delays
        self.world = World(random, NOW)
        self.begun: list[datetime] = []
        self._then: Callable[[Ending], None]
        self.hub = Hub(self.world, self._run, lambda: [timedelta()], timers, random)
        self.hub.start(MONITOR, EXPORT_ID, {"exportId": EXPORT_ID})

    def _run(self, _name: str, _work: Any, then: Callable[[Ending], None]) -> None:
        self.begun.append(self.world.now)
        self._then = then

    def next_activity(self) -> datetime:
        """When the next activity begins."""
        before = len(self.begun)
        while len(self.begun) == before:
            assert self.world.schedule.step()
        return self.begun[-1]

    def end(self, ending: Ending) -> None:
        """Ends the activity."""
        self._then(ending)


@pytest.mark.parametrize(
    ("timers", "earliest", "latest"),
    [(Timers.PROMPT, 0.0, 0.0), (Timers.BUSY, -0.9, -0.9), (Timers.IDLE, 1.0, 30.0)],
)
def test_a_timer_is_early_on_a_busy_hub_and_late_on_an_idle_one(timers: Timers, earliest: float, latest: float) -> None:
    host = Host(timers)
    due = NOW + 5.9 * SECOND
    assert host.next_activity() == NOW
    host.end(Returned(due.isoformat()))
    assert earliest <= (host.next_activity() - due).total_seconds() <= latest


def test_a_timer_fires_though_the_clock_was_set_back() -> None:
    host = Host(Timers.PROMPT)
    host.next_activity()
    host.end(Returned((NOW + MINUTE).isoformat()))
    host.world.skew = -5 * MINUTE
    assert host.next_activity() == NOW + MINUTE


def test_an_activity_whose_host_died_is_delivered_again_after_a_minute() -> None:
    host = Host(Timers.PROMPT)
    host.next_activity()
    host.end(Died())
    assert host.next_activity() == NOW + MINUTE
    host.end(Returned(None))
    assert host.hub.is_idle
