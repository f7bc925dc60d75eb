"""The index is repaired, on a real table: what was lost comes back, what is left over goes."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import SubjectBusyError
from shared.exports.export import Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions.ending import fail
from shared.records.index_keys import ExportFilter
from shared.records.index_queries import LONGEST_WRITE
from tests.exports.samples import DAY, HOUR, LIMITS, NOW, SECOND, accepted, running, succeeded
from tests.records.counted_records import CountedRecords, as_open
from tests.records.record_set import fresh

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
    assert sorted(await store.listed(ExportFilter())) == sorted([saved.export.id, waits.export.id]), (
        "what is due within days"
    )
    with pytest.raises(SubjectBusyError):
        await store.records.insert(replace(saved.export, id=new_export_id(), unsaved=accepted().unsaved))
    assert kept.export.next_step_at is not None
    await store.repair.repair(kept.export.next_step_at - DAY)
    assert kept.export.id in await store.due(kept.export.next_step_at + SECOND)


async def test_a_step_goes_on_while_the_index_is_lost(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.lose_index()
    ended = await store.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert await store.listed(ExportFilter(status=Status.FAILED)) == [ended.export.id]


async def test_a_hint_that_was_lost_comes_back_and_mending_again_writes_nothing(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index.remove((await store.step_keys(saved.export))[0])
    await store.repair.repair(LATER)
    assert await store.due(SOON) == [saved.export.id]
    store.calls = 0
    await store.repair.repair(LATER)
    assert store.calls == 6, "two listings, the hints, the scan, the mark, and the one that is open"


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


async def test_what_a_dead_process_left_in_a_list_of_open_exports_is_taken_out(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    await store.index.add_status(replace(saved.export, status=Status.RUNNING))
    never = fresh()
    await store.index.add(never)
    assert len(await store.open()) == 3
    await store.repair.repair(NOW + LONGEST_WRITE)
    assert len(await store.open()) == 3, "it may be on its way"
    await store.repair.repair(LATER)
    assert await store.open() == [as_open(saved.export)]
