"""Polls the operation in Graph, and extends the write grant while Microsoft is exporting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.export import Export, ExportWarning, current_attempt, is_running
from shared.exports.grant_lifetime import extended_expiry
from shared.exports.states_and_codes import WarningCode
from shared.exports.transitions import operation_answer, write_grant
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def poll_operation(saved: SavedExport, services: Services) -> StepResult:
    """Reads how far the operation is."""
    export = saved.export
    result = await services.graph.read_operation(current_attempt(export).operation_id or "")
    polled = operation_answer.apply_operation_result(export, result, services.now(), services.limits)
    return StepResult(saved, await _extend_grant(polled, services) if is_running(polled) else polled)


async def _extend_grant(export: Export, services: Services) -> Export:
    """Extends a stored policy that ends within days. A failure is a warning: the present policy still holds."""
    attempt, now = current_attempt(export), services.now()
    expires_at = extended_expiry(attempt.grant, now)
    if expires_at is None:
        return export
    try:
        await services.containers.set_policy(attempt.container, expires_at, services.now())
    except (StorageRefusedError, StorageFailedError) as error:
        message = error.problem.message if isinstance(error, StorageRefusedError) else f"Storage failed ({error.code})."
        warning = ExportWarning(WarningCode.GRANT_NOT_EXTENDED, message)
        return add_warning(export, warning, services.now())
    return write_grant.extend_grant(export, expires_at, services.now())
