"""The end and the hand-over of an export are reported: each delivery succeeds, is retried, or is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.callback_results import CallbackResult, Delivered, Gone
from shared.exports.export import (
    CALLBACK_TARGET,
    Announcement,
    Delivery,
    Export,
    ExportWarning,
    TrailHead,
    announcement_of,
    ended_at,
)
from shared.exports.ids import delivery_id, handover_delivery_id
from shared.exports.states_and_codes import DeliveryEvent, DeliveryState, EventType, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import deliveries_in_turn, schedule_after_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.exports.configured_limits import Limits
    from shared.exports.subscription import Subscription

RETRY_FOR = timedelta(days=1)
"""How long after the end or the hand-over was announced the last try is made."""


def announce_end(export: Export, subscriptions: Sequence[Subscription], now: datetime) -> Export:
    """Adds the deliveries that report an end: to the caller's own URL, and to each subscription that matches."""
    targets = [CALLBACK_TARGET] if export.has_callback else []
    targets += _subscribed(DeliveryEvent.ENDED, export, subscriptions, now)
    ids = {target: delivery_id(export.id, ended_at(export), target) for target in targets}
    return _announce(DeliveryEvent.ENDED, export, ids, now)


def announce_handover(export: Export, subscriptions: Sequence[Subscription], now: datetime) -> Export:
    """Adds the deliveries that report the hand-over, to each subscription that asks for it.

    The caller's own URL hears of the end alone, after which it is deleted.
    """
    targets = _subscribed(DeliveryEvent.HANDED_OVER, export, subscriptions, now)
    ids = {target: handover_delivery_id(export.id, target) for target in targets}
    return _announce(DeliveryEvent.HANDED_OVER, export, ids, now)


def due_deliveries(export: Export, now: datetime) -> list[Delivery]:
    """The deliveries that are to be sent now."""
    return [d for d in deliveries_in_turn(export) if d.next_try_at is not None and d.next_try_at <= now]


def apply_callback_result(
    export: Export, delivery: Delivery, result: CallbackResult, now: datetime, limits: Limits
) -> Export:
    """Applies what sending a delivery came back with. Once that to the caller's own URL is over, the URL is dropped."""
    tried = replace(delivery, tries=delivery.tries + 1)
    match result:
        case Delivered():
            closed = _close_delivery(export, tried, DeliveryState.DELIVERED, now)
            return _add_delivery_event(closed, EventType.CALLBACK_DELIVERED, tried, now)
        case Gone():
            closed = _close_delivery(export, tried, DeliveryState.GONE, now)
            return _add_delivery_event(closed, EventType.CALLBACK_GONE, tried, now, reason=result.reason)
        case _:  # NotDelivered
            last_try_at = _announced_at(export, delivery) + RETRY_FOR
            if now >= last_try_at:
                return _give_up_delivery(export, tried, result.reason, now)
            return _retry_delivery(
                export, tried, result.reason, now, min(_next_try_at(tried, now, limits), last_try_at)
            )


def _subscribed(
    event: DeliveryEvent, export: Export, subscriptions: Sequence[Subscription], now: datetime
) -> list[str]:
    return [subscription.id for subscription in subscriptions if subscription.matches(event, export, now)]


def _announce(event: DeliveryEvent, export: Export, ids: Mapping[str, str], now: datetime) -> Export:
    """Adds a delivery for each target, with the id that is given for it. All of them tell how the trail is now."""
    if not ids:
        return export
    head = None if export.trail_sha256 is None else TrailHead(export.event_count, export.trail_sha256)
    added = [Delivery(id=each, target=target, event=event, next_try_at=now) for target, each in ids.items()]
    announced = replace(
        export,
        announcements=(*export.announcements, Announcement(event, now, head)),
        deliveries=(*export.deliveries, *added),
    )
    return schedule_after_end(announced)


def _announced_at(export: Export, delivery: Delivery) -> datetime:
    announcement = announcement_of(export, delivery.event)
    return ended_at(export) if announcement is None else announcement.at


def _next_try_at(tried: Delivery, now: datetime, limits: Limits) -> datetime:
    jitter = polling_and_backoff.jitter(tried.id, tried.tries)
    return now + polling_and_backoff.backoff(tried.tries, limits.poll_floor, jitter=jitter)


def _retry_delivery(export: Export, tried: Delivery, reason: str, now: datetime, again_at: datetime) -> Export:
    retried = _replace_delivery(export, replace(tried, next_try_at=again_at), now)
    return _add_delivery_event(retried, EventType.CALLBACK_FAILED, tried, now, reason=reason, until=to_iso(again_at))


def _give_up_delivery(export: Export, tried: Delivery, reason: str, now: datetime) -> Export:
    closed = _close_delivery(export, tried, DeliveryState.GIVEN_UP, now)
    closed = _add_delivery_event(closed, EventType.CALLBACK_GIVEN_UP, tried, now, reason=reason)
    message = (
        "A callback failed for a day and is not tried again. The audit trail says which one and why; tell the receiver "
        "in another way."
    )
    return add_warning(closed, ExportWarning(WarningCode.CALLBACK_GIVEN_UP, message), now)


def _close_delivery(export: Export, delivery: Delivery, state: DeliveryState, now: datetime) -> Export:
    closed = _replace_delivery(export, replace(delivery, state=state, next_try_at=None), now)
    return replace(closed, has_callback=closed.has_callback and delivery.target != CALLBACK_TARGET)


def _replace_delivery(export: Export, delivery: Delivery, now: datetime) -> Export:
    deliveries = tuple(delivery if d.id == delivery.id else d for d in export.deliveries)
    return schedule_after_end(replace(export, deliveries=deliveries, updated_at=now))


def _add_delivery_event(export: Export, event: EventType, delivery: Delivery, now: datetime, **detail: str) -> Export:
    named = {"reports": delivery.event.value, "target": delivery.target, "deliveryId": delivery.id}
    return add_event(export, event, now, tries=delivery.tries, **named, **detail)
