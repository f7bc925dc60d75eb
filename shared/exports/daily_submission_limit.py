"""Spreads submissions over the day, because Microsoft limits them for each tenant. Pure functions of their arguments.

Source: "Identity and access data policy operation service limits" (Microsoft Graph): 1,000 requests a day for any
subject.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BURST_DIVISOR = 100
"""After an idle period, 1/100 of the daily limit may go at once; the pace of a busy day is lower by as much."""
_DAY = timedelta(days=1)


def reserve_slot(next_free: datetime | None, now: datetime, per_day: int) -> tuple[datetime, datetime]:
    """Reserves the next time at which a submission may go, so that no 24 hours have more than `per_day`.

    Args:
        next_free: the second value that the reservation before this one returned; None for the first.
        now: the present.
        per_day: how many submissions 24 hours may have.

    Returns:
        When the submission may go, and what to pass as `next_free` to the next reservation.
    """
    burst = per_day // BURST_DIVISOR
    # Rounded up, so that a day never holds one too many.
    interval = _DAY / (per_day - burst) + timedelta.resolution
    # As if the last `burst` slots had been left free, however long nothing was reserved.
    earliest = now - burst * interval
    free = earliest if next_free is None else max(next_free, earliest)
    return max(free, now), free + interval
