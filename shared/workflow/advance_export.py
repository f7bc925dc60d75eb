"""Advances an export: reads its row, does the steps that are due, and stores what came of each.

Everything about an export is in its row, so any process can do a step, repeat it, or continue after a process that
died. After an interrupted submission, the next step finds out what became of it (`Step.RECOVER`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, QueueBusyError, StorageFailedError
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.transitions import write_grant
from shared.telemetry.spans import quiet_reads, span
from shared.workflow.step_failures import RECORDING_TIME_LIMIT, log_step_failure, record_failure
from shared.workflow.step_result import StepResult
from shared.workflow.steps.abandon_export import abandon_export
from shared.workflow.steps.await_turn import await_turn
from shared.workflow.steps.poll_operation import poll_operation
from shared.workflow.steps.prepare_attempt import prepare_attempt
from shared.workflow.steps.resolve_user import resolve_user
from shared.workflow.steps.revoke_and_erase import erase_data, finish_cancellation, revoke_grants
from shared.workflow.steps.submit_export import submit_export
from shared.workflow.store_result import save_if_changed, store_result

if TYPE_CHECKING:
    from datetime import datetime

    from shared.records.export_records import SavedExport
    from shared.services import Services

StepFunction = Callable[["SavedExport", "Services"], Awaitable[StepResult]]
"""Makes the calls of a step, and returns what came of them."""
STEP_TIME_LIMIT = timedelta(minutes=5)
"""How long a step may take. The host ends a call after `functionTimeout`, and everything else with it."""
STEPS_TIME_LIMIT = timedelta(minutes=1)
"""After this time no further step is begun, even if one is due."""
MAX_STEPS = 10
"""How many steps are done at once at most."""
_log = logging.getLogger(__name__)


async def _wait(saved: SavedExport, _services: Services) -> StepResult:
    """Nothing is due. What follows every step is done all the same: a deadline may be near."""
    return StepResult(saved, saved.export)


# A cold start submits or polls, so these steps import their modules when they are done.


async def _recover_submission(saved: SavedExport, services: Services) -> StepResult:
    from shared.workflow.steps.recover_submission import recover_submission  # noqa: PLC0415

    return await recover_submission(saved, services)


async def _check_files(saved: SavedExport, services: Services) -> StepResult:
    from shared.workflow.steps.check_files import check_files  # noqa: PLC0415

    return await check_files(saved, services)


async def _deliver_callbacks(saved: SavedExport, services: Services) -> StepResult:
    from shared.workflow.steps.deliver_callbacks import deliver_callbacks  # noqa: PLC0415

    return await deliver_callbacks(saved, services)


async def _build_package(saved: SavedExport, services: Services) -> StepResult:
    from shared.workflow.steps.build_handover_zip import build_handover_zip  # noqa: PLC0415

    return await build_handover_zip(saved, services)


async def _warn_of_handover(saved: SavedExport, services: Services) -> StepResult:
    from shared.workflow.steps.warn_of_handover import warn_of_handover  # noqa: PLC0415

    return await warn_of_handover(saved, services)


_GRANTS_REVOKED_BEFORE = frozenset({Step.CHECK, Step.CANCEL})
"""Microsoft must not be able to write any more when the files are checked, and when a cancellation is reported."""
STEPS: dict[Step, StepFunction] = {
    Step.WAIT: _wait,
    Step.RESOLVE: resolve_user,
    Step.QUEUE: await_turn,
    Step.PREPARE: prepare_attempt,
    Step.SUBMIT: submit_export,
    Step.RECOVER: _recover_submission,
    Step.POLL: poll_operation,
    Step.CHECK: _check_files,
    Step.CANCEL: finish_cancellation,
    Step.ABANDON: abandon_export,
    Step.REVOKE: revoke_grants,
    Step.NOTIFY: _deliver_callbacks,
    Step.PACKAGE: _build_package,
    Step.WARN: _warn_of_handover,
    Step.ERASE: erase_data,
}
"""The function of each step; `Step.END` has none."""
_QUIET_STEPS = frozenset({Step.WAIT, Step.END})
"""Steps without a span, because there is nothing to do. What may follow them all the same leaves its events."""


async def advance_export(export_id: str, services: Services, *, max_steps: int = MAX_STEPS) -> datetime | None:
    """Does the steps of an export that are due, one after the other.

    Whatever goes wrong in a step is recorded with the export, which says why it waits and is tried again later.

    Args:
        export_id: the id of the export.
        services: what steps work with.
        max_steps: how many steps to do at most.

    Returns:
        When to come back (a time in the past means at once); None where nothing is left to do for now, or the export
        does not exist.

    Raises:
        StorageFailedError, TimeoutError: the records can't be reached; call again later.
        UnreadableRowError: the record of the export can't be read.
    """
    with quiet_reads():  # most of what happens when nothing is due
        saved = await services.records.get(export_id)
    if saved is None:
        _log.warning("There is no export %s: its monitor ends.", export_id)
        return None
    stop_at, come_back = services.now() + STEPS_TIME_LIMIT, None
    for _ in range(max_steps):
        before = saved
        try:
            step = next_step(saved.export, services.now(), services.limits)
            saved = await (_run_step if step in _QUIET_STEPS else _trace_step)(step, saved, services)
        except QueueBusyError:
            return services.now() + services.limits.poll_floor
        except ConflictError:
            # Somebody else changed the export, and their step decides what comes next: wait a little and look again.
            await _tidy_after_conflict(export_id, services)
            return services.now() + services.limits.poll_floor
        now = services.now()
        come_back = next_look_at(saved.export, now, services.limits)
        if come_back is None or come_back > now or now >= stop_at or saved is before:
            break
    return come_back


async def _trace_step(step: Step, saved: SavedExport, services: Services) -> SavedExport:
    """Does the step in a span of its own."""
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
        return saved


async def _run_step(step: Step, saved: SavedExport, services: Services) -> SavedExport:
    """Does the step within its time limit. What it raises is recorded, except that somebody else was faster."""
    if step is Step.END:
        return saved
    try:
        async with asyncio.timeout(STEP_TIME_LIMIT.total_seconds()):
            if step in _GRANTS_REVOKED_BEFORE:
                saved = await save_if_changed(await revoke_grants(saved, services), services)
            saved = await store_result(await STEPS[step](saved, services), services)
            return saved if step is Step.REVOKE else await _revoke_after_step(saved, services)
    except (ConflictError, QueueBusyError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the export has to say that it waits for it
        failure = error
    # Not inside the handler: what recording raises goes into the monitor's history with all that it was raised from.
    return await record_failure(saved, failure, services)


async def _revoke_after_step(saved: SavedExport, services: Services) -> SavedExport:
    """Removes the policies that the step made needless. After an outage the next step does it."""
    try:
        return await save_if_changed(await revoke_grants(saved, services), services)
    except StorageFailedError as error:
        log_step_failure(saved.export.id, error)
        return saved


async def _tidy_after_conflict(export_id: str, services: Services) -> None:
    """Removes what the step may have made for nothing meanwhile.

    That is the policies of attempts that somebody else ended, and the packages of an export that somebody else erases.
    """
    try:
        async with asyncio.timeout(RECORDING_TIME_LIMIT.total_seconds()):
            saved = await services.records.get(export_id)
            if saved is None:
                return
            for attempt in write_grant.attempts_past_writing(saved.export):
                await services.containers.remove_policy(attempt.container)
            if saved.export.erasure_begun_at is not None or saved.export.erased_at is not None:
                await services.zip_blobs().erase(export_id)
    except Exception as error:  # noqa: BLE001 - whatever it is, the sweeper tries again
        log_step_failure(export_id, error)
