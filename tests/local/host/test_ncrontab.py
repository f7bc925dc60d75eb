"""NCRONTAB expressions."""

from datetime import UTC, datetime

import pytest

from local.host.ncrontab import Schedule, UnsupportedScheduleError

NOW = datetime(2026, 11, 1, 9, 30, 15, 500_000, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("*/5 * * * * *", datetime(2026, 11, 1, 9, 30, 20, tzinfo=UTC)),
        ("0 */15 * * * *", datetime(2026, 11, 1, 9, 45, tzinfo=UTC)),
        ("30 0 6 * * 1-5", datetime(2026, 11, 2, 6, 0, 30, tzinfo=UTC)),
        ("0 0 0 * * Mon", datetime(2026, 11, 2, tzinfo=UTC)),
        ("0 0 0 13 * 5", datetime(2026, 11, 13, tzinfo=UTC)),
        ("*/10 * * * *", datetime(2026, 11, 1, 9, 40, tzinfo=UTC)),
    ],
)
def test_when_it_is_due_next(expression: str, due: datetime) -> None:
    assert Schedule(expression).next_after(NOW) == due


def test_both_days_must_fit() -> None:
    assert Schedule("0 0 0 1 * 1").next_after(NOW) == datetime(2027, 2, 1, tzinfo=UTC)


def test_it_is_strictly_after() -> None:
    due = datetime(2026, 11, 1, 9, 30, 20, tzinfo=UTC)
    assert Schedule("*/5 * * * * *").next_after(due) == datetime(2026, 11, 1, 9, 30, 25, tzinfo=UTC)


@pytest.mark.parametrize("expression", ["", "* * *", "99 * * * * *", "@daily", "* * * * * * *"])
def test_what_is_not_an_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="is not an NCRONTAB expression"):
        Schedule(expression)


@pytest.mark.parametrize("expression", ["00:05:00", "%WHEN%"])
def test_what_the_platform_alone_takes_is_refused_as_unsupported(expression: str) -> None:
    with pytest.raises(UnsupportedScheduleError, match=f"'{expression}'"):
        Schedule(expression)
