"""Measures a monitor as it ages: the time and memory of a turn, and the length of its history."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.ages import poll_ages
from bench.table import Row
from bench.times import BEGIN, DAY
from local.host.orchestrator_replay import Replay
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, STEPS_A_GENERATION, monitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.table import Say

_EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"
POLLS = (10, 100, 200)
_ROUNDS = 3
_FLAT = 1.25
"""The goal for the oldest turn's time and memory, as a multiple of the youngest turn's."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the monitor: its cost in seconds or in bytes at the peak, and the number of events in its history."""

    cost: float
    events: int


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    rounds = []
    for number in range(1, _ROUNDS + 1):
        say(f"the turns of a monitor at its polls, round {number} of {_ROUNDS}")
        rounds.append(turns(seconds))
    times = [statistics.median(around(each, poll) for each in rounds) for poll in POLLS]
    held = turns(peak_bytes)
    memory = [around(held, poll) for poll in POLLS]
    named = ", ".join(f"{poll}th" for poll in POLLS)
    most, each_poll = longest(held), held[1][-1].events - held[0][-1].events
    return [
        _row(f"a turn of a monitor at its {named} poll", times, [f"{each * 1000:.1f} ms" for each in times]),
        _row("memory at the peak of that turn", memory, [f"{each / 1024:.0f} kB" for each in memory]),
        Row(
            what="events of a monitor's history, at any age",
            ours=f"at most {most}: it begins anew after {STEPS_A_GENERATION} steps",
            alternative=f"{each_poll * max(POLLS):,} after {max(POLLS)} polls of one that never does",
            reach="bounded",
            met=most <= 10 * STEPS_A_GENERATION,
        ),
    ]


def turns(cost: Callable[[Callable[[], object]], float]) -> list[list[Turn]]:
    """The turns of a monitor, two for each poll: one when the step ends, one when the timer fires.

    Args:
        cost: runs the function that it is given, and returns what that cost.
    """
    run = Replay(monitor, name=MONITOR, instance_id=_EXPORT_ID, input={"exportId": _EXPORT_ID}, now=BEGIN)
    taken = []
    for age in poll_ages(0, 30 * DAY):
        step_ends = partial(run.complete, ADVANCE, (BEGIN + age).isoformat())
        both: tuple[Callable[[], object], ...] = (step_ends, run.fire_next_timer)
        taken.append([Turn(cost(turn), len(run.history)) for turn in both])
    return taken


def longest(taken: list[list[Turn]]) -> int:
    """The most events in the history at any turn."""
    return max(turn.events for each in taken for turn in each)


def around(taken: list[list[Turn]], poll: int) -> float:
    """The mean cost of the turns around a poll, over a generation, because the late turns of a generation cost more."""
    first = max(0, poll - STEPS_A_GENERATION // 2)
    return statistics.mean(turn.cost for each in taken[first : first + STEPS_A_GENERATION] for turn in each)


def seconds(turn: Callable[[], object]) -> float:
    """The CPU time of a turn."""
    began = time.process_time()
    turn()
    return time.process_time() - began


def peak_bytes(turn: Callable[[], object]) -> float:
    """The peak memory of a turn, beyond what was allocated before."""
    tracemalloc.start()
    try:
        turn()
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def _row(what: str, costs: list[float], texts: list[str]) -> Row:
    ratio = max(costs[1:]) / costs[0]
    return Row(
        what=what,
        ours=", ".join(texts),
        ratio=f"{ratio:.2f}, the oldest to the youngest",
        reach=f"flat: at most {_FLAT}",
        met=ratio <= _FLAT,
    )
