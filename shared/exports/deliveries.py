"""Who is told that an export has ended, and when it is tried again. Pure functions of their arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports import cadence
from shared.exports.codes import EventType, WarningCode
from shared.exports.ids import delivery_id
from shared.exports.model import Delivery, Notice
from shared.exports.moves import iso, scheduled, tell, warned
from shared.exports.words import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.model import Export
    from shared.exports.rules import Rules
    from shared.exports.subscriptions import Subscription

CALLBACK = "callback"
"""The target that is the caller's own URL, given with the request."""
TRIED_FOR = timedelta(days=1)
"""So long after the end it is tried for the last time."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has taken it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no more, or there is none any more: nothing is sent there again."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """It may work later. The reason has no URL in it."""

    reason: str


DeliveryAnswer = Delivered | Gone | NotDelivered


def announced(export: Export, subscriptions: Sequence[Subscription], now: datetime) -> Export:
    """An export that has just ended, with a delivery for everyone who is to be told."""
    ended_at = export.completed_at or now
    targets = [CALLBACK] if export.has_callback else []
    targets += [subscription.id for subscription in subscriptions if subscription.fits(export)]
    deliveries = tuple(
        Delivery(id=delivery_id(export.id, ended_at, target), target=target, next_try_at=now) for target in targets
    )
    return scheduled(replace(export, deliveries=deliveries))


def due(export: Export, now: datetime) -> list[Delivery]:
    """The deliveries whose time has come."""
    return [d for d in export.deliveries if d.next_try_at is not None and d.next_try_at <= now]


def answered(export: Export, delivery: Delivery, answer: DeliveryAnswer, now: datetime, rules: Rules) -> Export:
    """What came of a try. The caller's own URL is not kept once its delivery is over."""
    tried = replace(delivery, tries=delivery.tries + 1)
    match answer:
        case Delivered():
            moved = _over(export, tried, DeliveryState.DELIVERED, now)
            return _tell(moved, EventType.CALLBACK_DELIVERED, tried, now)
        case Gone():
            moved = _over(export, tried, DeliveryState.GONE, now)
            return _tell(moved, EventType.CALLBACK_GONE, tried, now, reason=answer.reason)
        case NotDelivered():
            return _missed(export, tried, answer.reason, now, rules)


def _missed(export: Export, tried: Delivery, reason: str, now: datetime, rules: Rules) -> Export:
    last_try_at = (export.completed_at or now) + TRIED_FOR
    if now < last_try_at:
        spread = cadence.jitter(tried.id, tried.tries)
        again_at = min(now + cadence.backoff(tried.tries, rules.poll_floor, jitter=spread), last_try_at)
        moved = _with(export, replace(tried, next_try_at=again_at), now)
        return _tell(moved, EventType.CALLBACK_FAILED, tried, now, reason=reason, until=iso(again_at))
    message = "A receiver could not be told of the end for a day; nobody tries again. The trail says whom and why."
    moved = _over(export, tried, DeliveryState.GIVEN_UP, now)
    moved = _tell(moved, EventType.CALLBACK_GIVEN_UP, tried, now, reason=reason)
    return warned(moved, Notice(WarningCode.CALLBACK_GIVEN_UP, message), now)


def _over(export: Export, delivery: Delivery, state: DeliveryState, now: datetime) -> Export:
    moved = _with(export, replace(delivery, state=state, next_try_at=None), now)
    return replace(moved, has_callback=moved.has_callback and delivery.target != CALLBACK)


def _with(export: Export, delivery: Delivery, now: datetime) -> Export:
    deliveries = tuple(delivery if d.id == delivery.id else d for d in export.deliveries)
    return scheduled(replace(export, deliveries=deliveries, updated_at=now))


def _tell(export: Export, event: EventType, delivery: Delivery, now: datetime, **detail: str) -> Export:
    return tell(export, event, now, target=delivery.target, deliveryId=delivery.id, tries=delivery.tries, **detail)
