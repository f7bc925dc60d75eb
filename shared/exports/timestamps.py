"""Times and numbers as text for events and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def to_iso(moment: datetime) -> str:
    """The time as it stands in trails and messages: UTC, whole seconds."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def number_as_text(number: float | None) -> str | None:
    """The number as text."""
    return None if number is None else str(number)
