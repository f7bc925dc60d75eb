"""Slots that come free are given to the queue, whatever became of the exports in it."""

import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import Export
from shared.exports.fair_submission_order import slot_interval
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Stage, Status
from shared.exports.transitions import cancellation, step_failure
from shared.exports.transitions.deadline import Extend
from shared.exports.transitions.submission_turn import give_slot
from shared.protocols import Upsert
from shared.records.export_records import ExportRecords, SavedExport
from shared.records.submission_queue import SubmissionQueue
from shared.records.table_names import TableName
from shared.use_cases.change_deadline import change_deadline
from shared.workflow import submission_dispatcher
from shared.workflow.advance_export import advance_export
from shared.workflow.submission_dispatcher import MOST_SLOTS, dispatch_submissions
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NOW, PROBLEM, SECOND, accepted, without_events
from tests.fakes.hooked_services import HookedServices, ProcessDied

PER_DAY = 10
INTERVAL = slot_interval(PER_DAY)
OTHER_CALLER = "7a3b1c52-2222-4222-8333-944455556666"


@pytest.fixture
def fakes() -> HookedServices:
    """A deployment that may submit ten exports a day."""
    return HookedServices(replace(LIMITS, submissions_per_day=PER_DAY))


async def queued(fakes: HookedServices, count: int = 1, caller: str = CALLER) -> list[SavedExport]:
    """So many exports in the queue, in the order of their turns, with no slot free."""
    await fakes.services.queue.take_slot(fakes.clock())
    saved = []
    for number in range(count):
        export = accepted(due_at=NOW + (10 + number) * DAY)
        subject = replace(export.subject, id=new_export_id())
        stored = await fakes.store(without_events(replace(export, id=new_export_id(), caller=caller, subject=subject)))
        assert await advance_export(stored.export.id, fakes.services) is None, "the monitor ends"
        saved.append(await fakes.stored(stored.export.id))
    assert all(each.export.stage is Stage.QUEUED for each in saved)
    return saved


async def dispatch(fakes: HookedServices, now: datetime) -> int:
    fakes.clock.now = now
    return await dispatch_submissions(fakes.services, fakes.monitors)


async def place_count(fakes: HookedServices) -> int:
    return len(fakes.tables[TableName.INDEX].rows("pacer", "wait|", "wait|~"))


