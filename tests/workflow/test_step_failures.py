"""A failed step is recorded on the state that it began with, and on no newer one."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, StorageFailedError
from shared.exports.states_and_codes import ErrorCode, EventType, Status
from shared.protocols import RowTooLargeError
from shared.workflow.step_failures import record_failure, record_interrupted_step
from tests.exports.samples import DAY, LIMITS, NOW, complete, running, succeeded, without_events
from tests.fakes.hooked_services import HookedServices

OUTAGE = StorageFailedError("ServerBusy")


async def test_a_newer_state_stands(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    newer = await fakes.services.records.save(saved, replace(saved.export, progress=0.5))
    assert await record_failure(saved, OUTAGE, fakes.services) == newer
    assert (await fakes.stored(newer.export.id)).export.failures == 0


async def test_a_state_that_changes_at_this_moment_is_a_conflict(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))

    async def win() -> None:
        fakes.hooks.clear()
        await fakes.services.records.save(saved, replace(saved.export, progress=0.5))

    fakes.hooks.before["Exports.transact"] = win
    with pytest.raises(ConflictError):
        await record_failure(saved, OUTAGE, fakes.services)


async def test_records_that_are_away_leave_nothing_to_record_on(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    fakes.hooks.fail("Exports.get")
    with pytest.raises(StorageFailedError):
        await record_failure(saved, OUTAGE, fakes.services)


async def test_a_step_that_never_ended_is_told_of_and_backed_off(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    saved = await fakes.store(without_events(complete()))
    fakes.clock.now = NOW + DAY + DAY
    recorded = await record_interrupted_step(saved, fakes.services)
    assert recorded.export.wait_reason == "The step did not end: its process died or hung."
    assert recorded.export.next_step_at is not None
    assert recorded.export.next_step_at >= fakes.clock() + LIMITS.poll_floor
    assert recorded.export.files is not None
    assert recorded.export.files.tries == 1
    event = (await fakes.services.records.events(saved.export.id))[-1]
    assert (event.type, event.detail["code"]) == (EventType.BACKED_OFF, "StepInterrupted")
    assert [record.levelname for record in caplog.records if "did not end" in record.getMessage()] == ["ERROR"]


async def test_an_export_whose_steps_never_end_is_ended_at_the_age_limit(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    fakes.clock.now = NOW + LIMITS.abandon_after
    assert (await record_interrupted_step(saved, fakes.services)).export.status is Status.FAILED


async def test_an_ended_export_is_postponed(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(succeeded(now=NOW)))
    fakes.clock.now = NOW + LIMITS.retain_for
    recorded = await record_interrupted_step(saved, fakes.services)
    assert recorded.export.erase_at is not None
    assert recorded.export.erase_at > fakes.clock()


async def test_an_export_whose_steps_never_end_and_whose_row_can_not_be_stored_ends(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))

    async def outgrow() -> None:
        fakes.hooks.clear()
        raise RowTooLargeError("PropertyValueTooLarge")

    fakes.hooks.before["Exports.transact"] = outgrow
    recorded = await record_interrupted_step(saved, fakes.services)
    assert recorded.export.error is not None
    assert recorded.export.error.code == ErrorCode.RECORD_TOO_LARGE
