"""Submissions are spread over the day."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.daily_submission_limit import BURST_DIVISOR, reserve_slot
from tests.exports.samples import DAY, HOUR, NOW, SECOND


def slots(asked: list[datetime], per_day: int) -> list[datetime]:
    free, reserved = None, []
    for now in asked:
        slot, free = reserve_slot(free, now, per_day)
        reserved.append(slot)
    return reserved


def most_in_a_day(moments: list[datetime]) -> int:
    return max(sum(first <= moment < first + DAY for moment in moments) for first in moments)


def test_a_few_go_at_once_and_the_rest_is_spread_over_the_day() -> None:
    reserved, burst = slots([NOW] * 1000, 1000), 1000 // BURST_DIVISOR
    assert reserved[: burst + 1] == [NOW] * (burst + 1)
    assert reserved[burst + 1] > NOW
    assert reserved[-1] <= NOW + DAY


@pytest.mark.parametrize("per_day", [1, 2, 11, 100, 1000])
def test_a_flood_keeps_to_the_limit_and_uses_it(per_day: int) -> None:
    reserved = slots([NOW] * (3 * per_day), per_day)
    assert most_in_a_day(reserved) <= per_day
    assert reserved[-1] - NOW <= 3.04 * DAY
    later = [slot for slot in reserved if slot > NOW]
    assert len(set(later)) == len(later)


@given(gaps=st.lists(st.timedeltas(timedelta(), 30 * HOUR), min_size=1, max_size=80), per_day=st.integers(1, 40))
def test_no_24_hours_ever_have_more_than_the_limit(gaps: list[timedelta], per_day: int) -> None:
    now, asked = NOW, []
    for gap in gaps:
        now += gap
        asked.append(now)
    reserved = slots(asked, per_day)
    assert most_in_a_day(reserved) <= per_day
    assert all(slot >= wanted for slot, wanted in zip(reserved, asked, strict=True))


def test_after_an_idle_period_nobody_waits() -> None:
    _, free = reserve_slot(None, NOW, 1000)
    assert reserve_slot(free, NOW + HOUR, 1000)[0] == NOW + HOUR
    assert reserve_slot(free, NOW + SECOND, 1000)[0] == NOW + SECOND
