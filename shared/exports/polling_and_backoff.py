"""How long to wait until the next poll, and after a failed call. Pure functions of their arguments."""

from __future__ import annotations

import hashlib
from datetime import timedelta

POLL_SHARE_OF_AGE = 0.05
"""The end of an export is seen within this share of its age: about 200 polls in 30 days instead of 43,200."""
POLL_CAP = timedelta(hours=12)
BACKOFF_CAP = timedelta(hours=6)
"""Throttling of this API is by the day, so waiting is by the hour."""
JITTER = 0.05
"""So many exports don't poll in step: what is asked for is lengthened by up to this share, the rest shortened."""


def poll_interval(age: timedelta, retry_after: int | None, floor: timedelta, *, jitter: float) -> timedelta:
    """The time to the next poll of an operation.

    Args:
        age: how long ago the operation was submitted.
        retry_after: what Graph asked for, in seconds, or None.
        floor: the shortest interval allowed.
        jitter: 0 to 1, where in its range the interval falls.

    Returns:
        The longer of two: what is asked for, which is max(floor, retry_after) and up to `JITTER` more; and 5 % of the
        age, capped at 12 h, up to `JITTER` less, so that the end is seen within 5 %.
    """
    asked = max(floor, timedelta(seconds=retry_after or 0))
    return max(asked * (1 + JITTER * jitter), min(age * POLL_SHARE_OF_AGE, POLL_CAP) * (1 - JITTER * jitter))


def backoff(failures: int, base: timedelta, *, jitter: float, retry_after: int | None = None) -> timedelta:
    """How long to wait after a call that got no useful answer: exponential with full jitter, never below `base`.

    Args:
        failures: how many such calls in a row, this one included (1 or more).
        base: the wait after the first.
        jitter: 0 to 1, where in the window the wait falls.
        retry_after: what Graph asked for, in seconds, or None; never undercut.
    """
    window: timedelta = min(base * 2 ** min(failures, 30), BACKOFF_CAP)
    wait = base + max(window - base, timedelta()) * jitter
    return max(wait, timedelta(seconds=retry_after or 0))


def jitter(*seeds: str | int) -> float:
    """A number from 0 to 1 that looks random but is the same for the same seeds, so that a run can be repeated."""
    digest = hashlib.sha256("\0".join(map(str, seeds)).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
