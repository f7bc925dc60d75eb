"""The monitors on the Durable client: starts and ends them, asks for their status, purges their history."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from azure.durable_functions import OrchestrationRuntimeStatus

from shared.durable.monitor_orchestrator import MONITOR

if TYPE_CHECKING:
    from azure.durable_functions import DurableOrchestrationClient

_log = logging.getLogger(__name__)
_ALIVE = {
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.ContinuedAsNew,
    OrchestrationRuntimeStatus.Suspended,
}
_ENDED = [
    OrchestrationRuntimeStatus.Completed,
    OrchestrationRuntimeStatus.Failed,
    OrchestrationRuntimeStatus.Terminated,
]
_RUNS_ALREADY = "already exists"
"""The host says "An Orchestration instance with the status Running already exists."; the SDK raises it as it is."""
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
"""Durable wants a beginning for what it purges."""


class DurableMonitors:
    """The monitors of exports, as instances of one orchestration; an instance has its export's id."""

    def __init__(self, client: DurableOrchestrationClient) -> None:
        """The monitors that `client` reaches."""
        self._client = client

    async def start(self, export_id: str) -> None:
        """Starts the monitor of an export, unless it runs. A failure is logged: the reconciler starts it later."""
        try:
            await self._client.start_new(MONITOR, instance_id=export_id, client_input={"exportId": export_id})
        except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower, for a running monitor and an outage alike
            if _RUNS_ALREADY in str(error):
                _log.debug("The monitor of %s runs already.", export_id)
            else:
                _log.warning("The monitor of %s did not start; if it has none, it gets one within minutes.", export_id)

    async def end(self, export_id: str, reason: str) -> None:
        """Ends the monitor of an export at once, where it has one. A failure is logged: it ends at its next step."""
        try:
            await self._client.terminate(export_id, reason)
        except Exception:  # noqa: BLE001 - the SDK raises nothing narrower, for an ended monitor and an outage alike
            _log.warning("The monitor of %s was not ended.", export_id)

    async def is_alive(self, export_id: str) -> bool:
        """Whether the export has a monitor that has not ended."""
        status = await self._client.get_status(export_id)
        return status.runtime_status in _ALIVE

    async def purge_history(self, before: datetime) -> None:
        """Deletes the history of monitors that were created before that time and have ended."""
        await self._client.purge_instance_history_by(_BEFORE_ALL, before, runtime_status=_ENDED)
