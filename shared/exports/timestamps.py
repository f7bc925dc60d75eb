"""Times that callers send, times in whole seconds, and times and numbers as text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

TIMESTAMP_EXAMPLE = "2026-12-01T09:00:00Z"
"""For messages that say what a time looks like."""
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    r"(?:Z|[+-][0-9]{2}(?::?[0-5][0-9])?)"
)


def parse_timestamp(text: str) -> datetime:
    """The UTC time that a text in ISO 8601 names, with a date, a time of day and a zone; cut off to microseconds.

    This is the form of RFC 3339, section 5.6. Seconds, and the minutes and the colon of an offset, may be left out.
    Anything else is refused, because it can be meant otherwise: digits alone are a day to one program and seconds since
    1970 to another.

    Raises:
        ValueError: it is in another form, or there is no such time.
    """
    given = text.upper()
    if not _TIMESTAMP.fullmatch(given):
        raise ValueError("The text is not a date and time with a zone.")
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except OverflowError:
        raise ValueError("The time is before the year 1 or after the year 9999.") from None


def round_up_to_second(moment: datetime) -> datetime:
    """The first whole second that is not before `moment`."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def to_iso(moment: datetime) -> str:
    """A UTC time in ISO 8601, in whole seconds and with a Z; this format is part of the API."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def number_as_text(number: float | None) -> str | None:
    """A number as text for an event, which holds no fractions; None stays None."""
    return None if number is None else str(number)
