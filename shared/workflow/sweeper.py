"""Removes once a day what processes that died have left: containers, grants, index entries; and old Durable history."""

from __future__ import annotations

import contextlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, StorageRefusedError
from shared.exports.transitions import write_grant
from shared.telemetry.telemetry_events import send_sweeper_heartbeat

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.exports.export import Export
    from shared.protocols import FoundContainer, Monitors
    from shared.services import Services

_log = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(days=1)
"""A container that no export has is removed at this age; a younger one may be about to be recorded."""
KEEP_HISTORY = timedelta(days=30)
"""How long the history of an ended monitor is kept; the audit trail is in the records."""


async def sweep(services: Services, monitors: Monitors) -> int:
    """Removes containers without an export and grants that outlived theirs, deletes old history, repairs the index.

    Returns:
        How many containers and grants were removed.
    """
    removed = 0
    async for found in _all_containers(services):
        try:
            removed += await _tidy_container(found, services)
        except StorageRefusedError as error:
            _log.warning(
                "A container of export %s can't be removed or revoked: %s", found.export_id, error.problem.code
            )
    await monitors.purge_history(services.now() - KEEP_HISTORY)
    await services.repair.repair(services.now())
    send_sweeper_heartbeat(removed)
    return removed


async def _all_containers(services: Services) -> AsyncIterator[FoundContainer]:
    page = await services.containers.list_containers(None)
    while True:
        for found in page.containers:
            yield found
        if page.marker is None:
            return
        page = await services.containers.list_containers(page.marker)


async def _tidy_container(found: FoundContainer, services: Services) -> bool:
    """Removes the container where no export has it, else its policy where that has no use; whether it removed any."""
    saved = await services.records.get(found.export_id)
    if saved is None or _is_orphan(saved.export, found.url):
        if found.modified_at > services.now() - ORPHAN_AGE:
            return False
        await services.containers.erase(found.url)
        return True
    attempt = next((a for a in write_grant.attempts_past_writing(saved.export) if a.container == found.url), None)
    if attempt is None or not await services.containers.has_policy(found.url):
        return False
    await services.containers.remove_policy(found.url)
    with contextlib.suppress(ConflictError):  # the policy is gone; it does no harm that the row lacks it
        await services.records.save(saved, write_grant.mark_grant_revoked(saved.export, attempt, services.now()))
    return True


def _is_orphan(export: Export, container_url: str) -> bool:
    """Whether an ended export has no use for the container: its data is erased, or no attempt has that container."""
    is_attempted = any(attempt.container == container_url for attempt in export.attempts)
    return export.status.is_terminal and (export.erased_at is not None or not is_attempted)
