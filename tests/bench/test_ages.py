"""The calls of Graph by the age of an export, and how late its end is seen."""

import pytest

from bench.ages import AGES, poll_ages, watch
from bench.times import DAY


@pytest.mark.parametrize("name", AGES)
def test_few_calls_and_an_end_that_is_seen_in_time(name: str) -> None:
    watched = watch(AGES[name], exports=40)
    assert watched.calls <= 220
    assert watched.late <= 0.05


def test_the_polls_of_the_longest_export() -> None:
    ages = poll_ages(0, 30 * DAY)
    assert ages == poll_ages(0, 30 * DAY)
    assert ages != poll_ages(1, 30 * DAY)
    assert 200 <= len(ages) <= 219
