"""Times that callers send, times in whole seconds, and times and numbers as text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.timestamps import (
    TIMESTAMP_EXAMPLE,
    number_as_text,
    parse_timestamp,
    round_up_to_second,
    to_iso,
)
from tests.exports.samples import NOW, SECOND


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T09:00:00Z",
        "2026-12-01T09:00Z",
        "2026-12-01t09:00:00z",
        "2026-12-01 09:00:00Z",
        "2026-12-01T09:00:00.0000000Z",
        "2026-12-01T09:00:00.000000000000Z",
        "2026-12-01T09:00:00+00:00",
        "2026-12-01T09:00:00-00:00",
        "2026-12-01T10:00:00+01:00",
        "2026-12-01T10:00:00+0100",
        "2026-12-01T10:00+01",
        "2026-12-02T08:59:00+23:59",
        "2026-11-30T23:30:00-0930",
    ],
)
def test_a_time_may_be_written_in_the_ways_of_iso_8601(text: str) -> None:
    assert parse_timestamp(text) == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("fraction", "microsecond"), [("5", 500_000), ("1234567", 123_456), ("123456789", 123_456), ("000001", 1)]
)
def test_a_fraction_is_cut_off_to_microseconds(fraction: str, microsecond: int) -> None:
    assert parse_timestamp(f"2026-12-01T09:00:00.{fraction}Z").microsecond == microsecond


def test_the_example_of_messages_is_a_time() -> None:
    assert to_iso(parse_timestamp(TIMESTAMP_EXAMPLE)) == TIMESTAMP_EXAMPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026110109",
        "1796000000",
        "1796000000.5",
        "46357.375",
        "2026-12-01",
        "2026-12-01Z",
        "2026-12-01T09:00:00",
        "2026-12-01T09Z",
        "2026-12-01T09:00:00 Z",
        "2026-12-01T09:00:00 01:00",
        "2026-12-01T09:00:00,5Z",
        "2026-12-01T09:00:00.Z",
        "2026-12-01T09:00:00UTC",
        "2026-12-01T09:00:00+1",
        "2026-12-01T09:00:00+01:60",
        "2026-12-01T09:00:00+24:00",
        "2026-12-01T09:00:00+01:00:00",
        "20261201T090000Z",
        "2026-W49-2T09:00:00Z",
        "2026-335T09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-13-01T09:00:00Z",
        "2026-12-01T24:00:00Z",
        "2026-12-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        " 2026-12-01T09:00:00Z",
        "2026-12-01T09:00:00Z\n",
        "2026-12-01T09:00:00Z/P1D",
        "٢٠٢٦-12-01T09:00:00Z",
        "12/1/2026 9:00 AM",
        "01.12.2026 09:00",
        "Tue, 01 Dec 2026 09:00:00 GMT",
        "/Date(1796000000000)/",
        "P1M",
        "now",
        "nan",
        "x" * 10_000,
    ],
)
def test_what_is_no_time_of_iso_8601_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_timestamp(text)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis wants them without a zone
        max_value=datetime(9999, 12, 29),  # noqa: DTZ001
        timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_every_time_that_python_writes_is_read(moment: datetime) -> None:
    assert parse_timestamp(moment.isoformat()) == moment


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    try:
        assert parse_timestamp(text).tzinfo is UTC
    except ValueError:
        return


def test_a_time_is_rounded_up_to_a_whole_second() -> None:
    microsecond = timedelta(microseconds=1)
    assert round_up_to_second(NOW) == NOW
    assert round_up_to_second(NOW + microsecond) == NOW + SECOND
    assert round_up_to_second(NOW + SECOND - microsecond) == NOW + SECOND


def test_a_time_is_in_utc_and_whole_seconds() -> None:
    assert to_iso(NOW + 1.5 * SECOND) == "2026-11-01T09:00:01Z"


def test_a_number_is_text_unless_there_is_none() -> None:
    assert number_as_text(0.5) == "0.5"
    assert number_as_text(0) == "0"
    assert number_as_text(None) is None
