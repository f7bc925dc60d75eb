"""Submissions are spread over the day, and the queue for them has an order."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.fair_submission_order import (
    BURST_DIVISOR,
    SLOT_LIFETIME,
    SLOT_SLACK,
    count_before,
    expected_at,
    queue_deadline,
    slot_interval,
    take_slot,
    turn_after,
    turn_of_arrival,
)
from shared.exports.transitions import export_retry
from tests.exports.samples import CALLER, DAY, HOUR, MINUTE, NOW, SECOND, accepted, failed

ROUND = 5 * MINUTE
"""How often slots are given to the queue."""


def take_all(asked: list[datetime], per_day: int) -> list[datetime]:
    """The times at which slots were taken, if one is taken at each of these times that has one free."""
    free, taken = None, []
    for now in asked:
        if (after := take_slot(free, now, per_day)) is not None:
            free = after
            taken.append(now)
    return taken


def most_in_a_day(moments: list[datetime]) -> int:
    return max(sum(first <= moment < first + DAY for moment in moments) for first in moments)


def every(interval: timedelta, days: float) -> list[datetime]:
    return [NOW + number * interval for number in range(int(days * DAY / interval))]


def test_a_few_go_at_once_and_the_next_when_the_pace_allows() -> None:
    burst = 1000 // BURST_DIVISOR
    assert take_all([NOW] * 1000, 1000) == [NOW] * (burst + 1)
    almost, then = NOW + slot_interval(1000) - SECOND, NOW + slot_interval(1000)
    assert take_all([*[NOW] * 20, almost, almost, then, then], 1000)[burst + 1 :] == [then]


@pytest.mark.parametrize("per_day", [1, 2, 11, 99, 100, 150, 1000])
def test_a_queue_that_is_served_every_five_minutes_uses_almost_all_of_the_limit(per_day: int) -> None:
    asked = [moment for moment in every(ROUND, 6) for _ in range(20)]
    taken = take_all(asked, per_day)
    assert most_in_a_day(taken) <= per_day
    assert len(taken) >= 0.96 * 5 * per_day


@given(
    gaps=st.lists(st.timedeltas(timedelta(), 30 * HOUR), min_size=1, max_size=120),
    late=st.lists(st.timedeltas(timedelta(), SLOT_LIFETIME + 2 * MINUTE), min_size=120, max_size=120),
    clocks=st.lists(st.timedeltas(-3 * MINUTE, 3 * MINUTE), min_size=120, max_size=120),
    per_day=st.integers(1, 40) | st.integers(100, 110),
)
def test_no_24_hours_ever_have_more_than_the_limit(
    gaps: list[timedelta], late: list[timedelta], clocks: list[timedelta], per_day: int
) -> None:
    """However late each slot is used, and though each is taken by another clock."""
    now, free, used = NOW, None, []
    for gap, delay, error in zip(gaps, late, clocks, strict=False):
        now += gap / per_day
        if (after := take_slot(free, now + error, per_day)) is not None:
            free = after
            used.append(now + delay)
    assert not used or most_in_a_day(used) <= per_day


@pytest.mark.parametrize("per_day", [1, 2, 40, 99, 100, 101, 1000])
def test_a_flood_used_as_late_and_as_bunched_as_can_be_keeps_to_the_limit(per_day: int) -> None:
    taken = take_all([moment for moment in every(MINUTE, 3) for _ in range(11)], per_day)
    used = [*(moment + SLOT_LIFETIME + 5 * MINUTE for moment in taken if moment < NOW + DAY)]
    used += [moment for moment in taken if moment >= NOW + DAY]
    assert most_in_a_day(used) <= per_day


def test_after_an_idle_period_nobody_waits() -> None:
    free = take_slot(None, NOW, 1000)
    assert take_slot(free, NOW + HOUR, 1000) is not None
    assert take_slot(free, NOW + SECOND, 1000) is not None


def test_a_slot_that_was_far_ahead_is_free_now_but_only_one() -> None:
    far = NOW + slot_interval(1000) + SLOT_SLACK
    assert take_slot(far, NOW, 1000) is None
    assert take_slot(far + SECOND, NOW, 1000) == NOW + slot_interval(1000)


def test_the_expected_time_is_that_of_the_slot() -> None:
    interval = slot_interval(2)
    free = take_slot(None, NOW, 2)
    assert free is not None
    assert expected_at(free, NOW, 0, 2) == free
    assert expected_at(free, NOW, 3, 2) == free + 3 * interval
    assert expected_at(free, NOW + 30 * DAY, 0, 2) == NOW + 30 * DAY, "never in the past"
    assert expected_at(None, NOW, 0, 2) == NOW


@pytest.mark.parametrize(
    ("ahead", "others", "before"),
    [
        (0, [], 0),
        (7, [], 7),
        (0, [5000, 1], 2),
        (2, [5000, 1], 2 + 3 + 1),
        (2, [None, 2], 2 + 3 + 2),
    ],
)
def test_each_other_caller_goes_once_a_round_as_long_as_it_has_some(
    ahead: int, others: list[int | None], before: int
) -> None:
    assert count_before(ahead, others) == before


def test_the_order_of_a_caller_is_by_deadline_but_a_retry_does_not_go_back_in_time() -> None:
    assert queue_deadline(accepted(due_at=NOW + DAY)) == NOW + DAY
    overdue = replace(failed(), due_at=NOW - DAY)
    assert queue_deadline(export_retry.reopen(overdue, CALLER, NOW + HOUR)) == NOW + HOUR
    early = replace(failed(), due_at=NOW + 9 * DAY)
    assert queue_deadline(export_retry.reopen(early, CALLER, NOW + HOUR)) == NOW + 9 * DAY


def test_a_caller_that_was_idle_has_no_credit_and_one_that_had_its_turn_waits_for_the_next_round() -> None:
    assert turn_of_arrival(7, None) == 7
    assert turn_of_arrival(7, 3) == 7
    assert turn_of_arrival(7, turn_after(7)) == 8
