"""The batches and the pacer, on a real table."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient

from bench.wire import Wire
from local.stack.azurite import Azurite
from shared.exports.ids import new_export_id
from shared.records.batch_records import Batch, BatchItem, BatchRecords
from shared.records.submission_slots import SubmissionSlots
from shared.storage.azure_table import AzureTable
from tests.exports.samples import CALLER, DAY, NOW


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[TableClient]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    name = f"T{new_export_id().replace('-', '')}"
    async with AzureTable(
        azurite.table_endpoint, name, credential=credential, connection_verify=str(azurite.ca_bundle)
    ) as client:
        yield client


async def test_a_batch_reads_back_in_its_order(table: TableClient) -> None:
    batches = BatchRecords(table)
    assert await batches.get(new_export_id()) is None
    error: dict[str, str | None] = {"code": "InvalidValue", "message": "No.", "target": "subject.id"}
    items = [BatchItem(number=n, export_id=new_export_id()) for n in range(1, 250)] + [
        BatchItem(number=250, error=error)
    ]
    batch = Batch(id=new_export_id(), caller=CALLER, created_at=NOW, items=tuple(items))
    await batches.save(batch)
    await batches.save(batch)
    assert await batches.get(batch.id) == batch


async def test_reservations_at_once_get_slots_of_their_own(table: TableClient) -> None:
    await table.create_table()
    pacer = SubmissionSlots(table, per_day=20)
    reserved = await asyncio.gather(*(pacer.reserve(NOW) for _ in range(15)))
    later = sorted(slot for slot in reserved if slot > NOW)
    assert len(set(later)) == len(later) == 14
    assert later[-1] < NOW + DAY


async def test_hundreds_of_reservations_in_a_process_do_not_contend(azurite: Azurite, table: TableClient) -> None:
    await table.create_table()
    wire = Wire()
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    async with AzureTable(
        azurite.table_endpoint,
        table.table_name,
        credential=credential,
        transport=wire.transport("table", azurite.ca_bundle),
    ) as counted:
        pacer = SubmissionSlots(counted, per_day=1000)
        reserved = await asyncio.gather(*(pacer.reserve(NOW) for _ in range(200)))
    assert len([slot for slot in reserved if slot > NOW]) == len({slot for slot in reserved if slot > NOW}) == 189
    assert len(wire.sent) == 2 * 200, "a read and a write each"
