"""The index is repaired, on a real table: what was lost comes back, what is left over goes."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.exports.exceptions import SubjectBusyError
from shared.exports.export import Export, Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions.deadline import schedule_deadline_warning
from shared.exports.transitions.ending import fail
from shared.protocols import Upsert
from shared.records.export_index import index_row
from shared.records.index_keys import ExportFilter, listing_keys
from shared.records.index_queries import EXPORTS_PER_TRANSACTION, LONGEST_WRITE
from shared.records.index_repair import CHANGED_WITHIN, EXPORTS_PER_PAGE
from shared.records.maintenance_progress import RepairProgress
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NOW, SECOND, accepted, running, succeeded
from tests.fakes.in_memory_table import InMemoryTable
from tests.records.counted_records import CountedRecords, as_open
from tests.records.record_set import RecordSet, fresh

SOON = NOW + SECOND
LATER = NOW + LONGEST_WRITE + HOUR
"""By then nothing that was written at NOW is on its way any more."""


async def test_an_index_that_was_lost_comes_back(store: CountedRecords) -> None:
    saved, waits = await store.records.insert(fresh()), await store.records.insert(fresh(running()))
    kept = await store.records.insert(fresh(succeeded()))
    await store.lose_index()
    assert await store.due(SOON) == []
    assert await store.open() == []
    assert not await store.repair.is_complete()
    await store.repair.repair(NOW)
    assert await store.repair.is_complete()
    assert await store.due(SOON) == [saved.export.id]
    assert await store.open() == [as_open(saved.export), as_open(waits.export)]
    everything = sorted(each.export.id for each in (saved, waits, kept))
    assert sorted(await store.listed(ExportFilter())) == everything
    assert sorted(await store.listed(ExportFilter(requested_by=CALLER))) == everything
    with pytest.raises(SubjectBusyError):
        await store.records.insert(replace(saved.export, id=new_export_id(), unsaved=accepted().unsaved))
    assert kept.export.next_step_at is not None
    await store.repair.repair(kept.export.next_step_at - DAY)
    assert kept.export.id in await store.due(kept.export.next_step_at + SECOND)


def awaiting() -> Export:
    """One that has succeeded and awaits its hand-over."""
    export = fresh(replace(succeeded(), awaits_handover=True))
    return schedule_deadline_warning(export, NOW, LIMITS.due_soon)


async def test_who_awaits_a_hand_over_is_counted_again_once_the_index_has_come_back(store: CountedRecords) -> None:
    saved = (await store.records.insert(awaiting())).export
    await store.records.insert(fresh(succeeded()))
    await store.repair.repair(NOW)
    assert await store.open() == [as_open(saved)]
    for key in await store.index_keys():
        if "handover-due|" in key:
            await store.index.remove(key)
    assert await store.open() == []
    assert saved.warn_at is not None
    await store.repair.repair(saved.warn_at - DAY)
    assert await store.open() == [as_open(saved)]
    assert await store.listed(ExportFilter(awaits_handover=True, requested_by=CALLER)) == [saved.id]


@pytest.mark.parametrize("export", [running(), succeeded()], ids=["open", "awaiting"])
async def test_what_a_process_left_that_died_while_it_moved_a_deadline_is_taken_out(
    export: Export, store: CountedRecords
) -> None:
    awaits = export.status.is_terminal
    export = fresh(replace(export, awaits_handover=awaits, reference=new_export_id(), updated_at=NOW))
    saved = (await store.records.insert(export)).export
    for moved in (replace(saved, due_at=saved.due_at + DAY), replace(saved, paused_at=NOW)):
        await store.index.add_moved(moved, saved)
    assert len(await store.open()) == 3
    await store.repair.repair(LATER)
    assert await store.open() == [as_open(saved)]
    kept = {key for key in await store.index_keys() if not key.startswith(("step|", "whole", "claim|"))}
    assert kept == set(listing_keys(saved))


class ScannedTable(InMemoryTable):
    """A table of exports.

    Attributes:
        after_scan: what happens when the next scan is done.
    """

    after_scan: Callable[[], None] | None = None

    async def after(self, call: str) -> None:
        if call == "scan" and self.after_scan is not None:
            self.after_scan()
            self.after_scan = None


async def test_an_index_that_is_lost_while_it_is_repaired_is_repaired_again() -> None:
    exports, index = ScannedTable(), InMemoryTable()
    record_set = RecordSet(exports, index)
    saved = await record_set.records.insert(fresh())
    exports.after_scan = index.lose
    await record_set.repair.repair(NOW)
    assert not await record_set.repair.is_complete()
    await record_set.repair.repair(NOW)
    assert await record_set.repair.is_complete()
    assert [each async for each in record_set.queries.unanswered_exports()] == [as_open(saved.export)]


async def test_a_step_goes_on_while_the_index_is_lost(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.lose_index()
    ended = await store.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert await store.listed(ExportFilter(statuses=(Status.FAILED,))) == [ended.export.id]


async def test_a_hint_that_was_lost_comes_back_and_mending_again_writes_nothing(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index.remove((await store.step_keys(saved.export))[0])
    await store.repair.repair(LATER)
    assert await store.due(SOON) == [saved.export.id]
    store.calls = 0
    await store.repair.repair(LATER)
    assert store.calls == 15, "begin, three listings, hints, the scan, the mark; three listings, the one, hints; end"


async def test_an_ended_export_that_lost_an_entry_is_in_its_lists_again_the_next_day(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh(succeeded()))
    await store.repair.repair(NOW)
    # By a slow process that thinks that the export has moved on.
    await store.index.remove_moved(replace(saved.export, status=Status.RUNNING), saved.export)
    ended = ExportFilter(statuses=(Status.SUCCEEDED,))
    assert await store.listed(ended) == []
    await store.repair.repair(saved.export.updated_at + CHANGED_WITHIN)
    assert await store.listed(ended) == [saved.export.id]


async def test_an_export_that_ended_long_ago_costs_a_repair_nothing(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh(succeeded()))
    await store.repair.repair(NOW)
    store.calls = 0
    await store.repair.repair(saved.export.updated_at + CHANGED_WITHIN)
    recent, store.calls = store.calls, 0
    await store.repair.repair(saved.export.updated_at + CHANGED_WITHIN + SECOND)
    assert (recent, store.calls) == (store.calls + 2, store.calls), "to read it, and to list it"


async def test_a_hint_that_comes_after_the_step_does_not_count(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index.move_steps(await store.step_keys(saved.export), [replace(saved.export, next_step_at=NOW + DAY)])
    assert await store.due(NOW + HOUR) == []
    await store.repair.repair(NOW)
    assert await store.due(NOW + HOUR) == [saved.export.id]


async def test_rows_of_an_earlier_version_are_read_and_completed(store: CountedRecords) -> None:
    export = (await store.records.insert(fresh())).export
    for key in await store.index_keys():
        if not key.startswith(("claim|", "step|")):
            old = {"PartitionKey": "index", "RowKey": key, "exportId": export.id}
            await store.clients[1].upsert_entity(old, mode="replace")
    assert await store.open() == [replace(as_open(export), begun_at=None)]
    await store.repair.repair(LATER)
    assert await store.open() == [as_open(export)]


async def test_an_index_of_an_earlier_version_gets_the_listings_that_it_lacks(store: CountedRecords) -> None:
    saved = [await store.records.insert(fresh(export)) for export in (accepted(), running(), succeeded())]
    ids = sorted(each.export.id for each in saved)
    erased = replace(saved[2].export, next_step_at=None, erase_at=None, erased_at=NOW)
    await store.records.save(saved[2], erased)
    await store.repair.repair(NOW)
    assert await store.repair.is_complete()
    await store.index.remove("whole-2")
    for key in await store.index_keys("requester|"):
        await store.index.remove(key)
    await store.index_table.transact([Upsert({"PartitionKey": "index", "RowKey": "whole"})])
    own = ExportFilter(requested_by=CALLER)
    assert not await store.repair.is_complete()
    assert await store.listed(own) == []
    await store.repair.repair(NOW)
    assert await store.repair.is_complete()
    assert sorted(await store.listed(own)) == ids
    assert await store.listed(replace(own, statuses=(Status.SUCCEEDED,))) == [erased.id]


async def test_an_index_that_an_earlier_version_kept_after_a_rollback_is_repaired_again(store: CountedRecords) -> None:
    await store.records.insert(fresh())
    await store.repair.repair(NOW)
    await store.index_table.transact([Upsert({"PartitionKey": "index", "RowKey": "whole"})])
    assert not await store.repair.is_complete()
    await store.repair.repair(NOW)
    assert await store.repair.is_complete()
    assert await store.index_keys("whole") == ["whole-2"]


async def test_what_a_dead_process_left_in_a_list_of_open_exports_is_taken_out(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index.add_moved(replace(saved.export, status=Status.RUNNING), saved.export)
    never = fresh()
    await store.index.add(never)
    assert len(await store.open()) == 3
    await store.repair.repair(NOW + LONGEST_WRITE)
    assert len(await store.open()) == 3, "it may be on its way"
    await store.repair.repair(LATER)
    assert await store.open() == [as_open(saved.export)]


async def test_what_a_create_that_failed_and_was_repeated_later_left_is_taken_out(store: CountedRecords) -> None:
    tried = fresh()
    await store.index.add(tried)
    again, due_at = NOW + HOUR, tried.due_at + HOUR
    saved = await store.records.insert(
        replace(tried, created_at=again, begun_at=again, updated_at=again, due_at=due_at)
    )
    assert len(await store.open()) == 2
    await store.repair.repair(LATER + HOUR)
    assert await store.open() == [as_open(saved.export)]
    left = set(await store.index_keys()) & (set(listing_keys(tried)) - set(listing_keys(saved.export)))
    assert all("subject|" in key for key in left), "whom it was about is not in its entry"
    assert set(listing_keys(saved.export)) <= set(await store.index_keys())


async def test_an_export_that_never_came_can_be_listed_under_several_statuses(store: CountedRecords) -> None:
    never = fresh()
    for status in (Status.NOT_STARTED, Status.RUNNING):
        await store.index.add(replace(never, status=status))
    await store.repair.repair(LATER)
    assert await store.open() == []


async def test_of_an_export_that_never_came_nothing_is_listed_any_more(store: CountedRecords) -> None:
    await store.index.add(fresh())
    await store.repair.repair(LATER)
    prefixes = (f"requester|{CALLER}|subject|", "subject|", "step|", "whole-2")
    assert all(key.startswith(prefixes) for key in await store.index_keys()), (
        "whom it was about is not in its entry; both are passed over, and the step is moved on"
    )


async def test_two_entries_of_an_export_that_never_came_are_taken_out_together(store: CountedRecords) -> None:
    tried = fresh()
    await store.index.add(tried)
    await store.index.add(replace(tried, due_at=tried.due_at + HOUR))
    await store.repair.repair(LATER)
    assert await store.open() == []


@pytest.mark.parametrize("key", ["status-due|Running|soon|x", "status-due|NotStarted|", "step|soon|x", "step|"])
async def test_rows_with_a_key_that_cannot_be_read_are_taken_out(key: str, store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index_table.transact([Upsert(index_row(key, saved.export))])
    listed = await store.index_keys()
    await store.repair.repair(NOW)
    assert set(listed) - set(await store.index_keys()) == {key}


async def test_an_export_that_cannot_be_read_keeps_its_entries_and_does_not_keep_the_others(
    store: CountedRecords, caplog: pytest.LogCaptureFixture
) -> None:
    saved = [await store.records.insert(fresh()) for _ in range(3)]
    bad = min(each.export.id for each in saved)
    await store.exports.transact([Upsert({"PartitionKey": bad, "RowKey": "export", "status": "Paused"})])
    for each in saved:
        await store.index.remove(*await store.step_keys(each.export))
    await store.repair.repair(LATER)
    assert sorted(await store.due(SOON)) == sorted(each.export.id for each in saved if each.export.id != bad)
    assert len(await store.open()) == 3
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any(bad in warning for warning in warnings)


async def in_pieces(record_set: RecordSet, after_each: Callable[[], None]) -> int:
    """Repairs an index a page at a time, each in a process of its own; returns how many pieces that took."""
    pieces = 0
    is_done = False
    while not is_done:
        progress = (await record_set.maintenance.load()).repair
        repair = RecordSet(record_set.exports, record_set.index_table).repair
        is_done = await repair.repair(LATER, progress, lambda: True)
        pieces += 1
        after_each()
    return pieces


async def test_a_lost_index_comes_back_piece_by_piece_and_each_piece_is_of_use() -> None:
    exports, index = InMemoryTable(), InMemoryTable()
    record_set = RecordSet(exports, index)
    for number in range(2 * EXPORTS_PER_PAGE + 1):
        await record_set.records.insert(fresh(running() if number % 3 else succeeded()))
    index.lose()
    opened, complete = [], []

    def look() -> None:
        opened.append(len(index.rows("index", "status-due|Running|", "status-due|Running|~")))
        complete.append(index.row("index", "whole-2") is not None)

    pieces = await in_pieces(record_set, look)
    assert opened[:3] == sorted(opened[:3])
    assert 0 < opened[0] < opened[1] <= opened[2] == opened[-1] == 267
    assert complete == [False, False, *[True] * (pieces - 2)]
    assert (await record_set.maintenance.load()).repair is None
    assert len(index.rows("index", "all|", "all|~")) == 2 * EXPORTS_PER_PAGE + 1, "the ended ones too"


async def test_left_over_entries_are_removed_piece_by_piece() -> None:
    exports, index = InMemoryTable(), InMemoryTable()
    record_set = RecordSet(exports, index)
    for _ in range(2 * EXPORTS_PER_TRANSACTION + 1):
        await record_set.index.add(fresh(running()))
    left: list[int] = []
    pieces = await in_pieces(record_set, lambda: left.append(len(index.rows("index", "status", "status~"))))
    assert left == [2 * (EXPORTS_PER_TRANSACTION + 1), 2, 0]
    assert pieces == 3


async def test_a_place_in_the_index_is_beyond_the_scan() -> None:
    record_set = RecordSet(InMemoryTable(), InMemoryTable())
    assert await record_set.repair.repair(LATER, RepairProgress(is_scanned=True, place="status-due|Running|9"))
    assert not await record_set.repair.is_complete(), "nothing was scanned"
