"""Records that a step failed, whatever the reason: the export waits and says why, and the step is done again later."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.export import Problem
from shared.exports.states_and_codes import StepFailureCode
from shared.exports.transitions import abandonment, failed_call, step_failure
from shared.protocols import RowTooLargeError
from shared.workflow.failure_isolation import log_failure
from shared.workflow.step_result import StepResult
from shared.workflow.store_result import store_result

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services

RECORDING_TIME_LIMIT = timedelta(minutes=2)
"""How long recording a failure may take; with the longest step before it, the activity ends before the host ends it."""
_log = logging.getLogger(__name__)


async def record_failure(saved: SavedExport, error: Exception, services: Services) -> SavedExport:
    """Records that a step raised this error, on the export as it was before the step.

    A state that was stored since then stands, whoever stored it: it has its own next step.

    Args:
        saved: the export before the step.
        error: what the step raised; a TimeoutError means that it took too long.
        services: where it is stored.

    Returns:
        The export as it is stored now.

    Raises:
        ConflictError: the export changed at this moment.
        StorageFailedError, TimeoutError: the records can't be reached, so nothing could be recorded.
    """
    log_step_failure(saved.export.id, error)
    async with asyncio.timeout(RECORDING_TIME_LIMIT.total_seconds()):
        present = await services.records.get(saved.export.id)
        if present is None or present.etag != saved.etag:
            return present or saved
        return await store_result(StepResult(present, _after(error, present.export, services)), services)


async def record_interrupted_step(saved: SavedExport, services: Services) -> SavedExport:
    """Records that the step that is due was not done for so long that its process must have died or hung.

    An open export that is too old ends. Raises as `record_failure`.
    """
    export, now, limits = saved.export, services.now(), services.limits
    if abandonment.is_too_old(export, now, limits):
        return await store_result(StepResult(saved, abandonment.abandon(export, now, limits)), services)
    failure = Problem(StepFailureCode.STEP_INTERRUPTED, "The step did not end: its process died or hung.")
    _log.error("Export %s: the step that was due at %s did not end.", export.id, export.next_step_at)
    try:
        interrupted = step_failure.record_step_failure(export, failure, now, limits)
        return await store_result(StepResult(saved, interrupted), services)
    except RowTooLargeError as error:
        return await record_failure(saved, error, services)


def log_step_failure(export_id: str, error: Exception) -> None:
    """Logs what a step raised, without any secret."""
    log_failure(f"Export {export_id}: a step", error)


def describe_unexpected(error: Exception) -> str:
    """The reason to record for an error that nobody foresaw: its type, because its text can hold anything."""
    return f"An unexpected error of the app ({type(error).__name__})."


def _after(error: Exception, export: Export, services: Services) -> Export:
    now, limits = services.now(), services.limits
    match error:
        case StorageRefusedError() if export.status.is_terminal:
            return step_failure.record_refusal_after_end(export, error.problem, now, limits)
        case StorageRefusedError():
            return failed_call.record_storage_refusal(export, error.problem, now, limits)
        case RowTooLargeError() if not export.status.is_terminal:
            return step_failure.end_as_too_large(export, now, limits)
        case StorageFailedError():
            failure = Problem(error.code, f"A call to storage failed ({error.code}).")
        case TimeoutError():
            failure = Problem(StepFailureCode.STEP_TIMED_OUT, "The step took longer than a step may take.")
        case _:
            failure = Problem(StepFailureCode.UNEXPECTED_ERROR, describe_unexpected(error))
    return step_failure.record_step_failure(export, failure, now, limits)
