"""A quota never allows more than its limit."""

from datetime import UTC, datetime, timedelta

from tests.fakes.sliding_window import SlidingWindow

BEGIN, HOUR = datetime(2026, 11, 1, tzinfo=UTC), timedelta(hours=1)


def test_a_window_admits_no_more_than_its_limit() -> None:
    window = SlidingWindow(HOUR, 2)
    assert [window.admits(BEGIN + n * HOUR / 4) for n in range(6)] == [True, True, False, False, True, True]
    assert window.most == 2
