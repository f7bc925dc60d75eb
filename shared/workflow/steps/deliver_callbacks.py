"""Carries out the deliveries of an ended export that are due. Each may be done again: the receiver sees the same id."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.callback_results import CallbackResult, Gone
from shared.exports.transitions import callback_deliveries
from shared.exports.transitions.callback_deliveries import CALLBACK_TARGET

if TYPE_CHECKING:
    from shared.exports.export import Delivery, Export
    from shared.services import Services

DELIVERIES_PER_STEP = 10
"""So many deliveries are one step, because their events are stored in one transaction."""
DELIVERY_TIME_LIMIT = timedelta(seconds=20)
"""After this long a step begins no further one: what was told and is not stored would be told again."""


async def deliver_callbacks(export: Export, services: Services) -> Export:
    """Tells receivers whose time has come, as many as one step may, and gives the export with what came of it."""
    until = services.now() + DELIVERY_TIME_LIMIT
    for delivery in callback_deliveries.due_deliveries(export, services.now())[:DELIVERIES_PER_STEP]:
        answer = await _deliver(export, delivery, services)
        export = callback_deliveries.apply_callback_result(
            export, delivery, answer, services.now(), services.settings.limits
        )
        if services.now() >= until:
            break
    return export


async def _deliver(export: Export, delivery: Delivery, services: Services) -> CallbackResult:
    if delivery.target == CALLBACK_TARGET:
        url = await services.records.callback_url(export.id)
    else:
        url = await services.subscriptions.url(delivery.target)
    if url is None:
        return Gone("Its URL is not kept any more.")
    answer = await services.callbacks.send(export, delivery, url, services.now())
    if isinstance(answer, Gone) and delivery.target != CALLBACK_TARGET:
        await services.subscriptions.remove(delivery.target)
    return answer
