"""Delivers the callbacks of an ended export. A delivery can happen twice: the receiver sees the same id both times."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.callback_results import CallbackResult, Gone, NotDelivered
from shared.exports.exceptions import ConflictError, StorageFailedError
from shared.exports.export import CALLBACK_TARGET
from shared.exports.transitions import callback_deliveries
from shared.workflow.step_failures import describe_unexpected, log_step_failure
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.exports.export import Delivery, Export
    from shared.records.export_records import SavedExport
    from shared.services import Services

DELIVERIES_PER_STEP = 10
"""The most deliveries in one step: their events are stored in one transaction."""
DELIVERY_TIME_LIMIT = timedelta(seconds=20)
"""A step starts no further delivery after this time: if the process dies, all that is not stored is delivered again."""


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
    """Makes one delivery; a subscription whose receiver is gone is removed."""
    if delivery.target == CALLBACK_TARGET:
        url = await services.secrets.callback_url(export)
    else:
        url = await services.subscriptions.url_of(delivery.target)
    if url is None:
        return Gone("Its URL is not kept any more.")
    result = await services.callbacks.send(export, delivery, url, services.now())
    if isinstance(result, Gone) and delivery.target != CALLBACK_TARGET:
        with contextlib.suppress(ConflictError):  # then the next end finds its receiver gone
            await services.subscriptions.remove(delivery.target)
    return result
