"""Batches, on a real table."""

from shared.exports.ids import new_export_id
from shared.protocols import Table
from shared.records.batch_records import Batch, BatchItem, BatchRecords
from tests.exports.samples import CALLER, NOW


async def test_a_batch_reads_back_in_its_order(table: Table) -> None:
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
