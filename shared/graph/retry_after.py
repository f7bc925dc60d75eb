"""Reads a `Retry-After`: seconds or a date (RFC 9110, section 10.2.3)."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=366)
"""A longer wait counts as this, because it would leave the range of times. No export is that old."""
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


def read_retry_after(value: object, answered_at: str | None, now: datetime) -> int | None:
    """How long Graph asks to wait, in whole seconds, rounded up: never less than it asks for, up to `LONGEST`.

    Args:
        value: the value of a header or of a JSON field.
        answered_at: the answer's own `Date`, by which a date is counted, as the clocks may differ; None if it has none.
        now: the present, which counts where the answer has no date.

    Returns:
        None if the value is neither seconds nor a date; 0 for a date that has passed.
    """
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if _SECONDS.fullmatch(text):
        return math.ceil(min(float(text), LONGEST.total_seconds()))
    until = _date(text)
    if until is None:
        return None
    wait = until - ((_date(answered_at) if answered_at else None) or now)
    return math.ceil(min(max(wait, timedelta()), LONGEST).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # each comes for some text
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
