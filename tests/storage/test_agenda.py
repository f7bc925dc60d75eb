"""What is due and what is open is found by the index, on a real table: all of it, and at the cost of that alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote_plus

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline import PipelineResponse
from azure.data.tables.aio import TableClient

from local.stack.azurite import Azurite
from shared.exports.backlog_counts import OpenExport
from shared.exports.exceptions import SubjectBusyError
from shared.exports.export import Export, File, ManifestProgress, Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions import cancellation, data_erasure
from shared.exports.transitions.ending import fail
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords, SavedExport
from shared.records.export_rows import to_export_row
from shared.records.index_keys import ExportFilter
from shared.records.index_queries import EXPORTS_PER_TRANSACTION, LONGEST_WRITE
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW, SECOND, accepted, running, succeeded
from tests.storage.test_records import fresh

SOON = NOW + SECOND
LATER = NOW + LONGEST_WRITE + HOUR
"""By then nothing that was written at NOW is on its way any more."""


class Store:
    """Records in tables of their own; every answer to a call is counted, every row in it, and every scan of a table."""

    def __init__(self, azurite: Azurite) -> None:
        self.calls = self.rows = self.scans = 0
        name = f"T{new_export_id().replace('-', '')}"
        self.table, self.index_table = self._client(azurite, name), self._client(azurite, f"{name}i")
        self.index = ExportIndex(self.index_table)
        self.records = ExportRecords(self.table, self.index)

    def _client(self, azurite: Azurite, name: str) -> TableClient:
        return TableClient(
            azurite.table_endpoint,
            name,
            credential=AzureNamedKeyCredential(azurite.records_account, azurite.records_key),
            connection_verify=str(azurite.ca_bundle),
            raw_response_hook=self._count,
        )

    def _count(self, response: PipelineResponse) -> None:  # type: ignore[type-arg]  # of the SDK's own types
        self.calls += 1
        query = unquote_plus(response.http_request.url).partition("?")[2]
        self.scans += "RowKey" in query and "PartitionKey eq" not in query
        if response.http_request.method == "GET" and response.http_response.status_code == 200:
            self.rows += len(json.loads(response.http_response.text()).get("value", [None]))

    async def cost(self, moment: datetime) -> tuple[int, int]:
        """The calls and rows of one round."""
        self.calls = self.rows = 0
        await self.due(moment)
        await self.standings()
        return self.calls, self.rows

    async def due(self, moment: datetime) -> list[str]:
        return [export.id async for export in self.records.due_before(moment)]

    async def standings(self) -> list[OpenExport]:
        return [standing async for standing in self.records.open()]

    async def poll(self, saved: SavedExport, at: datetime) -> SavedExport:
        export = replace(saved.export, polls=saved.export.polls + 1, next_step_at=at, updated_at=NOW)
        return await self.records.save(saved, export)

    async def hints(self, export: Export) -> list[str]:
        keys = [row["RowKey"] async for row in self.index_table.list_entities() if row.get("exportId") == export.id]
        return [key for key in keys if key.startswith("step|")]


@pytest.fixture
async def store(azurite: Azurite) -> AsyncIterator[Store]:
    made = Store(azurite)
    async with made.table, made.index_table:
        yield made


async def listed(store: Store, query: ExportFilter) -> list[str]:
    return [export.id for export in (await store.records.page(query, None, 100))[0]]


def standing(export: Export) -> OpenExport:
    return OpenExport(status=export.status, due_at=export.due_at, begun_at=export.begun_at)


async def test_there_is_nothing_before_the_first_export(store: Store) -> None:
    assert await store.due(NOW) == []
    assert await store.standings() == []
    await store.records.mend_index(NOW)
    assert not await store.records.is_index_whole()


async def test_one_that_is_due_is_found_each_time_until_it_has_moved_on(store: Store) -> None:
    saved = await store.records.insert(fresh())
    assert await store.due(NOW) == []
    for _ in range(2):
        assert await store.due(SOON) == [saved.export.id]
    await store.poll(saved, NOW + HOUR)
    assert await store.due(SOON) == []


async def test_a_monitor_that_is_lost_while_its_poll_is_hours_away_is_found_once_that_is_due(store: Store) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    for moment in (SOON, LATER, NOW + 6 * HOUR):
        assert await store.due(moment) == []
    assert await store.due(NOW + 6 * HOUR + SECOND) == [saved.export.id]


async def test_a_poll_writes_its_row_alone_and_one_look_lists_it_anew(store: Store) -> None:
    saved = await store.records.insert(fresh(running()))
    store.calls = 0
    await store.poll(saved, NOW + DAY)
    assert store.calls == 1
    assert await store.cost(LATER) == (6, 3), "the hint, the export, its new hint, the end; two listings"
    assert await store.cost(LATER) == (3, 1)


async def test_a_cancel_whose_process_died_is_found_at_once_though_the_poll_is_hours_away(store: Store) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    assert await store.due(LATER) == [], "it is listed for its poll alone"
    await store.records.save(saved, cancellation.request_cancellation(saved.export, CALLER, LATER))
    assert await store.due(LATER + SECOND) == [saved.export.id]


async def test_an_erasure_is_found_when_it_is_due_and_when_it_is_asked_for(store: Store) -> None:
    saved = await store.records.insert(fresh(succeeded()))
    end = saved.export.next_step_at
    assert end is not None
    assert await store.due(end) == []
    assert await store.due(end + SECOND) == [saved.export.id]
    asked = await store.records.save(saved, data_erasure.request_erasure(saved.export, CALLER, NOW + 2 * DAY))
    assert await store.due(NOW + 3 * DAY) == [saved.export.id]
    await store.records.save(asked, data_erasure.mark_erased(asked.export, NOW + 3 * DAY))
    assert await store.due(end + DAY) == []
    assert await store.hints(saved.export) == []


async def test_what_comes_with_an_end_is_found_though_the_poll_was_hours_away(store: Store) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + 6 * HOUR)
    assert await store.due(LATER) == [], "it is listed for its poll alone"
    ended = fail(saved.export, Problem("X", "x"), LATER, LIMITS)
    await store.records.save(saved, replace(ended, next_step_at=LATER))
    assert await store.due(LATER + SECOND) == [saved.export.id]


async def test_many_are_looked_at_a_transaction_at_a_time_and_each_comes_once(store: Store) -> None:
    first = (await store.records.insert(fresh())).export
    later = [replace(fresh(), next_step_at=NOW + DAY) for _ in range(EXPORTS_PER_TRANSACTION)]
    late = [first, *(fresh() for _ in range(EXPORTS_PER_TRANSACTION))]
    await asyncio.gather(*(store.table.upsert_entity(to_export_row(export)) for export in (*later, *late)))
    for wrong in (late, [replace(export, next_step_at=NOW - HOUR) for export in (*later, *late[:5])]):
        await store.index.move_steps([], wrong)
    assert sorted(await store.due(LATER)) == sorted(export.id for export in late)
    assert sorted(await store.due(NOW + 2 * DAY)) == sorted(export.id for export in (*late, *later))
    assert [len(await store.hints(export)) for export in (late[0], late[-1], later[0])] == [2, 1, 1]


async def test_what_may_be_on_its_way_is_left_alone(store: Store) -> None:
    export = fresh()
    await store.index.enter(export, claim=False)
    assert await store.due(NOW + LONGEST_WRITE) == []
    await store.records.rehearse()  # makes the table
    await store.table.upsert_entity(to_export_row(export))
    assert await store.due(NOW + LONGEST_WRITE) == [export.id]
    saved = await store.records.get(export.id)
    assert saved is not None
    waits = (await store.poll(saved, NOW + DAY)).export
    assert await store.due(LATER) == []
    sooner = cancellation.request_cancellation(waits, CALLER, LATER)
    await store.index.enter_step(sooner)
    assert await store.due(LATER + MINUTE) == [], "its row is not stored yet"
    await store.table.upsert_entity(to_export_row(sooner))
    assert await store.due(LATER + MINUTE) == [export.id]


async def test_what_never_came_is_forgotten_in_the_end(store: Store) -> None:
    export = fresh()
    await store.index.enter(export, claim=False)
    assert await store.due(LATER) == []
    assert await store.hints(export) == []


async def test_hints_that_somebody_else_took_away_are_no_error(store: Store) -> None:
    saved = await store.records.insert(fresh())
    (key,) = await store.hints(saved.export)
    await store.index.remove(key)
    await store.index.remove(key)
    await store.index.move_steps([key], [replace(saved.export, next_step_at=NOW + HOUR)])
    assert await store.hints(saved.export) == [], "none of it was done"


async def test_the_open_are_counted_by_the_index_and_the_ended_are_not(store: Store) -> None:
    new, later = await store.records.insert(fresh()), await store.records.insert(fresh(running()))
    ended = await store.records.insert(fresh())
    await store.records.save(ended, fail(ended.export, Problem("X", "x"), NOW, LIMITS))
    assert await store.standings() == [standing(new.export), standing(later.export)]


async def test_a_round_costs_by_what_is_open_and_not_by_what_is_kept(store: Store) -> None:
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
    assert await store.cost(SOON) == few == (5, 4), "a hint, its export, the end; two listings of one"
    assert store.scans == 0
    await store.records.mend_index(NOW)
    assert store.scans == 1, "only that looks at every row"


async def test_an_index_that_was_lost_comes_back(store: Store) -> None:
    saved, waits = await store.records.insert(fresh()), await store.records.insert(fresh(running()))
    kept = await store.records.insert(fresh(succeeded()))
    await store.index_table.delete_table()
    assert await store.due(SOON) == []
    assert await store.standings() == []
    assert not await store.records.is_index_whole()
    await store.records.mend_index(NOW)
    assert await store.records.is_index_whole()
    assert await store.due(SOON) == [saved.export.id]
    assert await store.standings() == [standing(saved.export), standing(waits.export)]
    assert sorted(await listed(store, ExportFilter())) == sorted([saved.export.id, waits.export.id]), (
        "what is due within days"
    )
    with pytest.raises(SubjectBusyError):
        await store.records.insert(replace(saved.export, id=new_export_id(), unsaved=accepted().unsaved))
    assert kept.export.next_step_at is not None
    await store.records.mend_index(kept.export.next_step_at - DAY)
    assert kept.export.id in await store.due(kept.export.next_step_at + SECOND)


async def test_a_step_goes_on_while_the_index_is_lost(store: Store) -> None:
    saved = await store.records.insert(fresh())
    await store.index_table.delete_table()
    ended = await store.records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert await listed(store, ExportFilter(status=Status.FAILED)) == [ended.export.id]


async def test_a_hint_that_was_lost_comes_back_and_mending_again_writes_nothing(store: Store) -> None:
    saved = await store.records.insert(fresh())
    await store.index.remove((await store.hints(saved.export))[0])
    await store.records.mend_index(LATER)
    assert await store.due(SOON) == [saved.export.id]
    store.calls = 0
    await store.records.mend_index(LATER)
    assert store.calls == 6, "two listings, the hints, the scan, the mark, and the one that is open"


async def test_a_hint_that_comes_after_the_step_does_not_count(store: Store) -> None:
    saved = await store.records.insert(fresh())
    await store.index.move_steps(await store.hints(saved.export), [replace(saved.export, next_step_at=NOW + DAY)])
    assert await store.due(NOW + HOUR) == []
    await store.records.mend_index(NOW)
    assert await store.due(NOW + HOUR) == [saved.export.id]


async def test_rows_of_an_earlier_version_are_read_and_completed(store: Store) -> None:
    export = (await store.records.insert(fresh())).export
    async for row in store.index_table.list_entities():
        old = {name: row[name] for name in ("PartitionKey", "RowKey", "exportId")}
        if not row["RowKey"].startswith(("claim|", "step|")):
            await store.index_table.upsert_entity(old, mode="replace")
    assert await store.standings() == [replace(standing(export), begun_at=None)]
    await store.records.mend_index(LATER)
    assert await store.standings() == [standing(export)]


async def test_what_a_dead_process_left_in_a_list_of_open_exports_is_taken_out(store: Store) -> None:
    saved = await store.records.insert(fresh())
    await store.index.enter_status(replace(saved.export, status=Status.RUNNING))
    never = fresh()
    await store.index.enter(never, claim=False)
    assert len(await store.standings()) == 3
    await store.records.mend_index(NOW + LONGEST_WRITE)
    assert len(await store.standings()) == 3, "it may be on its way"
    await store.records.mend_index(LATER)
    assert await store.standings() == [standing(saved.export)]
