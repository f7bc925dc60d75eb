"""Batches, on a real table: recorded once, and whole again after a process that died."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import IdempotencyKeyReusedError, Refusal, UnreadableRowError
from shared.exports.ids import batch_item_key, export_id_from_key, new_export_id
from shared.protocols import Delete, Table, Upsert
from shared.records.batch_records import Batch, BatchItem, BatchRecords, planned_item
from tests.exports.samples import CALLER, NOW
from tests.fakes.in_memory_table import InMemoryTable

REFUSAL = Refusal("InvalidValue", "No.", "subject.id")


def planned(count: int = 3, digest: str = "d", *, refused: int = 2) -> Batch:
    """A batch of so many items, of which one is refused."""
    batch_id = new_export_id()
    items = [planned_item(batch_id, CALLER, number) for number in range(1, count + 1)]
    items[refused - 1] = BatchItem(number=refused, error=REFUSAL)
    return Batch(id=batch_id, caller=CALLER, created_at=NOW, request_digest=digest, items=tuple(items))


async def test_a_batch_reads_back_in_its_order(table: Table) -> None:
    batches = BatchRecords(table)
    assert await batches.get(new_export_id()) is None
    batch = planned(250, refused=250)
    assert await batches.record(batch) == batch
    assert await batches.get(batch.id) == batch


def test_the_id_of_an_export_follows_from_the_batch_and_the_number() -> None:
    assert planned_item("b", CALLER, 7).export_id == export_id_from_key(CALLER, batch_item_key("b", 7))


async def test_one_that_is_recorded_again_stays_as_it_is(table: Table) -> None:
    batches, batch = BatchRecords(table), planned()
    await batches.record(batch)
    refused = replace(batch.items[0], error=Refusal("ExportInProgress", "Wait.", new_export_id()))
    await batches.note_refusals(batch.id, [refused])
    again = replace(batch, created_at=NOW + timedelta(days=1))
    stored = replace(batch, items=(refused, *batch.items[1:]))
    assert await batches.record(again) == stored
    assert await batches.get(batch.id) == stored


@pytest.mark.parametrize("count", [2, 3])
async def test_another_body_under_the_key_changes_nothing(table: Table, count: int) -> None:
    batches, batch = BatchRecords(table), planned()
    await batches.record(batch)
    other = replace(batch, request_digest="other", items=planned(count).items)
    with pytest.raises(IdempotencyKeyReusedError):
        await batches.record(other)
    assert await batches.get(batch.id) == batch


async def test_of_many_that_record_a_batch_at_once_one_decides_what_it_is(table: Table) -> None:
    batches, batch = BatchRecords(table), planned(120)
    bodies = [replace(batch, request_digest=str(number % 2)) for number in range(10)]
    recorded = await asyncio.gather(*map(batches.record, bodies), return_exceptions=True)
    stored = await batches.get(batch.id)
    assert stored in bodies
    assert recorded.count(stored) == 5
    assert sum(isinstance(each, IdempotencyKeyReusedError) for each in recorded) == 5


async def test_what_a_process_that_died_did_not_record_is_as_planned_and_can_be_completed(table: Table) -> None:
    batches, batch = BatchRecords(table), planned(150)
    await batches.record(batch)
    await table.transact([Delete(batch.id, f"item-{number:04d}") for number in (2, *range(100, 151))])
    stored = await batches.get(batch.id)
    assert stored is not None
    as_planned = planned_item(batch.id, CALLER, 2)
    assert stored == replace(batch, items=(batch.items[0], as_planned, *batch.items[2:]))
    assert await batches.record(batch) == batch
    assert await batches.get(batch.id) == batch


async def test_a_row_of_an_item_that_can_not_be_read_harms_that_item_alone(table: Table) -> None:
    batches, batch = BatchRecords(table), planned()
    await batches.record(batch)
    await table.transact([Upsert({"PartitionKey": batch.id, "RowKey": "item-0001", "number": "one"})])
    assert await batches.get(batch.id) == batch
    assert await batches.record(batch) == batch
    await table.transact([Upsert({"PartitionKey": batch.id, "RowKey": "batch", "itemCount": "x"})])
    with pytest.raises(UnreadableRowError):
        await batches.get(batch.id)


async def test_a_batch_of_an_earlier_version_reads_back(table: Table) -> None:
    batches, batch_id, export_id = BatchRecords(table), new_export_id(), new_export_id()
    key = {"PartitionKey": batch_id}
    await table.transact(
        [
            Upsert(key | {"RowKey": "batch", "caller": CALLER, "createdDateTime": NOW, "itemCount": 2}),
            Upsert(key | {"RowKey": "item-0001", "number": 1, "exportId": export_id}),
            Upsert(key | {"RowKey": "item-0002", "number": 2, "errorCode": "InvalidValue", "errorMessage": "No."}),
        ]
    )
    stored = await batches.get(batch_id)
    assert stored is not None
    first, second = stored.items
    assert first == BatchItem(number=1, export_id=export_id)
    assert second == BatchItem(number=2, error=Refusal("InvalidValue", "No."))
    again = replace(planned(2), id=batch_id)
    assert await batches.record(again) == stored, "what was asked for then is not known"
    with pytest.raises(IdempotencyKeyReusedError):
        await batches.record(replace(planned(3), id=batch_id))


async def test_the_largest_batch_with_the_longest_refusals_fits_into_its_transactions() -> None:
    long = Refusal("UnknownField", "\U0001f600" * 5_000, "\U0001f600" * 5_000)
    batch = planned(1000)
    batch = replace(batch, items=tuple(BatchItem(number=item.number, error=long) for item in batch.items))
    batches = BatchRecords(InMemoryTable())
    await batches.record(batch)
    stored = await batches.get(batch.id)
    assert stored is not None
    assert {item.error.code for item in stored.items if item.error} == {"UnknownField"}
