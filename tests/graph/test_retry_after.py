"""How long Graph asks to wait."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from shared.graph.retry_after import LONGEST, read_retry_after

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
A_YEAR = int(LONGEST.total_seconds())


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("60", 60),
        (60, 60),
        (" 7 ", 7),
        ("0", 0),
        ("1.2", 2),
        (1.5, 2),
        ("00000000000060", 60),
        ("90000", 90_000),
        ("9" * 5000, A_YEAR),
        ("-1", None),
        (-1, None),
        ("soon", None),
        ("1e3", None),
        ("٣", None),
        ("", None),
        (None, None),
        (True, None),
        ([60], None),
        (float("nan"), None),
        (float("inf"), None),
        ("Sun, 01 Nov 2026 09:01:00 GMT", 60),
        ("Sunday, 01-Nov-26 09:01:00 GMT", 60),
        ("Sun Nov  1 09:01:00 2026", 60),
        ("Sun, 01 Nov 2026 09:01:00 -0000", 60),
        ("Sun, 01 Nov 2026 10:01:00 +0100", 60),
        ("Sun, 01 Nov 2026 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", A_YEAR),
        ("Sun, 99 Nov 2026 09:01:00 GMT", None),
        ("Sun, 01 Nov 99999999999999999999 09:01:00 GMT", None),
        (",", None),
        (" ", None),
    ],
    ids=lambda value: repr(value)[:32],
)
def test_seconds_and_dates(value: object, seconds: int | None) -> None:
    assert read_retry_after(value, None, NOW) == seconds


def test_a_date_counts_from_when_the_answer_was_given() -> None:
    until = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    answered_at = format_datetime(NOW + timedelta(seconds=60), usegmt=True)
    assert read_retry_after(until, answered_at, NOW) == 30
    assert read_retry_after(until, "no date", NOW) == 90
    assert read_retry_after("20", answered_at, NOW) == 20


def test_a_part_of_a_second_is_a_second_more() -> None:
    until = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert read_retry_after(until, None, NOW + timedelta(milliseconds=1)) == 90
    assert read_retry_after(until, None, NOW.astimezone(timezone(timedelta(hours=5)))) == 90
