"""Advances an export by one step: reads its row, does the step that is due, and stores what came of it.

Everything about an export is in its row, so any process can do a step, repeat it, or continue after a process that
died. After an interrupted submission, the next step finds out what became of it (`Step.RECOVER`).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, QueueBusyError, StorageRefusedError
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.transitions import abandonment, callback_deliveries, deadline, failed_call, write_grant
from shared.telemetry.spans import span
from shared.workflow.step_result import StepResult
from shared.workflow.steps.await_turn import await_turn
from shared.workflow.steps.check_files import check_files
from shared.workflow.steps.deliver_callbacks import deliver_callbacks
from shared.workflow.steps.poll_operation import poll_operation
from shared.workflow.steps.prepare_attempt import prepare_attempt
from shared.workflow.steps.recover_submission import recover_submission
from shared.workflow.steps.resolve_user import resolve_user
from shared.workflow.steps.revoke_and_erase import erase_data, finish_cancellation, revoke_grants
from shared.workflow.steps.submit_export import submit_export

if TYPE_CHECKING:
    from datetime import datetime

    from shared.records.export_records import SavedExport
    from shared.services import Services

StepFunction = Callable[["SavedExport", "Services"], Awaitable[StepResult]]
"""Makes the calls of a step, and returns what came of them."""
_log = logging.getLogger(__name__)


async def _wait(saved: SavedExport, _services: Services) -> StepResult:
    """Nothing is due. What follows every step is done all the same: a deadline may be near."""
    return StepResult(saved, saved.export)


_GRANTS_REVOKED_BEFORE = frozenset({Step.CHECK, Step.CANCEL})
"""Microsoft must not be able to write any more when the files are checked, and when a cancellation is reported."""
STEPS: dict[Step, StepFunction] = {
    Step.WAIT: _wait,
    Step.RESOLVE: resolve_user,
    Step.QUEUE: await_turn,
    Step.PREPARE: prepare_attempt,
    Step.SUBMIT: submit_export,
    Step.RECOVER: recover_submission,
    Step.POLL: poll_operation,
    Step.CHECK: check_files,
    Step.CANCEL: finish_cancellation,
    Step.REVOKE: revoke_grants,
    Step.NOTIFY: deliver_callbacks,
    Step.ERASE: erase_data,
}
"""The function of each step; `Step.END` has none."""


async def advance_export(export_id: str, services: Services) -> datetime | None:
    """Does the next step of an export.

    Returns:
        When to come back (a time in the past means at once); None where the export has ended or does not exist.

    Raises:
        StorageFailedError: the records or the export account can't be reached; call again later.
    """
    saved = await services.records.get(export_id)
    if saved is None:
        _log.warning("There is no export %s: its monitor ends.", export_id)
        return None
    try:
        saved = await _trace_step(next_step(saved.export, services.now()), saved, services)
    except QueueBusyError:
        return services.now() + services.limits.poll_floor
    except ConflictError:
        # Somebody else changed the export, and their step decides what comes next: wait a little and look again.
        await _revoke_after_conflict(export_id, services)
        return services.now() + services.limits.poll_floor
    return next_look_at(saved.export, services.now(), services.limits)


async def _trace_step(step: Step, saved: SavedExport, services: Services) -> SavedExport:
    """Does the step in a span of its own, and logs that it is done."""
    before = saved.export
    attributes = {
        "export.id": before.id,
        "export.step": step.value,
        "export.stage.before": before.stage.value,
        "export.attempt": len(before.attempts),
    }
    with span(f"export {step}", attributes) as recording:
        saved = await _run_step(step, saved, services)
        recording.set_attribute("export.stage.after", saved.export.stage.value)
        recording.set_attribute("export.attempt", len(saved.export.attempts))
    _log.info("Export %s: %s.", before.id, step)
    return saved


async def _run_step(step: Step, saved: SavedExport, services: Services) -> SavedExport:
    """Does the step and what follows every step, and returns the export as it is stored now."""
    if step is Step.END:
        return saved
    if step in _GRANTS_REVOKED_BEFORE:
        saved = await _save_if_changed(await revoke_grants(saved, services), services)
    result = await _do_step(step, saved, services)
    result = _abandon_if_too_old(result, services)
    result = _warn_of_deadline(result, services)
    result = await _announce_end(result, services)
    saved = await _save_if_changed(result, services)
    if step is not Step.REVOKE:  # that step has just tried
        saved = await _save_if_changed(await revoke_grants(saved, services), services)
    return saved


async def _do_step(step: Step, saved: SavedExport, services: Services) -> StepResult:
    """What the step makes of the export; where the export account refuses, the export waits, or fails in the end.

    A step that stores a state of its own has to make the calls that can be refused before that, as `saved` is then out
    of date.
    """
    try:
        return await STEPS[step](saved, services)
    except StorageRefusedError as error:
        refused = failed_call.record_storage_refusal(saved.export, error.problem, services.now(), services.limits)
        return StepResult(saved, refused)


def _abandon_if_too_old(result: StepResult, services: Services) -> StepResult:
    return replace(result, export=abandonment.abandon_if_too_old(result.export, services.now(), services.limits))


def _warn_of_deadline(result: StepResult, services: Services) -> StepResult:
    return replace(result, export=deadline.warn_of_deadline(result.export, services.now(), services.limits.due_soon))


async def _announce_end(result: StepResult, services: Services) -> StepResult:
    """Adds the deliveries to subscribers and to the caller where the export has just ended."""
    if result.before.export.status.is_terminal or not result.export.status.is_terminal:
        return result
    subscriptions = await services.subscriptions.all()
    return replace(result, export=callback_deliveries.announce_end(result.export, subscriptions, services.now()))


async def _save_if_changed(result: StepResult, services: Services) -> SavedExport:
    if result.export == result.before.export:
        return result.before
    return await services.records.save(result.before, result.export, result.files)


async def _revoke_after_conflict(export_id: str, services: Services) -> None:
    """Removes the policies of attempts that somebody else ended: the step may have set or extended one meanwhile."""
    saved = await services.records.get(export_id)
    for attempt in () if saved is None else write_grant.attempts_past_writing(saved.export):
        with contextlib.suppress(StorageRefusedError):  # the sweeper tries again
            await services.containers.remove_policy(attempt.container)
