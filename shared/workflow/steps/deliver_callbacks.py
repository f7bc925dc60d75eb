"""Delivers the callbacks about an ended export. It can happen twice: the receiver sees the same id both times."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.exceptions import StorageFailedError
from shared.exports.export import CALLBACK_TARGET
from shared.exports.transitions import callback_deliveries
from shared.workflow.step_failures import describe_unexpected, log_step_failure
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.exports.export import Delivery, Export
    from shared.exports.subscription import Subscription
    from shared.records.export_records import SavedExport
    from shared.services import Services

_log = logging.getLogger(__name__)
DELIVERIES_PER_STEP = 10
"""The most deliveries in one step: their events are stored in one transaction."""
DELIVERY_TIME_LIMIT = timedelta(seconds=20)
"""A step starts no further delivery after this time: if the process dies, all that is not stored is delivered again."""

_NOT_KEPT = "Its URL is not kept any more."


async def deliver_callbacks(saved: SavedExport, services: Services) -> StepResult:
    """Makes the deliveries that are due, as many as fit into one step."""
    export, now = saved.export, services.now()
    stop_at = now + DELIVERY_TIME_LIMIT
    for delivery in callback_deliveries.due_deliveries(export, now)[:DELIVERIES_PER_STEP]:
        result = await _try_delivery(export, delivery, services)
        export = callback_deliveries.apply_callback_result(export, delivery, result, services.now(), services.limits)
        if services.now() >= stop_at:
            break
    return StepResult(saved, export)


async def _try_delivery(export: Export, delivery: Delivery, services: Services) -> CallbackResult:
    """Makes one delivery. Whatever it raises concerns this receiver alone: the others get theirs."""
    try:
        return await _deliver(export, delivery, services)
    except StorageFailedError as error:
        return NotDelivered(f"A call to storage failed ({error.code}).")
    except Exception as error:  # noqa: BLE001 - it is recorded with the delivery, which is repeated
        log_step_failure(export.id, error)
        return NotDelivered(describe_unexpected(error))


async def _deliver(export: Export, delivery: Delivery, services: Services) -> CallbackResult:
    """Makes one delivery."""
    if delivery.target != CALLBACK_TARGET:
        return await _deliver_to_subscriber(export, delivery, services)
    receiver = await services.secrets.callback(export)
    if receiver is None:
        return Gone(_NOT_KEPT)
    return await services.callbacks.send(export, delivery, receiver, services.now())


async def _deliver_to_subscriber(export: Export, delivery: Delivery, services: Services) -> CallbackResult:
    """Makes one delivery. A subscription whose receiver takes it is renewed; one whose receiver is gone is removed."""
    subscription = await services.subscriptions.get(delivery.target)
    if subscription is None:
        return Gone("The subscription was deleted.")
    if subscription.has_expired(services.now()):
        return Gone("The subscription has expired.")
    receiver = await services.secrets.receiver(subscription)
    if receiver is None:
        return Gone(_NOT_KEPT)
    result = await services.callbacks.send(export, delivery, receiver, services.now())
    if isinstance(result, Gone):
        await services.subscriptions.remove(subscription)
    elif isinstance(result, Delivered) and subscription.is_to_be_renewed(services.now()):
        await _renew(subscription, services)
    return result


async def _renew(subscription: Subscription, services: Services) -> None:
    """Renews a subscription. Where that fails, what was delivered is not delivered again: the next delivery renews."""
    try:
        await services.subscriptions.renew(subscription, services.now())
    except StorageFailedError as error:
        _log.warning("Subscription %s is not renewed now (%s).", subscription.id, error.code)
