"""Spreads submissions over the day, because Microsoft limits them for each tenant. Pure functions of their arguments.

Source: "Identity and access data policy operation service limits" (Microsoft Graph): 1,000 requests a day for any
subject.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BURST_DIVISOR = 100
"""One in so many of a day's go at once when there was a pause; it is what the pace of a full day loses."""
_DAY = timedelta(days=1)


def reserve_slot(next_free: datetime | None, now: datetime, per_day: int) -> tuple[datetime, datetime]:
    """Reserves the next slot for a submission, so that no 24 hours have more than `per_day`.

    Args:
        next_free: what the reservation before left, None where there was none.
        now: the present.
        per_day: the limit.

    Returns:
        The slot, and what the next reservation is to be given.
    """
    burst = per_day // BURST_DIVISOR
    interval = _DAY / (per_day - burst) + timedelta.resolution  # rounded up: a day holds not one more
    # As if `burst` slots before now had been left free.
    earliest = now - burst * interval
    free = earliest if next_free is None else max(next_free, earliest)
    return max(free, now), free + interval
