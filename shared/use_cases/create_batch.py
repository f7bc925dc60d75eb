"""Creates many exports in one call. Each is accepted or refused on its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from shared.exports.ids import export_id_from_key, new_export_id
from shared.records.batch_records import Batch, BatchItem
from shared.use_cases.create_export import create_export
from shared.use_cases.refusals import REFUSED_ERRORS, Refusal, explain_refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.export import Export, ExportRequest
    from shared.protocols import Monitors
    from shared.services import Services

_CONCURRENT_ITEMS = 16
"""How many items are created or read at the same time."""


async def create_batch(
    items: Sequence[ExportRequest | Refusal],
    caller: str,
    services: Services,
    monitors: Monitors,
    *,
    key: str | None,
    correlation: dict[str, str],
) -> Batch:
    """Creates an export for each item, and records what became of each.

    An item's own idempotency key is made of the batch and the item's number. So a batch that is sent again with the
    same key creates nothing twice.

    Args:
        items: the requests in order, with a refusal in place of each that could not be read.
        caller: the principal that asks.
        services: what the use case works with.
        monitors: where the monitors are started.
        key: the caller's idempotency key; with None every call creates another batch.
        correlation: the ids of this call, for the audit trail of each export.
    """
    batch_id = export_id_from_key(caller, f"batch:{key}") if key else new_export_id()
    slots = asyncio.Semaphore(_CONCURRENT_ITEMS)

    async def create_item(number: int, item: ExportRequest | Refusal) -> BatchItem:
        if isinstance(item, Refusal):
            return _refused(number, item)
        async with slots:
            try:
                export = await create_export(
                    item, caller, services, monitors, key=f"{batch_id}:{number}", correlation=correlation
                )
            except REFUSED_ERRORS as error:
                return _refused(number, explain_refusal(error))
        return BatchItem(number=number, export_id=export.id)

    created = await asyncio.gather(*(create_item(number, item) for number, item in enumerate(items, 1)))
    batch = Batch(id=batch_id, caller=caller, created_at=services.now(), items=tuple(created))
    await services.batches.save(batch)
    return batch


async def get_batch_exports(batch: Batch, services: Services) -> dict[str, Export]:
    """The exports of a batch by their ids, as they are now."""
    slots = asyncio.Semaphore(_CONCURRENT_ITEMS)

    async def get(export_id: str) -> Export | None:
        async with slots:
            saved = await services.records.get(export_id)
        return None if saved is None else saved.export

    found = await asyncio.gather(*(get(item.export_id) for item in batch.items if item.export_id))
    return {export.id: export for export in found if export is not None}


def _refused(number: int, refusal: Refusal) -> BatchItem:
    error = {"code": refusal.code, "message": refusal.message, "target": refusal.target}
    return BatchItem(number=number, error=error)
