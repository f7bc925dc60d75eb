"""Removes containers and grants that outlived their exports, and deletes old Durable history."""

from __future__ import annotations

import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.exports.exceptions import ConflictError, StorageRefusedError
from shared.exports.transitions import write_grant
from shared.telemetry.telemetry_events import send_sweeper_heartbeat

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.protocols import FoundContainer
    from shared.services import Services

_log = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(days=1)
"""A container without an export may be a day old before it is removed: its row may be on its way."""
KEEP_HISTORY = timedelta(days=30)
"""How long the history of an ended monitor is kept; the trail is in the records."""
_ENDED = [
    OrchestrationRuntimeStatus.Completed,
    OrchestrationRuntimeStatus.Failed,
    OrchestrationRuntimeStatus.Terminated,
]


async def sweep(client: DurableOrchestrationClient, services: Services) -> int:
    """Removes containers without an export and grants that outlived theirs, and deletes old Durable history.

    At last, because it may take long, it enters in the index what that has lost.

    Returns:
        How many containers and grants were removed.
    """
    removed = 0
    async for found in services.containers.all():
        try:
            removed += await _tidy_container(found, services)
        except StorageRefusedError as error:
            _log.warning("The container of %s could not be tidied: %s", found.export_id, error.problem.code)
    await client.purge_instance_history_by(
        datetime(2000, 1, 1, tzinfo=UTC), services.now() - KEEP_HISTORY, runtime_status=_ENDED
    )
    await services.records.mend_index(services.now())
    send_sweeper_heartbeat(removed)
    return removed


async def _tidy_container(found: FoundContainer, services: Services) -> bool:
    """Removes what has no use of one container: all of it, or its policy. Says whether there was anything."""
    saved = await services.records.get(found.export_id)
    if saved is None or _is_orphan(saved.export, found.url):
        if found.modified_at > services.now() - ORPHAN_AGE:
            return False
        await services.containers.erase(found.url)
        return True
    attempt = next((a for a in write_grant.attempts_past_writing(saved.export) if a.container == found.url), None)
    if attempt is None or not await services.grants.is_set(found.url):
        return False
    await services.grants.remove_policy(found.url)
    with contextlib.suppress(ConflictError):  # the next sweep finds nothing to remove, and the row is its writer's
        await services.records.save(saved, write_grant.mark_grant_revoked(saved.export, attempt, services.now()))
    return True


def _is_orphan(export: Export, container: str) -> bool:
    """Whether an ended export has no use for the container: erased, or made for an attempt that never came to be."""
    known = any(attempt.container == container for attempt in export.attempts)
    return export.status.is_terminal and (export.erased_at is not None or not known)
