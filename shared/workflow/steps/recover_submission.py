"""Finds out what became of a submission whose answer was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import current_attempt
from shared.exports.transitions import lost_submission
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def recover_submission(saved: SavedExport, services: Services) -> StepResult:
    """Reads the operation id that Microsoft noted in the container, and asks Graph for that operation.

    Microsoft writes the id before it answers a submission, so an empty container was never submitted to.

    Raises:
        StorageRefusedError: the export account refuses to read the container.
    """
    export = saved.export
    noted = await services.containers.noted_operation(current_attempt(export).container)
    operation_id = None if noted is None else noted.id
    result = None if operation_id is None else await services.graph.read_operation(operation_id)
    recovered = lost_submission.apply_recovery_result(export, noted, result, services.now(), services.limits)
    return StepResult(saved, recovered)
