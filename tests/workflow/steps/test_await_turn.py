"""An export takes a slot, or a place in the queue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.fair_submission_order import SLOT_LIFETIME
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import ErrorCode, EventType, Stage, Status, StepFailureCode
from shared.exports.transitions.submission_turn import give_slot
from shared.protocols import Upsert
from shared.records.export_index import index_row
from shared.records.table_names import TableName
from shared.workflow.steps.await_turn import await_turn
from tests.exports.samples import DAY, LIMITS, NOW, accepted, ready, without_events
from tests.fakes.hooked_services import HookedServices, ProcessDied


@pytest.fixture
def fakes() -> HookedServices:
    """A deployment that may submit one export a day."""
    return HookedServices(replace(LIMITS, submissions_per_day=1))


async def test_a_slot_is_taken_at_once_if_one_is_free(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    change = await await_turn(saved, fakes.services)
    assert change.before == saved
    assert (change.export.stage, change.export.slot_at) == (Stage.PREPARING, NOW)


async def test_without_a_slot_it_waits_and_says_until_when(fakes: HookedServices) -> None:
    assert await fakes.services.queue.take_slot(NOW)
    change = await await_turn(await fakes.store(without_events(replace(ready(), slot_at=None))), fakes.services)
    assert (change.export.stage, change.export.slot_at) == (Stage.QUEUED, None)
    assert change.export.expected_at is not None
    assert timedelta() < change.export.expected_at - NOW - DAY < timedelta(minutes=30)


async def test_one_whose_last_slot_passed_unused_backs_off_and_takes_no_other(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(give_slot(accepted(), NOW)))
    fakes.pass_time(SLOT_LIFETIME)
    export = (await await_turn(saved, fakes.services)).export
    assert (export.failures, export.stage) == (1, Stage.PREPARING)
    assert export.next_step_at is not None
    assert export.next_step_at >= fakes.clock() + LIMITS.poll_floor
    (event,) = export.unsaved
    assert (event.type, event.detail["code"]) == (EventType.BACKED_OFF, StepFailureCode.STEP_INTERRUPTED)
    assert await fakes.services.queue.take_slot(fakes.clock()), "it was not taken"


async def test_after_that_it_takes_another(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(give_slot(accepted(), NOW)))
    fakes.pass_time(SLOT_LIFETIME)
    backed_off = await await_turn(saved, fakes.services)
    fakes.pass_time(DAY)
    export = (await await_turn(replace(saved, export=backed_off.export), fakes.services)).export
    assert (export.stage, export.slot_at) == (Stage.PREPARING, fakes.clock())


async def test_it_does_not_go_before_one_that_waits(fakes: HookedServices) -> None:
    await fakes.services.queue.enter(replace(accepted(), id=new_export_id()), NOW)
    change = await await_turn(await fakes.store(accepted()), fakes.services)
    assert change.export.stage is Stage.QUEUED


async def test_one_whose_process_dies_before_it_is_stored_is_in_the_queue(fakes: HookedServices) -> None:
    assert await fakes.services.queue.take_slot(NOW)
    saved = await fakes.store(accepted())
    fakes.hooks.die_after("ExportIndex.transact")
    with pytest.raises(ProcessDied):
        await await_turn(saved, fakes.services)
    fakes.hooks.clear()
    waiting = await fakes.services.queue.next_waiting(NOW + 2 * DAY)
    assert waiting is not None
    assert waiting.export_id == saved.export.id


async def test_a_duplicate_that_slipped_through_ends_and_takes_no_slot(fakes: HookedServices) -> None:
    """Two open exports of one person: the first lost its claim to the second before it was stored."""
    first = await fakes.store(accepted())
    second = replace(accepted(), id=new_export_id(), subject=replace(accepted().subject, id=new_export_id()))
    await fakes.store(second)
    claim = f"claim|{first.export.subject.type.value}|{first.export.subject.id}"
    fakes.tables[TableName.INDEX].apply([Upsert(index_row(claim, second))])
    change = await await_turn(first, fakes.services)
    assert change.export.status is Status.FAILED
    assert change.export.error is not None
    assert change.export.error.code == ErrorCode.EXPORT_IN_PROGRESS
    assert await fakes.services.queue.take_slot(NOW), "it was not taken"
