"""Times and numbers as text."""

from shared.exports.timestamps import number_as_text, to_iso
from tests.exports.samples import NOW, SECOND


def test_a_time_is_in_utc_and_whole_seconds() -> None:
    assert to_iso(NOW + 1.5 * SECOND) == "2026-11-01T09:00:01Z"


def test_a_number_is_text_unless_there_is_none() -> None:
    assert number_as_text(0.5) == "0.5"
    assert number_as_text(0) == "0"
    assert number_as_text(None) is None
