"""A monitor's history is as long at its last poll as at its first ones."""

from collections.abc import Callable

from bench.growth import POLLS, longest, turns
from shared.durable.monitor_orchestrator import STEPS_A_GENERATION


def do(turn: Callable[[], object]) -> float:
    turn()
    return 0.0


def test_the_history_is_bounded_at_any_age() -> None:
    taken = turns(do)
    assert len(taken) >= max(POLLS)
    assert longest(taken) == longest(taken[:STEPS_A_GENERATION]) == 8 * STEPS_A_GENERATION
