"""How long to wait before the next poll, and after a failed call. Pure functions of their arguments."""

from __future__ import annotations

import hashlib
from datetime import timedelta

POLL_SHARE_OF_AGE = 0.05
"""The end of an export is noticed within this share of its age, with about 200 polls in 30 days instead of 43,200."""
POLL_CAP = timedelta(hours=12)
BACKOFF_CAP = timedelta(hours=6)
"""Graph limits these calls by the day, so the longest backoff is hours."""
JITTER = 0.05
"""Keeps exports from polling in step: it lengthens what Graph asks for, and shortens the share of the age."""


def poll_interval(age: timedelta, retry_after: int | None, floor: timedelta, *, jitter: float) -> timedelta:
    """The time until the next poll of an operation.

    Args:
        age: how long ago the operation was submitted.
        retry_after: what Graph asks for, in seconds, or None.
        floor: the shortest interval allowed.
        jitter: from 0 to 1; where in its range the interval falls.

    Returns:
        The longer of two intervals. One is what Graph asks for but at least `floor`, lengthened by up to `JITTER`. The
        other is 5 % of the age, capped at 12 h and shortened by up to `JITTER`, so that the end is noticed within 5 %.
    """
    asked = max(floor, timedelta(seconds=retry_after or 0))
    return max(asked * (1 + JITTER * jitter), min(age * POLL_SHARE_OF_AGE, POLL_CAP) * (1 - JITTER * jitter))


def backoff(failures: int, base: timedelta, *, jitter: float, retry_after: int | None = None) -> timedelta:
    """How long to wait after a failed call: exponential with full jitter, never shorter than `base`.

    Args:
        failures: how many calls in a row failed, this one included (1 or more).
        base: the shortest wait; the longest doubles with each failure.
        jitter: from 0 to 1; where between the two the wait falls.
        retry_after: what Graph asks for, in seconds, or None; the wait is never shorter.
    """
    window: timedelta = min(base * 2 ** min(failures, 30), BACKOFF_CAP)
    wait = base + max(window - base, timedelta()) * jitter
    return max(wait, timedelta(seconds=retry_after or 0))


def jitter(*seeds: str | int) -> float:
    """A number from 0 up to 1 that looks random but is always the same for the same seeds, so a run can be repeated."""
    digest = hashlib.sha256("\0".join(map(str, seeds)).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
