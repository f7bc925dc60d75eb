"""How the clock scales durations."""

from datetime import timedelta

import pytest

from local.graph.service_clock import Clock


@pytest.mark.parametrize(
    ("scale", "service", "seconds"),
    [
        (1, timedelta(minutes=1), 60),
        (28_800, timedelta(minutes=1), 1),
        (28_800, timedelta(days=2), 6),
        (7, timedelta(minutes=1), 9),
    ],
)
def test_whole_seconds_are_rounded_up_and_never_0(scale: float, service: timedelta, seconds: int) -> None:
    assert Clock(scale).real_seconds(service) == seconds


def test_an_export_of_two_days_may_take_six_seconds() -> None:
    assert Clock(28_800).real(timedelta(days=2)) == timedelta(seconds=6)
