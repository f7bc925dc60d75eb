"""The deliveries of an export's end: owed to receivers, made, retried, given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.export import Delivery, Export, ExportWarning
from shared.exports.ids import delivery_id
from shared.exports.states_and_codes import DeliveryState, EventType, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import schedule_after_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.configured_limits import Limits
    from shared.exports.subscription import Subscription

CALLBACK_TARGET = "callback"
"""The target that is the caller's own URL, given with the request."""
RETRY_FOR = timedelta(days=1)
"""So long after the end it is tried for the last time."""


def announce_end(export: Export, subscriptions: Sequence[Subscription], now: datetime) -> Export:
    """An export that has just ended, with a delivery for everyone who is to be told."""
    ended_at = export.completed_at or now
    targets = [CALLBACK_TARGET] if export.has_callback else []
    targets += [subscription.id for subscription in subscriptions if subscription.fits(export)]
    deliveries = tuple(
        Delivery(id=delivery_id(export.id, ended_at, target), target=target, next_try_at=now) for target in targets
    )
    return schedule_after_end(replace(export, deliveries=deliveries))


def due_deliveries(export: Export, now: datetime) -> list[Delivery]:
    """The deliveries whose time has come."""
    return [d for d in export.deliveries if d.next_try_at is not None and d.next_try_at <= now]


def apply_callback_result(
    export: Export, delivery: Delivery, answer: CallbackResult, now: datetime, limits: Limits
) -> Export:
    """What came of a try. The caller's own URL is not kept once its delivery is over."""
    tried = replace(delivery, tries=delivery.tries + 1)
    match answer:
        case Delivered():
            moved = _close_delivery(export, tried, DeliveryState.DELIVERED, now)
            return _add_delivery_event(moved, EventType.CALLBACK_DELIVERED, tried, now)
        case Gone():
            moved = _close_delivery(export, tried, DeliveryState.GONE, now)
            return _add_delivery_event(moved, EventType.CALLBACK_GONE, tried, now, reason=answer.reason)
        case NotDelivered():
            return _retry_or_give_up(export, tried, answer.reason, now, limits)


def _retry_or_give_up(export: Export, tried: Delivery, reason: str, now: datetime, limits: Limits) -> Export:
    last_try_at = (export.completed_at or now) + RETRY_FOR
    if now < last_try_at:
        spread = polling_and_backoff.jitter(tried.id, tried.tries)
        again_at = min(now + polling_and_backoff.backoff(tried.tries, limits.poll_floor, jitter=spread), last_try_at)
        moved = _replace_delivery(export, replace(tried, next_try_at=again_at), now)
        return _add_delivery_event(moved, EventType.CALLBACK_FAILED, tried, now, reason=reason, until=to_iso(again_at))
    message = "A receiver could not be told of the end for a day; nobody tries again. The trail says whom and why."
    moved = _close_delivery(export, tried, DeliveryState.GIVEN_UP, now)
    moved = _add_delivery_event(moved, EventType.CALLBACK_GIVEN_UP, tried, now, reason=reason)
    return add_warning(moved, ExportWarning(WarningCode.CALLBACK_GIVEN_UP, message), now)


def _close_delivery(export: Export, delivery: Delivery, state: DeliveryState, now: datetime) -> Export:
    moved = _replace_delivery(export, replace(delivery, state=state, next_try_at=None), now)
    return replace(moved, has_callback=moved.has_callback and delivery.target != CALLBACK_TARGET)


def _replace_delivery(export: Export, delivery: Delivery, now: datetime) -> Export:
    deliveries = tuple(delivery if d.id == delivery.id else d for d in export.deliveries)
    return schedule_after_end(replace(export, deliveries=deliveries, updated_at=now))


def _add_delivery_event(export: Export, event: EventType, delivery: Delivery, now: datetime, **detail: str) -> Export:
    return add_event(export, event, now, target=delivery.target, deliveryId=delivery.id, tries=delivery.tries, **detail)
