"""Finds what was left behind: exports whose monitor is late or gone, data whose time is over, grants and containers.

A lost start, a lost task hub or a monitor that hangs loses no export.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.durable.durable_monitors import end_monitor, start_monitor
from shared.exports.backlog_counts import Backlog, is_late
from shared.telemetry.telemetry_events import send_reconciler_heartbeat

if TYPE_CHECKING:
    from shared.services import Services

_log = logging.getLogger(__name__)
_ALIVE = {
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.ContinuedAsNew,
    OrchestrationRuntimeStatus.Suspended,
}


async def reconcile(client: DurableOrchestrationClient, services: Services) -> int:
    """Starts the monitor of every export that is overdue and has none; ends one that hangs, to start it the next time.

    Returns:
        How many were started.
    """
    now, limits = services.now(), services.settings.limits
    overdue = now - 2 * limits.poll_floor
    census, started, repaired = Backlog(now, limits.due_soon), 0, 0
    async for standing in services.records.open():
        census.count(standing)
    async for export in services.records.due_before(overdue):
        census.count_due(export)
        status = await client.get_status(export.id)
        if status.runtime_status not in _ALIVE:
            await start_monitor(client, export.id)
            started += 1
            repaired += not export.status.is_terminal
        elif is_late(export, now):
            await end_monitor(client, export.id, "It is late.")
    send_reconciler_heartbeat(
        census, started=started, repaired=repaired, submissions_per_day=limits.submissions_per_day
    )
    if not await services.records.is_index_whole():
        await services.records.mend_index(now)  # takes long, so it comes last; the next round finds what is due
    return started
