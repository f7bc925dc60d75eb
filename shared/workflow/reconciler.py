"""Finds open exports whose monitor is late or gone, and starts it: a lost task hub or a lost start loses no export."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from azure.durable_functions import OrchestrationRuntimeStatus

from shared.workflow.monitor import MONITOR

if TYPE_CHECKING:
    from azure.durable_functions import DurableOrchestrationClient

    from shared.services import Services

_log = logging.getLogger(__name__)

_ALIVE = {
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.ContinuedAsNew,
    OrchestrationRuntimeStatus.Suspended,
}


async def start_missing_monitors(client: DurableOrchestrationClient, services: Services) -> int:
    """Starts the monitor of every open export that is overdue and has none.

    Returns:
        How many were started.
    """
    started = 0
    overdue = services.now() - 2 * services.settings.rules.poll_floor
    async for export_id in services.records.due_before(overdue):
        status = await client.get_status(export_id)
        if status.runtime_status not in _ALIVE:
            await start_monitor(client, export_id)
            started += 1
    return started


async def start_monitor(client: DurableOrchestrationClient, export_id: str) -> None:
    """Starts the monitor of an export. Where that fails it is started later: what is recorded is not lost."""
    try:
        await client.start_new(MONITOR, instance_id=export_id, client_input={"exportId": export_id})
    except Exception:  # noqa: BLE001 - the SDK raises no other, for a monitor that runs already and for an outage alike
        _log.warning("The monitor of %s did not start; if it has none, it gets one within minutes.", export_id)
