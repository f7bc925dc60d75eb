"""The exports that are late are found by the index, on a real table: all of them, and without a look at the others."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from bench.wire import Wire
from local.azurite import Azurite
from shared.exports import endings
from shared.exports.ids import new_export_id
from shared.exports.moves import ended
from shared.storage.agenda import AT_ONCE, ON_ITS_WAY
from shared.storage.index import Index, step_key, step_time
from shared.storage.records import Records, Saved
from shared.storage.tables import Table
from tests.exports.samples import DAY, HOUR, MINUTE, NOW, RULES, SECOND, running, succeeded
from tests.storage.test_records import fresh

SOON = NOW + SECOND


class Store:
    """Records of their own in tables of their own, with every request counted."""

    def __init__(self, exports: Table, index: Table, wire: Wire) -> None:
        self.index_table = index
        self.index = Index(index)
        self.records = Records(exports, self.index)
        self.wire = wire

    async def late(self, moment: datetime) -> dict[str, datetime]:
        return {export_id: due async for export_id, due in self.records.due_before(moment)}

    async def requests(self, moment: datetime) -> int:
        self.wire.take()
        await self.late(moment)
        return len(self.wire.take())

    async def poll(self, saved: Saved, at: datetime) -> Saved:
        return await self.records.save(saved, replace(saved.export, polls=saved.export.polls + 1, next_step_at=at))


@pytest.fixture
async def store(azurite: Azurite) -> AsyncIterator[Store]:
    wire, name = Wire(), f"T{new_export_id().replace('-', '')}"
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    endpoint = azurite.table_endpoint
    async with (
        Table(endpoint, name, credential=credential, transport=wire.transport("table", azurite.ca_bundle)) as exports,
        Table(
            endpoint, f"{name}i", credential=credential, transport=wire.transport("table", azurite.ca_bundle)
        ) as index,
    ):
        yield Store(exports, index, wire)


async def test_there_is_nothing_before_the_first_export(store: Store) -> None:
    assert await store.late(NOW) == {}
    await store.records.list_late(NOW)


async def test_one_that_is_late_is_found_each_time_until_it_has_moved_on(store: Store) -> None:
    saved = await store.records.insert(fresh())
    assert await store.late(NOW) == {}
    for _ in range(2):
        assert await store.late(SOON) == {saved.export.id: NOW}
    await store.poll(saved, NOW + HOUR)
    assert await store.late(SOON) == {}
    assert await store.late(NOW + 2 * HOUR) == {saved.export.id: NOW + HOUR}


async def test_a_poll_writes_its_row_alone_and_one_look_lists_it_anew(store: Store) -> None:
    saved = await store.records.insert(fresh(running()))
    store.wire.take()
    await store.poll(saved, NOW + DAY)
    assert len(store.wire.take()) == 1
    assert await store.requests(NOW + HOUR) == 4, "the index, the export, its new row, and that there are no more"
    assert await store.requests(NOW + HOUR) == 1


async def test_many_are_looked_at_a_transaction_at_a_time(store: Store) -> None:
    count = 2 * AT_ONCE + 5
    saved = [await store.records.insert(fresh()) for _ in range(count)]
    assert len(await store.late(SOON)) == count
    for each in saved[::2]:
        await store.poll(each, NOW + DAY)
    assert set(await store.late(SOON)) == {each.export.id for each in saved[1::2]}
    assert len(await store.late(NOW + 2 * DAY)) == count


async def test_a_step_that_comes_earlier_is_known_before_it_is_stored(store: Store) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + DAY)
    await store.late(NOW + HOUR)
    await store.poll(saved, NOW + MINUTE)
    assert await store.late(NOW + HOUR) == {saved.export.id: NOW + MINUTE}


async def test_the_erasure_of_an_ended_export_is_found_and_an_erased_one_forgotten(store: Store) -> None:
    saved = await store.records.insert(fresh(succeeded()))
    erase_at = saved.export.next_step_at
    assert erase_at is not None
    assert await store.late(erase_at + SECOND) == {saved.export.id: erase_at}
    await store.records.save(saved, endings.erased(saved.export, erase_at))
    assert await store.late(erase_at + SECOND) == {}
    assert await store.requests(erase_at + DAY) == 1


async def test_an_export_that_ends_is_found_at_its_next_step(store: Store) -> None:
    saved = await store.poll(await store.records.insert(fresh(running())), NOW + DAY)
    await store.late(NOW + HOUR)
    over = ended(saved.export, succeeded().status, NOW + HOUR, RULES)
    await store.records.save(saved, replace(over, next_step_at=NOW + HOUR))
    assert await store.late(NOW + 2 * HOUR) == {saved.export.id: NOW + HOUR}


async def test_one_that_is_on_its_way_is_not_forgotten(store: Store) -> None:
    export = fresh()
    await store.index.enter(export, claim=False)
    assert await store.late(NOW + ON_ITS_WAY) == {}
    await store.records.insert(export)
    assert await store.late(NOW + ON_ITS_WAY) == {export.id: NOW}


async def test_one_that_never_came_is_forgotten_in_the_end(store: Store) -> None:
    await store.index.enter(fresh(), claim=False)
    assert await store.late(NOW + ON_ITS_WAY + SECOND) == {}
    assert await store.requests(NOW + ON_ITS_WAY + SECOND) == 1


async def test_what_the_index_has_lost_is_listed_again(store: Store) -> None:
    saved = await store.records.insert(fresh())
    assert saved.export.next_step_at is not None
    await store.index_table.delete_entity("index", step_key(saved.export.id, saved.export.next_step_at))
    assert await store.late(SOON) == {}
    await store.records.list_late(SOON)
    assert await store.late(SOON) == {saved.export.id: NOW}


async def test_rows_that_somebody_else_took_away_are_no_error(store: Store) -> None:
    saved = await store.records.insert(fresh())
    key = step_key(saved.export.id, NOW)
    await store.index_table.delete_entity("index", key)
    await store.index.move_steps([key], {saved.export.id: NOW + HOUR})
    assert await store.late(NOW + DAY) == {}, "none of it was done"


def test_a_key_has_its_time() -> None:
    assert step_time(step_key(new_export_id(), NOW + timedelta(milliseconds=7))) == NOW + timedelta(milliseconds=7)
