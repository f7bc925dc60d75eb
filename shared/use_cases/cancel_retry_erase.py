"""Cancels, retries and erases exports. Each call can be repeated, and can race the monitor.

The request is stored first, so that it is carried out even if this process dies. Then it is carried out at once.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.exports.states_and_codes import Status
from shared.exports.transitions import cancellation, data_erasure, export_retry, write_grant
from shared.use_cases.change_export import change_export, get_saved
from shared.workflow.advance_export import advance_export
from shared.workflow.steps.revoke_and_erase import erase_file_names

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.protocols import Monitors
    from shared.services import Services

_log = logging.getLogger(__name__)


class Command(StrEnum):
    """A command that can go on after its call. A retry can't: once the export is open again, it is carried out."""

    CANCEL = "cancel"
    ERASE = "erase"


def next_try_at(command: Command, export: Export, services: Services) -> datetime | None:
    """When a command on an export is tried again; None if nothing of it is left to do, whatever the export ended as."""
    now = services.now()
    soonest = now + services.limits.poll_floor
    if command is Command.CANCEL and cancellation.is_cancellation_pending(export):
        # Revoking after the end has no time of its own: the monitor does it at its next look.
        return soonest if export.status.is_terminal else max(export.next_step_at or soonest, soonest)
    if command is Command.ERASE and data_erasure.is_erasure_pending(export, now):
        return max(export.erase_at or soonest, soonest)
    return None


async def cancel_export(export_id: str, actor: str, services: Services, monitors: Monitors) -> Export:
    """Revokes Microsoft's write access and ends the export; an export that has ended is not changed.

    Raises:
        ConflictError: somebody else changed the export at every try; nothing was done.
    """
    await change_export(
        export_id, services, lambda export: cancellation.request_cancellation(export, actor, services.now())
    )
    export = await _carry_out(export_id, services)
    if export.status is Status.CANCELED and not write_grant.attempts_to_revoke(export):
        await monitors.end(export.id, "The export was canceled.")
    return export


async def retry_export(export_id: str, actor: str, services: Services, monitors: Monitors) -> Export:
    """Opens a failed or canceled export for another attempt, and starts its monitor.

    Raises:
        NotPossibleError: the person has been answered, the export succeeded, its person was never found, or it was
            retried too often.
        SubjectBusyError: another export of the person is open.
        ConflictError: as for `cancel_export`.
    """
    saved = await get_saved(export_id, services)
    reopened = export_retry.reopen(saved.export, actor, services.now())
    if reopened != saved.export:
        await services.claims.claim(reopened)
    export = await change_export(export_id, services, lambda export: export_retry.reopen(export, actor, services.now()))
    await monitors.start(export.id)
    return export


async def erase_export(export_id: str, actor: str, services: Services) -> Export:
    """Erases the exported data of an ended export; its row and its audit trail stay.

    Raises:
        NotPossibleError: the export has not ended.
        ConflictError: as for `cancel_export`.
    """
    export = await change_export(
        export_id, services, lambda export: data_erasure.request_erasure(export, actor, services.now())
    )
    if export.erased_at is not None:  # names of files that version 1.0.0 left behind its erasures
        await erase_file_names(export, services)
    return await _carry_out(export_id, services)


async def _carry_out(export_id: str, services: Services) -> Export:
    """Does the step that is due now. If storage fails, the monitor or the reconciler does it later."""
    try:
        await advance_export(export_id, services, max_steps=1)
    except (StorageFailedError, TimeoutError) as error:
        _log.warning("Export %s: storage failed (%s). The command is stored and carried out later.", export_id, error)
    return (await get_saved(export_id, services)).export
