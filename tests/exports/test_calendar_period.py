"""Periods of the calendar: a month is a month, and ends with the month where it has no such day."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.calendar_period import CalendarPeriod
from tests.exports.samples import NOW

GOLDEN = Path(__file__).with_name("golden_deadlines.csv")
"""By GNU date: `golden_deadlines.sh`."""
MONTH = CalendarPeriod(months=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - it asks for naive ones


def at(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(9, 30), UTC)


@pytest.mark.parametrize("period", ["P1M", "P3M", "P1Y"])
def test_each_day_of_two_years_leads_to_the_day_that_another_program_found(period: str) -> None:
    with GOLDEN.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["from"] for row in rows] == [str(date(2027, 1, 1) + timedelta(days=day)) for day in range(365 + 366)]
    later = CalendarPeriod.from_text(period)
    assert {row["from"]: later.after(at(row["from"])) for row in rows} == {row["from"]: at(row[period]) for row in rows}


@given(MOMENTS, st.integers(0, 36))
def test_months_keep_the_day_and_the_time_or_end_with_the_month(moment: datetime, months: int) -> None:
    later = CalendarPeriod(months=months).after(moment)
    assert later.timetz() == moment.timetz()
    assert later.year * 12 + later.month == moment.year * 12 + moment.month + months
    assert later.day == moment.day or (later.day < moment.day and (later + timedelta(days=1)).day == 1)


@given(MOMENTS, st.integers(0, 3))
def test_a_year_is_twelve_months(moment: datetime, years: int) -> None:
    assert CalendarPeriod(years=years).after(moment) == CalendarPeriod(months=12 * years).after(moment)


@given(MOMENTS, st.integers(0, 60), st.integers(0, 400))
def test_weeks_and_days_are_of_a_fixed_length(moment: datetime, weeks: int, days: int) -> None:
    assert CalendarPeriod(weeks=weeks, days=days).after(moment) == moment + timedelta(days=7 * weeks + days)


@given(MOMENTS, MOMENTS)
def test_who_asks_earlier_is_due_no_later(one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    assert MONTH.after(earlier) <= MONTH.after(later)


def test_days_are_added_after_months() -> None:
    assert CalendarPeriod(months=1, days=1).after(at("2027-01-31")) == at("2027-03-01")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("P1M", MONTH),
        ("P45D", CalendarPeriod(days=45)),
        ("P6W", CalendarPeriod(weeks=6)),
        ("P1Y", CalendarPeriod(years=1)),
        ("P0D", CalendarPeriod()),
        ("P1Y2M3W4D", CalendarPeriod(years=1, months=2, weeks=3, days=4)),
        ("P007D", CalendarPeriod(days=7)),
    ],
)
def test_iso_8601_is_read(text: str, period: CalendarPeriod) -> None:
    assert CalendarPeriod.from_text(text) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "30",
        "1M",
        "p1m",
        "P1m",
        "PT1H",
        "P1DT1H",
        "P1.5M",
        "-P1M",
        "P-1M",
        "P+1M",
        "P1D1M",
        "P1M ",
        "P1M\n",
        "P٣D",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        CalendarPeriod.from_text(text)


def test_nothing_later_is_the_same_moment() -> None:
    assert CalendarPeriod().after(NOW) == NOW
