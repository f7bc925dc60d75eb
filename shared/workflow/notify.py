"""Carries out the deliveries of an ended export that are due. Each may be done again: the receiver sees the same id."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports import deliveries
from shared.exports.deliveries import CALLBACK, Gone

if TYPE_CHECKING:
    from shared.exports.deliveries import DeliveryAnswer
    from shared.exports.model import Delivery, Export
    from shared.services import Services

AT_ONCE = 10
"""So many deliveries are one step, because their events are stored in one transaction."""
NOTIFY_TIME = timedelta(seconds=20)
"""After this long a step begins no further one: what was told and is not stored would be told again."""


async def notified(export: Export, services: Services) -> Export:
    """Tells receivers whose time has come, as many as one step may, and gives the export with what came of it."""
    until = services.now() + NOTIFY_TIME
    for delivery in deliveries.due(export, services.now())[:AT_ONCE]:
        answer = await _deliver(export, delivery, services)
        export = deliveries.answered(export, delivery, answer, services.now(), services.settings.rules)
        if services.now() >= until:
            break
    return export


async def _deliver(export: Export, delivery: Delivery, services: Services) -> DeliveryAnswer:
    if delivery.target == CALLBACK:
        url = await services.records.callback_url(export.id)
    else:
        url = await services.subscriptions.url(delivery.target)
    if url is None:
        return Gone("Its URL is not kept any more.")
    answer = await services.callbacks.send(export, delivery, url, services.now())
    if isinstance(answer, Gone) and delivery.target != CALLBACK:
        await services.subscriptions.remove(delivery.target)
    return answer
