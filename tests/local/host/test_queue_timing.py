"""How long the messages of a task hub are hidden."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from local.host.queue_timing import QueueTiming, Timers, read_queue_timing

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
RANDOM = Random(1)  # noqa: S311 - it draws delays
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def test_timers_are_prompt_unless_the_environment_says_otherwise() -> None:
    assert read_queue_timing(MINUTE, {}) == QueueTiming(Timers.PROMPT, MINUTE)
    own = {"LOCAL_HOST_TIMERS": "idle", "LOCAL_HOST_HIDDEN_SECONDS": "0.5"}
    assert read_queue_timing(MINUTE, own) == QueueTiming(Timers.IDLE, SECOND / 2)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"LOCAL_HOST_TIMERS": "lazy"}, "LOCAL_HOST_TIMERS must be prompt, busy, idle, not 'lazy'"),
        ({"LOCAL_HOST_HIDDEN_SECONDS": "x"}, "LOCAL_HOST_HIDDEN_SECONDS must be a number, not 'x'"),
    ],
)
def test_a_wrong_value_is_refused_by_name(environment: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_queue_timing(MINUTE, environment)


@pytest.mark.parametrize(
    ("wait", "busy"), [(0.9, 0), (1, 1), (1.999, 1), (61.5, 61)], ids=lambda seconds: f"{seconds} s"
)
def test_a_timer_fires_on_time_or_early_or_late(wait: float, busy: int) -> None:
    due = NOW + wait * SECOND
    assert Timers.PROMPT.fires_at(due, NOW, RANDOM) == due
    assert Timers.BUSY.fires_at(due, NOW, RANDOM) == NOW + busy * SECOND
    late = [Timers.IDLE.fires_at(due, NOW, RANDOM) - due for _ in range(100)]
    assert timedelta() <= min(late) < 10 * SECOND < 20 * SECOND < max(late) <= 30 * SECOND
