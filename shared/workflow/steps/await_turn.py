"""Takes a slot for the next submission of an export, or gives it a place in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.transitions import subject_resolution, submission_turn
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def await_turn(saved: SavedExport, services: Services) -> StepResult:
    """Takes a slot if one is free and nobody waits; otherwise the export enters the queue, or stays in it.

    If another open export of the same person has the claim on the person after all, this one ends as a duplicate.

    An export is entered before it is stored as queued. If the process dies in between, it is in the queue all the same.

    Raises:
        QueueBusyError: nothing was changed; the step is to be repeated.
        ConflictError: others ask for the same person at this moment.
    """
    if (other := await services.claims.holder_of(saved.export)) is not None:
        duplicate = subject_resolution.fail_as_duplicate(saved.export, other, services.now(), services.limits)
        return StepResult(saved, duplicate)
    if await services.queue.take_slot(services.now()):
        return StepResult(saved, submission_turn.give_slot(saved.export, services.now()))
    expected_at = await services.queue.enter(saved.export, services.now())
    return StepResult(saved, submission_turn.join_queue(saved.export, expected_at, services.now(), services.limits))
