"""Takes a slot for the next submission of an export, or gives it a place in the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import Problem
from shared.exports.states_and_codes import StepFailureCode
from shared.exports.transitions import step_failure, subject_resolution, submission_turn
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


_SLOT_WASTED = Problem(
    StepFailureCode.STEP_INTERRUPTED,
    "The turn to be submitted passed unused: the step did not end, because its process died or hung, or did not begin.",
)


async def await_turn(saved: SavedExport, services: Services) -> StepResult:
    """Takes a slot if one is free and nobody waits; otherwise the export enters the queue, or stays in it.

    If the slot that the export had passed unused, the step that was to use it has failed, and the export backs off.
    Otherwise a step that always dies would take slot after slot, and with each it would seem to be due anew: the
    reconciler would not find it late.

    If another open export of the same person has the claim on the person after all, this one ends as a duplicate.

    An export is entered before it is stored as queued. If the process dies in between, it is in the queue all the same.

    Raises:
        QueueBusyError: nothing was changed; the step is to be repeated.
        ConflictError: others ask for the same person at this moment.
    """
    if submission_turn.is_slot_wasted(saved.export, services.now()):
        failed = step_failure.record_step_failure(saved.export, _SLOT_WASTED, services.now(), services.limits)
        return StepResult(saved, failed)
    if (other := await services.claims.holder_of(saved.export)) is not None:
        duplicate = subject_resolution.fail_as_duplicate(saved.export, other, services.now(), services.limits)
        return StepResult(saved, duplicate)
    if await services.queue.take_slot(services.now()):
        return StepResult(saved, submission_turn.give_slot(saved.export, services.now()))
    expected_at = await services.queue.enter(saved.export, services.now())
    return StepResult(saved, submission_turn.join_queue(saved.export, expected_at, services.now(), services.limits))