async def test_nothing_is_given_while_no_slot_is_free(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    assert await dispatch(fakes, NOW + HOUR) == 0
    assert await fakes.stored(waits.export.id) == waits
    assert fakes.monitors.started == []


async def test_who_is_next_gets_the_slot_and_a_monitor_that_submits(fakes: HookedServices) -> None:
    first, second = await queued(fakes, 2)
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    export = (await fakes.stored(first.export.id)).export
    assert (export.stage, export.slot_at, export.next_step_at) == (Stage.PREPARING, fakes.clock(), fakes.clock())
    assert fakes.monitors.started == [first.export.id]
    assert await place_count(fakes) == 1
    await advance_export(first.export.id, fakes.services)
    fakes.pass_time(LIMITS.poll_floor)
    await advance_export(first.export.id, fakes.services)
    assert fakes.graph.calls["submit"] == 1
    assert (await fakes.stored(second.export.id)).export.stage is Stage.QUEUED


async def test_one_call_gives_all_slots_that_are_free(fakes: HookedServices) -> None:
    fakes = HookedServices(replace(LIMITS, submissions_per_day=1000))
    for _ in range(10):
        await fakes.services.queue.take_slot(NOW)
    exports = await queued(fakes, 6)
    assert await dispatch(fakes, NOW + 4 * slot_interval(1000)) == 4
    assert fakes.monitors.started == [each.export.id for each in exports[:4]]


async def test_a_call_gives_a_hundred_at_most(fakes: HookedServices, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_SLOTS == 100
    monkeypatch.setattr(submission_dispatcher, "MOST_SLOTS", 2)
    fakes = HookedServices(replace(LIMITS, submissions_per_day=1000))
    for _ in range(10):
        await fakes.services.queue.take_slot(NOW)
    await queued(fakes, 3)
    assert await dispatch(fakes, NOW + HOUR) == 2


async def test_a_call_ends_after_a_minute(fakes: HookedServices) -> None:
    fakes = HookedServices(replace(LIMITS, submissions_per_day=1000))
    for _ in range(10):
        await fakes.services.queue.take_slot(NOW)
    await queued(fakes, 5)
    fakes.hooks.take("Exports.get", 35 * SECOND)
    assert await dispatch(fakes, NOW + HOUR) == 2


async def test_a_canceled_export_leaves_its_place_at_once(fakes: HookedServices) -> None:
    first, second = await queued(fakes, 2)
    canceling = cancellation.request_cancellation(first.export, CALLER, NOW)
    await fakes.services.records.save(first, canceling)
    assert await place_count(fakes) == 1
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert fakes.monitors.started == [second.export.id]


@pytest.mark.parametrize("left", ["gone", "canceled", "elsewhere"])
async def test_a_place_that_a_process_left_behind_costs_no_slot(left: str, fakes: HookedServices) -> None:
    first, second = await queued(fakes, 2)
    queue = fakes.services.queue
    if left == "gone":
        fakes.tables[TableName.EXPORTS].drop(first.export.id)
    else:
        fakes.hooks.die_after("Exports.transact")
        changed = cancellation.request_cancellation(first.export, CALLER, NOW)
        with pytest.raises(ProcessDied):
            await fakes.services.records.save(first, changed)
        fakes.hooks.clear()
    if left == "elsewhere":  # it is in the queue again, behind the other
        saved = await fakes.stored(first.export.id)
        later = replace(first.export, begun_at=NOW + 50 * DAY)
        await fakes.services.records.save(saved, later)
        await queue.enter(later, NOW)
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert fakes.monitors.started == [second.export.id]
    assert await place_count(fakes) == (left == "elsewhere")


async def test_one_that_is_entered_but_not_stored_as_queued_yet_gets_its_turn(fakes: HookedServices) -> None:
    await fakes.services.queue.take_slot(NOW)
    saved = await fakes.store(accepted())
    await fakes.services.queue.enter(saved.export, NOW)
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert (await fakes.stored(saved.export.id)).export.slot_at == fakes.clock()
    assert await place_count(fakes) == 0


def reads_older(monkeypatch: pytest.MonkeyPatch, older: SavedExport, times: int) -> list[SavedExport]:
    """Lets so many reads of an export return an older state, and collects these."""
    get = ExportRecords.get
    returned: list[SavedExport] = []

    async def get_older(records: ExportRecords, export_id: str) -> SavedExport | None:
        if len(returned) == times:
            return await get(records, export_id)
        returned.append(older)
        return older

    monkeypatch.setattr(ExportRecords, "get", get_older)
    return returned


async def entered(fakes: HookedServices) -> tuple[SavedExport, SavedExport]:
    """An export that is entered but not stored as queued yet: a state that needs no place, and the present one."""
    await fakes.services.queue.take_slot(NOW)
    saved = await fakes.store(accepted())
    backs_off = step_failure.record_step_failure(saved.export, PROBLEM, NOW, LIMITS)
    older = await fakes.services.records.save(saved, replace(backs_off, next_step_at=NOW + DAY))
    is_due = step_failure.record_step_failure(older.export, PROBLEM, NOW, LIMITS)
    present = await fakes.services.records.save(older, replace(is_due, next_step_at=NOW))
    await fakes.services.queue.enter(present.export, NOW)
    return older, present


@pytest.mark.parametrize("times", [1, 2])
async def test_a_read_of_a_state_older_than_the_place_costs_no_place(
    times: int, fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, present = await entered(fakes)
    reads_older(monkeypatch, older, times)
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert (await fakes.stored(present.export.id)).export.slot_at == fakes.clock()


async def test_a_place_of_an_export_that_was_lost_and_requested_again_holds_up_nobody(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, _ = await entered(fakes)
    returned = reads_older(monkeypatch, older, DAY // SECOND)
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert await place_count(fakes) == 0
    assert len(returned) == 3


async def test_one_whose_last_slot_passed_unused_loses_the_place_that_it_left_behind(fakes: HookedServices) -> None:
    """It was given a slot in its place, and the process died before it gave up the place. Its steps die too."""
    await fakes.services.queue.take_slot(NOW)
    saved = await fakes.store(without_events(give_slot(accepted(), NOW)))
    await fakes.services.queue.enter(saved.export, NOW)
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert await fakes.stored(saved.export.id) == saved
    assert await place_count(fakes) == 0


async def test_one_that_changes_meanwhile_gets_its_turn_all_the_same(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    fakes.hooks.after["Exports.get"] = changing(fakes, waits, lambda export: replace(export, progress=0.5))
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    export = (await fakes.stored(waits.export.id)).export
    assert (export.progress, export.slot_at) == (0.5, fakes.clock())


async def test_one_that_is_canceled_meanwhile_is_left_alone(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    cancel = changing(fakes, waits, lambda export: cancellation.request_cancellation(export, CALLER, NOW))
    fakes.hooks.after["Exports.get"] = cancel
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert (await fakes.stored(waits.export.id)).export.stage is Stage.CANCELING
    assert fakes.monitors.started == []


async def test_a_turn_that_another_process_gives_meanwhile_is_left_to_it(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    other = SubmissionQueue(fakes.tables[TableName.INDEX], PER_DAY)

    async def give() -> None:
        fakes.hooks.clear()
        waiting = await other.next_waiting(fakes.clock())
        assert waiting is not None
        assert await other.grant(waiting, fakes.clock())

    fakes.hooks.before["Exports.get"] = give
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert await fakes.stored(waits.export.id) == waits
    assert fakes.monitors.started == []


async def test_one_that_always_changes_keeps_its_place(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)

    async def change() -> None:
        del fakes.hooks.after["Exports.get"]
        saved = await fakes.stored(waits.export.id)
        await fakes.services.records.save(saved, replace(saved.export, polls=saved.export.polls + 1))
        fakes.hooks.after["Exports.get"] = change

    fakes.hooks.after["Exports.get"] = change
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert await place_count(fakes) == 1


async def test_one_that_can_not_be_stored_costs_one_slot_and_the_others_go_on(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    fakes = HookedServices(replace(LIMITS, submissions_per_day=1000))
    for _ in range(10):
        await fakes.services.queue.take_slot(NOW)
    first, second = await queued(fakes, 2)
    text = "sig=abcdefghij"

    async def fail() -> None:
        fakes.hooks.clear()
        raise ZeroDivisionError(text)

    fakes.hooks.before["Exports.transact"] = fail
    assert await dispatch(fakes, NOW + HOUR) == 1
    assert fakes.monitors.started == [second.export.id]
    assert (await fakes.stored(first.export.id)) == first, "it looks for itself later"
    assert await place_count(fakes) == 0
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"Export {first.export.id}: a step failed: ZeroDivisionError" in error.getMessage()
    assert text not in caplog.text


async def test_a_row_that_can_not_be_read_costs_no_slot(fakes: HookedServices) -> None:
    first, second = await queued(fakes, 2)
    row = {"PartitionKey": first.export.id, "RowKey": "export", "stage": "OfANewerVersion"}
    await fakes.tables[TableName.EXPORTS].transact([Upsert(row)])
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert fakes.monitors.started == [second.export.id]


async def test_in_an_outage_the_queue_stays_as_it_is(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    fakes.hooks.fail("Exports.transact")
    with pytest.raises(StorageFailedError):
        await dispatch(fakes, NOW + INTERVAL)
    fakes.hooks.clear()
    assert await dispatch(fakes, NOW + 2 * INTERVAL) == 1
    assert fakes.monitors.started == [waits.export.id]


async def test_processes_that_always_are_faster_are_left_to_it(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    await queued(fakes)
    other = SubmissionQueue(fakes.tables[TableName.INDEX], PER_DAY)

    async def overtake() -> None:
        fakes.hooks.clear()
        await other.enter(replace(accepted(), id=new_export_id()), NOW)
        fakes.hooks.before["ExportIndex.transact"] = overtake

    fakes.hooks.before["ExportIndex.transact"] = overtake
    assert await dispatch(fakes, NOW + INTERVAL) == 0
    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == [logging.WARNING]


async def test_one_whose_turn_did_not_come_finds_its_place_again(fakes: HookedServices) -> None:
    (waits,) = await queued(fakes)
    fakes.tables[TableName.INDEX].drop("pacer")
    fakes.tables[TableName.INDEX].apply(
        [Upsert({"PartitionKey": "pacer", "RowKey": "submissions", "nextFreeDateTime": NOW + 2 * INTERVAL})]
    )
    assert waits.export.next_step_at is not None
    fakes.clock.now = waits.export.next_step_at
    assert await advance_export(waits.export.id, fakes.services) is None
    export = (await fakes.stored(waits.export.id)).export
    assert (export.stage, export.status) == (Stage.QUEUED, Status.NOT_STARTED)
    assert await place_count(fakes) == 1
    assert export.expected_at == NOW + 2 * INTERVAL > (waits.export.expected_at or NOW) + timedelta(hours=1)


async def test_an_urgent_export_of_another_caller_goes_second_at_the_latest(fakes: HookedServices) -> None:
    await queued(fakes, 20)
    (urgent,) = await queued(fakes, 1, OTHER_CALLER)
    for number in range(1, 3):
        await dispatch(fakes, NOW + number * INTERVAL)
    assert urgent.export.id in fakes.monitors.started


def changing(
    fakes: HookedServices, saved: SavedExport, change: Callable[[Export], Export]
) -> Callable[[], Awaitable[None]]:
    """Another process that changes the export once, right after it was read."""

    async def hook() -> None:
        fakes.hooks.clear()
        await fakes.services.records.save(saved, change(saved.export))

    return hook


EXTEND = Extend(NOW + 30 * DAY, "It is complex.")


async def test_an_export_whose_deadline_moves_changes_its_place_and_leaves_none_behind(fakes: HookedServices) -> None:
    first, second = await queued(fakes, 2)
    moved = await change_deadline(first.export.id, EXTEND, CALLER, fakes.services)
    assert moved.stage is Stage.QUEUED
    assert await place_count(fakes) == 2
    assert await dispatch(fakes, NOW + INTERVAL) == 1
    assert await dispatch(fakes, NOW + 2 * INTERVAL) == 1
    assert fakes.monitors.started == [second.export.id, first.export.id]
    assert await place_count(fakes) == 0


@pytest.mark.parametrize("call", ["ExportIndex.transact", "Exports.transact"])
@pytest.mark.parametrize("calls", [1, 2])
async def test_an_export_keeps_its_turn_though_the_process_that_moved_its_deadline_died(
    fakes: HookedServices, call: str, calls: int
) -> None:
    (waits,) = await queued(fakes)
    left = calls

    async def die() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise ProcessDied

    fakes.hooks.after[call] = die
    with contextlib.suppress(ProcessDied):
        await change_deadline(waits.export.id, EXTEND, CALLER, fakes.services)
    fakes.hooks.clear()
    for number in range(1, 4):
        await dispatch(fakes, NOW + number * INTERVAL)
    assert fakes.monitors.started == [waits.export.id]
    assert await place_count(fakes) == 0
