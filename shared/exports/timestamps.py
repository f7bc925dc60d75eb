"""Times in whole seconds, and times and numbers as text for events, messages and callbacks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
