"""Records that the person has been answered, and reports that to the subscriptions that ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.transitions import callback_deliveries, handover_to_person
from shared.use_cases.change_export import change_export

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import HandoverMethod
    from shared.protocols import Monitors
    from shared.services import Services


async def hand_over_export(
    export_id: str,
    handed_over_at: datetime | None,
    method: HandoverMethod | None,
    actor: str,
    services: Services,
    monitors: Monitors,
) -> Export:
    """Records the hand-over of an ended export. The same call again changes nothing.

    It is stored together with the callbacks that report it. The monitor sends them.

    Args:
        export_id: the export.
        handed_over_at: when the person got the answer; None for now.
        method: how; None if the caller does not say.
        actor: the caller.
        services: where the export is stored.
        monitors: starts the monitor, if there is something to send. If that fails, the reconciler does it later.

    Raises:
        NotPossibleError: the export is open, or another hand-over of it is recorded.
        ImpossibleHandoverError: the time is before the receipt of the request, or in the future.
        ConflictError: somebody else changed the export at every try; nothing was stored.
        LookupError: there is no such export.
    """
    subscriptions = await services.subscriptions.all()

    def record(export: Export) -> Export:
        now = services.now()
        recorded = handover_to_person.record_handover(export, handed_over_at, method, actor, now)
        if recorded == export:
            return export
        return callback_deliveries.announce_handover(recorded, subscriptions, now)

    export = await change_export(export_id, services, record)
    if callback_deliveries.due_deliveries(export, services.now()):
        await monitors.start(export.id)
    return export
