"""Times in whole seconds, and times and numbers as text."""

from datetime import timedelta

from shared.exports.timestamps import number_as_text, round_up_to_second, to_iso
from tests.exports.samples import NOW, SECOND


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
