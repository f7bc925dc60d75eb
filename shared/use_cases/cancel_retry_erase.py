"""Cancels, retries and erases exports. Each call can be repeated, and can race the monitor.

The request is recorded first, so that it is carried out whatever happens to this process. Then it is carried out.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from shared.exports.exceptions import ConflictError
from shared.exports.transitions import cancellation, data_erasure, export_retry
from shared.workflow.advance_export import advance_export

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services

_TRIES = 10
_log = logging.getLogger(__name__)


async def cancel_export(export_id: str, actor: str, services: Services) -> Export:
    """Takes Microsoft's write access away and ends the export; one that has ended stays as it is.

    Raises:
        ConflictError: others change the export all the time; nothing was done, call again.
    """
    await change_export(
        export_id, services, lambda export: cancellation.request_cancellation(export, actor, services.now())
    )
    return await _carry_out(export_id, services)


async def retry_export(export_id: str, actor: str, services: Services) -> Export:
    """Opens a failed or canceled export for another attempt; its monitor is the caller's to start.

    Raises:
        NotPossibleError: it succeeded, or the person was never found.
        SubjectBusyError: another export of the person is open.
        ConflictError: as for `cancel`.
    """
    saved = await _get(export_id, services)
    again = export_retry.reopen(saved.export, actor, services.now())
    if again != saved.export:
        await services.records.enter(again)
    return await change_export(export_id, services, lambda export: export_retry.reopen(export, actor, services.now()))


async def erase_export(export_id: str, actor: str, services: Services) -> Export:
    """Erases the exported data of an ended export; its row and trail stay.

    Raises:
        NotPossibleError: it has not ended.
        ConflictError: as for `cancel`.
    """
    await change_export(export_id, services, lambda export: data_erasure.request_erasure(export, actor, services.now()))
    return await _carry_out(export_id, services)


async def change_export(export_id: str, services: Services, move: Callable[[Export], Export]) -> Export:
    """Stores what `move` makes of the export, which it may be asked for again if others change it meanwhile.

    Raises:
        ConflictError: others change the export all the time; nothing was done, call again.
    """
    for _ in range(_TRIES):
        saved = await _get(export_id, services)
        export = move(saved.export)
        if export == saved.export:
            return export
        try:
            return (await services.records.save(saved, export)).export
        except ConflictError:
            continue
    raise ConflictError(export_id)


async def _carry_out(export_id: str, services: Services) -> Export:
    """Does at once what is recorded. Where storage fails now, the reconciler sees to it."""
    try:
        await advance_export(export_id, services)
    except AzureError as error:
        _log.warning("Export %s: what was asked for is done later (%s).", export_id, type(error).__name__)
    return (await _get(export_id, services)).export


async def _get(export_id: str, services: Services) -> SavedExport:
    saved = await services.records.get(export_id)
    if saved is None:
        raise LookupError(export_id)
    return saved
