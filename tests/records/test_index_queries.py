"""What is due and what is open is found by the index, on a real table: all of it, and at the cost of that alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest

from shared.exports.export import Export, File, ManifestProgress, Problem
from shared.exports.states_and_codes import Status
from shared.exports.transitions import cancellation, data_erasure
from shared.exports.transitions.ending import fail
from shared.protocols import Row, Upsert
from shared.records.index_keys import ExportFilter
from shared.records.index_queries import EXPORTS_PER_TRANSACTION, LONGEST_WRITE
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW, SECOND, running, succeeded
from tests.fakes.in_memory_table import InMemoryTable
from tests.records.counted_records import CountedRecords, as_open
from tests.records.record_set import RecordSet, fresh

SOON = NOW + SECOND
LATER = NOW + LONGEST_WRITE + HOUR
"""By then nothing that was written at NOW is on its way any more."""


async def test_there_is_nothing_before_the_first_export(store: CountedRecords) -> None:
    assert await store.due(NOW) == []
    assert await store.open() == []
    assert not await store.repair.is_complete()
    await store.repair.repair(NOW)
    assert await store.repair.is_complete()


async def test_one_that_is_due_is_found_each_time_until_it_has_moved_on(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    assert await store.due(NOW) == []
    for _ in range(2):
        assert await store.due(SOON) == [saved.export.id]
    await store.poll(saved, NOW + HOUR)
    assert await store.due(SOON) == []


async def test_a_monitor_that_is_lost_while_its_poll_is_hours_away_is_found_once_that_is_due(
    store: CountedRecords,
) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    for moment in (SOON, LATER, NOW + 6 * HOUR):
        assert await store.due(moment) == []
    assert await store.due(NOW + 6 * HOUR + SECOND) == [saved.export.id]


async def test_a_poll_writes_its_row_alone_and_one_look_lists_it_anew(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh(running()))
    store.calls = 0
    await store.poll(saved, NOW + DAY)
    assert store.calls == 1
    assert await store.cost(LATER) == (7, 3), "the hint, the export, its new hint, the end; three listings"
    assert await store.cost(LATER) == (4, 1)


async def test_a_cancel_whose_process_died_is_found_at_once_though_the_poll_is_hours_away(
    store: CountedRecords,
) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    assert await store.due(LATER) == [], "it is listed for its poll alone"
    await store.records.save(saved, cancellation.request_cancellation(saved.export, CALLER, LATER))
    assert await store.due(LATER + SECOND) == [saved.export.id]


async def test_an_erasure_is_found_when_it_is_due_and_when_it_is_asked_for(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh(succeeded()))
    end = saved.export.next_step_at
    assert end is not None
    assert await store.due(end) == []
    assert await store.due(end + SECOND) == [saved.export.id]
    asked = await store.records.save(saved, data_erasure.request_erasure(saved.export, CALLER, NOW + 2 * DAY))
    assert await store.due(NOW + 3 * DAY) == [saved.export.id]
    await store.records.save(asked, data_erasure.mark_erased(asked.export, NOW + 3 * DAY))
    assert await store.due(end + DAY) == []
    assert await store.step_keys(saved.export) == []


async def test_what_comes_with_an_end_is_found_though_the_poll_was_hours_away(store: CountedRecords) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    assert await store.due(LATER) == [], "it is listed for its poll alone"
    ended = fail(saved.export, Problem("X", "x"), LATER, LIMITS)
    await store.records.save(saved, replace(ended, next_step_at=LATER))
    assert await store.due(LATER + SECOND) == [saved.export.id]


async def test_many_are_looked_at_a_transaction_at_a_time_and_each_comes_once(store: CountedRecords) -> None:
    first = (await store.records.insert(fresh())).export
    later = [replace(fresh(), next_step_at=NOW + DAY) for _ in range(EXPORTS_PER_TRANSACTION)]
    late = [first, *(fresh() for _ in range(EXPORTS_PER_TRANSACTION))]
    await asyncio.gather(*(store.put(export) for export in (*later, *late)))
    for wrong in (late, [replace(export, next_step_at=NOW - HOUR) for export in (*later, *late[:5])]):
        await store.index.move_steps([], wrong)
    assert sorted(await store.due(LATER)) == sorted(export.id for export in late)
    assert sorted(await store.due(NOW + 2 * DAY)) == sorted(export.id for export in (*late, *later))
    assert [len(await store.step_keys(export)) for export in (late[0], late[-1], later[0])] == [2, 1, 1]


async def test_what_may_be_on_its_way_is_left_alone(store: CountedRecords) -> None:
    export = fresh()
    await store.index.add(export)
    assert await store.due(NOW + LONGEST_WRITE) == []
    await store.put(fresh())  # makes the table
    await store.put(export)
    assert await store.due(NOW + LONGEST_WRITE) == [export.id]
    saved = await store.records.get(export.id)
    assert saved is not None
    waits = (await store.poll(saved, NOW + DAY)).export
    assert await store.due(LATER) == []
    sooner = cancellation.request_cancellation(waits, CALLER, LATER)
    await store.index.add_moved(sooner, waits)
    assert await store.due(LATER + MINUTE) == [], "its row is not stored yet"
    await store.put(sooner)
    assert await store.due(LATER + MINUTE) == [export.id]


async def test_what_never_came_is_forgotten_in_the_end(store: CountedRecords) -> None:
    export = fresh()
    await store.index.add(export)
    assert await store.due(LATER) == []
    assert await store.step_keys(export) == []


async def test_hints_that_somebody_else_took_away_are_no_error(store: CountedRecords) -> None:
    saved = await store.records.insert(fresh())
    (key,) = await store.step_keys(saved.export)
    await store.index.remove(key)
    await store.index.remove(key)
    await store.index.move_steps([key], [replace(saved.export, next_step_at=NOW + HOUR)])
    assert await store.step_keys(saved.export) == [], "none of it was done"


async def test_the_open_are_counted_by_the_index_and_the_ended_are_not(store: CountedRecords) -> None:
    new, later = await store.records.insert(fresh()), await store.records.insert(fresh(running()))
    ended = await store.records.insert(fresh())
    await store.records.save(ended, fail(ended.export, Problem("X", "x"), NOW, LIMITS))
    assert await store.open() == [as_open(new.export), as_open(later.export)]


async def test_a_round_costs_by_what_is_open_and_not_by_what_is_kept(store: CountedRecords) -> None:
    async def keep(count: int) -> None:
        files = [File(name=f"f{n}", size=1, md5="m", sha256="s", modified_at=NOW) for n in range(5)]
        for _ in range(count):
            saved = await store.records.insert(fresh(succeeded()))
            await store.records.save(saved, replace(saved.export, files=ManifestProgress(count=5)), files)

    await store.records.insert(fresh())
    await store.records.insert(fresh(running()))
    await keep(3)
    few = await store.cost(SOON)
    await asyncio.gather(*(keep(10) for _ in range(10)))
    assert await store.cost(SOON) == few == (6, 4), "a hint, its export, the end; three listings"
    assert store.scans == 0
    await store.repair.repair(NOW)
    assert store.scans == 1, "only that looks at every row"


async def damage(store: CountedRecords, export: Export) -> None:
    """Stores a stage that this version does not know."""
    await store.exports.transact([Upsert({"PartitionKey": export.id, "RowKey": "export", "stage": "Dreaming"})])


async def test_a_row_that_can_not_be_read_harms_itself_alone_though_it_sorts_first(
    store: CountedRecords, caplog: pytest.LogCaptureFixture
) -> None:
    bad = (await store.records.insert(replace(fresh(), next_step_at=NOW - HOUR))).export
    good = (await store.records.insert(fresh())).export
    await damage(store, bad)
    for _ in range(3):
        (page,) = [each async for each in store.queries.due_pages(LATER)]
        assert ([export.id for export in page.exports], page.unreadable) == ([good.id], 1)
    assert await store.listed(ExportFilter()) == [good.id]
    assert await store.open() == [as_open(bad), as_open(good)], "the index says so"
    assert f"The row export of {bad.id} can't be read" in caplog.text
    assert "Dreaming" not in caplog.text
    await store.repair.repair(LATER)
    assert len(await store.step_keys(bad)) == 1, "it is looked for until it is repaired"
    await store.put(bad)
    assert await store.due(LATER) == [bad.id, good.id]


async def test_a_page_of_rows_that_can_not_be_read_does_not_end_the_round(store: CountedRecords) -> None:
    good = (await store.records.insert(fresh())).export
    entry = {"PartitionKey": "index", "exportId": good.id, "since": NOW}
    rows: list[Row] = [{"RowKey": f"step|0000{number:04d}x|{good.id}"} for number in range(EXPORTS_PER_TRANSACTION)]
    rows += [
        {"RowKey": "step|"},
        {"RowKey": f"step|9|{good.id}"},
        {"RowKey": "step|0000000000001|a", "exportId": "a/b"},
        {"RowKey": "step|0000000000001|b", "exportId": 5},
        {"RowKey": "step|0000000000001|c", "since": "today"},
    ]
    await store.index_table.transact([Upsert(entry | row) for row in rows])
    pages = [each async for each in store.queries.due_pages(LATER)]
    assert [export.id for page in pages for export in page.exports] == [good.id]
    assert sum(page.unreadable for page in pages) == len(rows) - 1, "one has a time, only an early one"


async def test_a_listing_leaves_out_what_it_can_not_read(store: CountedRecords) -> None:
    exports = [(await store.records.insert(replace(fresh(), created_at=NOW + n * SECOND))).export for n in range(4)]
    await damage(store, exports[2])
    await store.index_table.transact([Upsert({"PartitionKey": "index", "RowKey": "all|0", "exportId": "x/y"})])
    first, after = await store.queries.page(ExportFilter(), None, 3)
    assert [export.id for export in first] == [exports[3].id]
    assert after is not None
    second, after = await store.queries.page(ExportFilter(), after, 3)
    assert [export.id for export in second] == [exports[1].id, exports[0].id]
    assert after is None


async def test_several_statuses_cost_a_call_each_and_one_for_each_export(store: CountedRecords) -> None:
    for n in range(6):
        export = replace(fresh(running() if n % 2 else None), created_at=NOW + n * SECOND)
        await store.records.insert(export)
    store.calls = store.rows = 0
    found, after = await store.queries.page(ExportFilter(statuses=(Status.NOT_STARTED, Status.RUNNING)), None, 4)
    assert [(export.created_at - NOW) / SECOND for export in found] == [5, 4, 3, 2]
    assert (store.calls, store.rows) == (2 + 4, 2 * 3 + 4)
    assert after is not None
    assert after.startswith("status|NotStarted|")


@pytest.mark.parametrize("top", [1, 2, 3, 5, 50])
@pytest.mark.parametrize("statuses", [(Status.NOT_STARTED, Status.RUNNING), tuple(Status)], ids=["open", "all"])
@pytest.mark.parametrize("due_before", [None, NOW + 20 * DAY], ids=["newest", "due"])
async def test_pages_of_several_statuses_are_what_one_listing_of_them_would_be(
    top: int, statuses: tuple[Status, ...], due_before: datetime | None
) -> None:
    records, random = RecordSet(InMemoryTable(), InMemoryTable()), Random(1)  # noqa: S311 - the same exports each time
    made = []
    for n in range(40):
        export = replace(
            fresh(),
            status=random.choice(list(Status)),
            created_at=NOW + n // 3 * SECOND,
            due_at=NOW + (n * 7 % 31) * DAY,
        )
        made.append((await records.records.insert(export)).export)
    wanted = ExportFilter(statuses=statuses, due_before=due_before)
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = await records.queries.page(wanted, after, top)
        assert len(page) <= top
        found += [export.id for export in page]
        if after is None:
            break
    by_due = sorted(made, key=lambda each: (each.due_at, each.id))
    newest_first = sorted(made, key=lambda each: (NOW - each.created_at, each.id))
    assert found == [each.id for each in (by_due if due_before else newest_first) if wanted.fits(each)]


async def test_an_export_that_moves_on_between_pages_is_listed_once(store: CountedRecords) -> None:
    saved = [await store.records.insert(replace(fresh(), created_at=NOW + n * SECOND)) for n in range(3)]
    wanted = ExportFilter(statuses=(Status.NOT_STARTED, Status.RUNNING))
    first, after = await store.queries.page(wanted, None, 2)
    for each in saved:
        await store.records.save(each, replace(each.export, status=Status.RUNNING))
    second, _ = await store.queries.page(wanted, after, 2)
    assert [export.id for export in (*first, *second)] == [each.export.id for each in reversed(saved)]


class MovingTable(InMemoryTable):
    """A table of the index.

    Attributes:
        between: what happens after the first listing was read.
    """

    between: Callable[[], Awaitable[object]] | None = None

    async def after(self, call: str) -> None:
        if call == "range" and self.between is not None:
            move, self.between = self.between, None
            await move()


async def test_an_export_that_moves_on_between_two_listings_is_in_one_of_them() -> None:
    index = MovingTable()
    records = RecordSet(InMemoryTable(), index)
    saved = await records.records.insert(fresh())
    index.between = lambda: records.records.save(saved, replace(saved.export, status=Status.RUNNING))
    found, _ = await records.queries.page(ExportFilter(statuses=(Status.RUNNING, Status.NOT_STARTED)), None, 5)
    assert [export.id for export in found] == [saved.export.id]


async def test_what_is_open_is_counted_without_rows_that_can_not_be_read(store: CountedRecords) -> None:
    export = (await store.records.insert(fresh())).export
    rows = [f"status-due|NotStarted|{wrong}|{export.id}" for wrong in ("soon", "9" * 30)]
    entry = {"PartitionKey": "index", "exportId": export.id}
    await store.index_table.transact([Upsert(entry | {"RowKey": key}) for key in rows])
    assert await store.open() == [as_open(export)]


async def test_a_round_can_go_on_behind_a_page(store: CountedRecords) -> None:
    exports = [replace(fresh(), next_step_at=NOW + n * SECOND) for n in range(EXPORTS_PER_TRANSACTION + 5)]
    await asyncio.gather(*(store.records.insert(export) for export in exports))
    pages = [each async for each in store.queries.due_pages(LATER)]
    ids = [[export.id for export in page.exports] for page in pages]
    assert [id_ for page in ids for id_ in page] == [export.id for export in exports]
    assert [len(page) for page in ids] == [EXPORTS_PER_TRANSACTION, 5]
    behind = [each async for each in store.queries.due_pages(LATER, pages[0].place)]
    assert [[export.id for export in page.exports] for page in behind] == ids[1:]
    assert [each async for each in store.queries.due_pages(LATER, pages[1].place)] == []
