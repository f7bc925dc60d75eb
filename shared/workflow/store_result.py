"""Stores what a step made of an export, and what every step may bring: deadline warnings, deliveries of an end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError
from shared.exports.transitions import abandonment, callback_deliveries, deadline, failed_call

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services
    from shared.workflow.step_result import StepResult


async def store_result(result: StepResult, services: Services) -> SavedExport:
    """Stores the new state if it differs from the one before, and returns the export as it is stored now.

    Raises:
        ConflictError: the export is no longer in the state before, and the step can't record its work again; nothing
            was stored.
        RowTooLargeError: the new state is larger than storage takes; nothing was stored.
        StorageFailedError: the records can't be reached.
    """
    try:
        return await _store(result, services)
    except ConflictError:
        if result.record_again is None:
            raise
    present = await services.records.get(result.before.export.id)
    if present is None:
        raise ConflictError(result.before.export.id)
    return await _store(replace(result, before=present, export=result.record_again(present.export)), services)


async def _store(result: StepResult, services: Services) -> SavedExport:
    limits = services.limits
    export = deadline.warn_of_deadline(result.export, services.now(), limits.due_soon)
    export = failed_call.clear_wait_reason(abandonment.wake_to_abandon(export, limits))
    if export.status.is_terminal and not result.before.export.status.is_terminal:
        export = await _announce_end(export, services)
    return await save_if_changed(replace(result, export=export), services)


async def save_if_changed(result: StepResult, services: Services) -> SavedExport:
    """Stores the new state as it is, if it differs from the one before; raises as `store_result`."""
    if result.export == result.before.export:
        return result.before
    return await services.records.save(result.before, result.export, result.files, result.changed_files)


async def _announce_end(export: Export, services: Services) -> Export:
    """Adds the deliveries to subscribers and to the caller."""
    subscriptions = await services.subscriptions.all()
    return callback_deliveries.announce_end(export, subscriptions, services.now())
