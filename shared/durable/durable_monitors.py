"""Starts and ends monitors on the Durable client."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.durable.monitor_orchestrator import MONITOR

if TYPE_CHECKING:
    from azure.durable_functions import DurableOrchestrationClient

_log = logging.getLogger(__name__)


async def start_monitor(client: DurableOrchestrationClient, export_id: str) -> None:
    """Starts the monitor of an export. Where that fails it is started later: what is recorded is not lost."""
    try:
        await client.start_new(MONITOR, instance_id=export_id, client_input={"exportId": export_id})
    except Exception:  # noqa: BLE001 - the SDK raises no other, for a monitor that runs already and for an outage alike
        _log.warning("The monitor of %s did not start; if it has none, it gets one within minutes.", export_id)


async def end_monitor(client: DurableOrchestrationClient, export_id: str, reason: str) -> None:
    """Ends the monitor of an export at once, where there is one; without that it would end at its next step."""
    try:
        await client.terminate(export_id, reason)
    except Exception:  # noqa: BLE001 - the SDK raises no other, for a monitor that has ended and for an outage alike
        _log.warning("The monitor of %s was not ended.", export_id)
