"""Finds what was left behind: exports whose monitor is late or gone, data whose time is over, grants and containers.

A lost start, a lost task hub or a monitor that hangs loses no export.
"""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from azure.durable_functions import OrchestrationRuntimeStatus

from shared.exports import attempts
from shared.storage.containers import StorageRefusedError
from shared.storage.records import ConflictError
from shared.workflow.monitor import MONITOR

if TYPE_CHECKING:
    from azure.durable_functions import DurableOrchestrationClient

    from shared.exports.model import Export
    from shared.services import Services
    from shared.storage.containers import Found

_log = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
"""So long after its step was due a monitor counts as hung: longer than any step and its retries take."""
ORPHAN_AGE = timedelta(days=1)
"""A container without an export may be a day old before it is removed: its row may be on its way."""
KEEP_HISTORY = timedelta(days=30)
"""How long the history of an ended monitor is kept; the trail is in the records."""
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


async def start_missing_monitors(client: DurableOrchestrationClient, services: Services) -> int:
    """Starts the monitor of every export that is overdue and has none; ends one that hangs, to start it the next time.

    Returns:
        How many were started.
    """
    now, started = services.now(), 0
    async for export_id, due in services.records.due_before(now - 2 * services.settings.rules.poll_floor):
        status = await client.get_status(export_id)
        if status.runtime_status not in _ALIVE:
            await start_monitor(client, export_id)
            started += 1
        elif due < now - LATE:
            await end_monitor(client, export_id, "It is late.")
    return started


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


async def sweep(client: DurableOrchestrationClient, services: Services) -> int:
    """Removes containers without an export and grants that outlived theirs, and deletes old Durable history.

    Exports that are late and not in the index are listed there again, for `start_missing_monitors` to find.

    Returns:
        How many containers and grants were removed.
    """
    removed = 0
    await services.records.list_late(services.now() - LATE)
    async for found in services.containers.all():
        try:
            removed += await _tidy(found, services)
        except StorageRefusedError as error:
            _log.warning("The container of %s could not be tidied: %s", found.export_id, error.problem.code)
    await client.purge_instance_history_by(
        datetime(2000, 1, 1, tzinfo=UTC), services.now() - KEEP_HISTORY, runtime_status=_ENDED
    )
    return removed


async def _tidy(found: Found, services: Services) -> bool:
    """Removes what has no use of one container: all of it, or its policy. Says whether there was anything."""
    saved = await services.records.get(found.export_id)
    if saved is None or _is_orphan(saved.export, found.url):
        if found.modified_at > services.now() - ORPHAN_AGE:
            return False
        await services.containers.erase(found.url)
        return True
    attempt = next((a for a in attempts.over(saved.export) if a.container == found.url), None)
    if attempt is None or not await services.grants.is_set(found.url):
        return False
    await services.grants.remove_policy(found.url)
    with contextlib.suppress(ConflictError):  # the next sweep finds nothing to remove, and the row is its writer's
        await services.records.save(saved, attempts.revoked(saved.export, attempt, services.now()))
    return True


def _is_orphan(export: Export, container: str) -> bool:
    """Whether an ended export has no use for the container: erased, or made for an attempt that never came to be."""
    known = any(attempt.container == container for attempt in export.attempts)
    return export.status.is_terminal and (export.erased_at is not None or not known)
