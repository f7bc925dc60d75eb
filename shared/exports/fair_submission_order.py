"""Decides when a submission may go and whose it is, because Microsoft limits them for each tenant. Pure functions.

A submission takes a slot when it goes. Slots come one after another at an even pace, and keep to the limit. Where more
exports want one than there are, they queue: callers take turns, one slot each a round, and of a caller's exports the
one with the earliest deadline goes first. This is start-time fair queueing with submissions that all cost the same.

Sources: "Identity and access data policy operation service limits" (Microsoft Graph): 1,000 requests a day for any
subject. Goyal, Vin and Cheng, "Start-time Fair Queueing" (1996).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.exports.export import Export

SLOT_LIFETIME = timedelta(minutes=15)
"""How long after it was taken a slot may be used."""
SLOT_SLACK = timedelta(minutes=30)
"""How much longer than a day the limit is spread over: slots are used late, and clocks differ by some minutes."""
BURST_DIVISOR = 100
"""After an idle period, 1/100 of the daily limit may go at once; the pace of a busy day is lower by as much."""
_KEPT_FREE = timedelta(minutes=6)
"""A slot that nobody takes stays free at least this long: whoever gives slots to the queue comes every five minutes."""
_DAY = timedelta(days=1)


def slot_interval(per_day: int) -> timedelta:
    """The time from one slot to the next, if all are taken and 24 hours may have `per_day`."""
    # Rounded up, so that a day never holds one too many.
    return (_DAY + SLOT_SLACK) / (per_day - per_day // BURST_DIVISOR) + timedelta.resolution


def take_slot(next_free: datetime | None, now: datetime, per_day: int) -> datetime | None:
    """Takes a slot now, so that no 24 hours have more than `per_day` submissions.

    That holds for submissions up to `SLOT_LIFETIME` after the slot, by clocks that differ by a few minutes.

    Args:
        next_free: what the last slot that was taken returned; None for the first.
        now: the present.
        per_day: how many submissions 24 hours may have.

    Returns:
        What to pass as `next_free` when the next slot is taken; None if no slot is free now.
    """
    free = _first_free(next_free, now, per_day)
    return None if free > now else free + slot_interval(per_day)


def expected_at(next_free: datetime | None, now: datetime, before: int, per_day: int) -> datetime:
    """When a slot is expected for an export that has `before` others before it; never in the past."""
    return max(now, _first_free(next_free, now, per_day) + before * slot_interval(per_day))


def count_before(ahead: int, others: Iterable[int | None]) -> int:
    """How many exports go before one that is in the queue, if nobody comes or leaves.

    Args:
        ahead: how many of its own caller's have an earlier deadline.
        others: how many each other caller has in the queue; None for more than are known.
    """
    rounds = ahead + 1
    return ahead + sum(rounds if count is None else min(count, rounds) for count in others)


def queue_deadline(export: Export) -> datetime:
    """By what the exports of a caller are ordered, the earliest first.

    An export that was retried after its deadline goes behind those whose deadline passed before the retry.
    """
    return max(export.due_at, export.begun_at)


def turn_of_arrival(present: int, last: int | None) -> int:
    """The round in which a caller without a turn has one.

    That is the present round, unless its turn of that round is used up. Turns not taken earlier are no credit.

    Args:
        present: the present round.
        last: the next turn that the caller was given when it last took one; None if that is long ago.
    """
    return present if last is None else max(present, last)


def turn_after(turn: int) -> int:
    """The round in which a caller has its next turn, after it has taken this one."""
    return turn + 1


def _first_free(next_free: datetime | None, now: datetime, per_day: int) -> datetime:
    """When the first slot that nobody has taken comes, or came: what was left free lately can still be taken."""
    interval = slot_interval(per_day)
    earliest = now - max(per_day // BURST_DIVISOR * interval, _KEPT_FREE)
    if next_free is None:
        return earliest
    if next_free > now + interval + SLOT_SLACK:  # a clock was wrong, or the limit was lower
        return now
    return max(next_free, earliest)
