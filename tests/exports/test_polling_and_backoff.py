"""The time to the next poll and the backoff."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.polling_and_backoff import BACKOFF_CAP, POLL_CAP, backoff, jitter, poll_interval
from tests.exports.samples import DAY, HOUR, MINUTE, SECOND

FLOOR = 30 * SECOND


@pytest.mark.parametrize(
    ("age", "retry_after", "interval"),
    [
        (0 * SECOND, None, FLOOR),
        (0 * SECOND, 60, MINUTE),
        (HOUR, 60, 3 * MINUTE),
        (DAY, 60, 72 * MINUTE),
        (20 * DAY, 60, POLL_CAP),
        (20 * DAY, 24 * 3600, DAY),
    ],
)
def test_the_interval_is_the_longest_of_floor_age_and_what_graph_asks(
    age: timedelta, retry_after: int | None, interval: timedelta
) -> None:
    assert poll_interval(age, retry_after, FLOOR, jitter=0) == interval


@given(
    age=st.timedeltas(min_value=timedelta(), max_value=40 * DAY),
    retry_after=st.none() | st.integers(0, 24 * 3600),
    spread=st.floats(0, 1),
)
def test_no_poll_comes_earlier_than_allowed(age: timedelta, retry_after: int | None, spread: float) -> None:
    interval = poll_interval(age, retry_after, FLOOR, jitter=spread)
    assert interval >= max(FLOOR, timedelta(seconds=retry_after or 0))
    assert interval <= max(1.05 * max(FLOOR, timedelta(seconds=retry_after or 0)), min(age * 0.05, POLL_CAP))


@pytest.mark.parametrize("retry_after", [None, 60])
@pytest.mark.parametrize("spread", [0, 1])
def test_thirty_days_cost_at_most_220_polls(retry_after: int | None, spread: float) -> None:
    age, polls = timedelta(), 0
    while age < 30 * DAY:
        age += poll_interval(age, retry_after, FLOOR, jitter=spread)
        polls += 1
    assert 100 < polls <= 220


@pytest.mark.parametrize("spread", [0, 0.5, 1])
def test_the_end_is_noticed_within_five_percent_of_the_age_up_to_the_cap(spread: float) -> None:
    for hours in range(1, 30 * 24):
        age = hours * HOUR
        assert 0.0475 * min(age, 10 * DAY) <= poll_interval(age, 60, FLOOR, jitter=spread) <= 0.05 * age


def test_many_exports_do_not_poll_in_step() -> None:
    for age in (MINUTE, HOUR, 20 * DAY):
        intervals = {poll_interval(age, 60, FLOOR, jitter=jitter("export", n)) for n in range(100)}
        assert len(intervals) == 100
        assert max(intervals) - min(intervals) > 0.04 * max(intervals)


def test_backing_off_doubles_its_window_up_to_a_cap() -> None:
    widest = [backoff(n, FLOOR, jitter=1) for n in range(1, 12)]
    assert widest[:3] == [2 * FLOOR, 4 * FLOOR, 8 * FLOOR]
    assert widest[-1] == BACKOFF_CAP
    assert all(backoff(n, FLOOR, jitter=0) == FLOOR for n in range(1, 200))


def test_backing_off_never_undercuts_what_graph_asks() -> None:
    assert backoff(1, FLOOR, jitter=0, retry_after=600) == 10 * MINUTE


def test_jitter_is_the_same_for_the_same_seeds_and_spread_over_others() -> None:
    values = [jitter("export", n) for n in range(1000)]
    assert values == [jitter("export", n) for n in range(1000)]
    assert all(0 <= value < 1 for value in values)
    assert 0.45 < sum(values) / len(values) < 0.55
    assert jitter("a", 1) != jitter("a1")
