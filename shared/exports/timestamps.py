"""Times and numbers as text, for events, messages and callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def to_iso(moment: datetime) -> str:
    """A UTC time in ISO 8601, in whole seconds and with a Z; this format is part of the API."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def number_as_text(number: float | None) -> str | None:
    """A number as text for an event, which holds no fractions; None stays None."""
    return None if number is None else str(number)
