"""Creates many exports in one call. The batch is recorded first; then each is accepted, refused or busy on its own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import TYPE_CHECKING

from shared.exports.exceptions import Refusal, StorageFailedError, UnreadableRowError
from shared.exports.export import Export
from shared.exports.ids import batch_item_key, export_id_from_key, new_export_id
from shared.records.batch_records import Batch, BatchItem, planned_item
from shared.redaction import redacted_stack
from shared.use_cases.create_export import create_export
from shared.use_cases.refusals import BUSY_ITEM, REFUSED_ERRORS, explain_refusal, explain_unreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from shared.exports.export import ExportRequest
    from shared.protocols import Monitors
    from shared.services import Services

_log = logging.getLogger(__name__)
_CONCURRENT_ITEMS = 16
"""How many items are created or read at the same time."""
_TRIED_AGAIN = frozenset({"Busy", "RecordUnreadable"})
"""The codes of refusals that are not stored: the next call with the same key tries these items again."""

Outcome = Export | Refusal
"""What became of an item: its export as it is now, or why it has none."""


async def create_batch(
    requests: Sequence[ExportRequest | Refusal],
    caller: str,
    services: Services,
    monitors: Monitors,
    *,
    key: str | None,
    correlation: dict[str, str],
) -> tuple[Batch, list[Outcome]]:
    """Records a batch, then creates an export for each item; or goes on with the batch that the same key recorded.

    An item's own idempotency key is made of the batch and the item's number, so nothing is created twice. Once the
    batch is recorded, no error of one item fails the call: the item is busy, and can be tried again with the same key.

    Args:
        requests: the requests in order, with a refusal in place of each that could not be read.
        caller: the principal that asks.
        services: what the use case works with.
        monitors: where the monitors are started.
        key: the caller's idempotency key; with None every call creates another batch.
        correlation: the ids of this call, for the audit trail of each export.

    Returns:
        The batch, and what became of each item, in order.

    Raises:
        IdempotencyKeyReusedError: the key was used for another batch, which stays as it is.
        StorageFailedError: the batch could not be recorded; no export was created.
    """
    batch = await services.batches.record(_plan(requests, caller, services, key))

    async def create(item: BatchItem) -> Outcome:
        request = requests[item.number - 1]
        refusal = item.error or (request if isinstance(request, Refusal) else None)
        if refusal is not None or isinstance(request, Refusal):
            return refusal or BUSY_ITEM
        return await _create_item(batch, item.number, request, services, monitors, correlation)

    outcomes = await _for_each(batch.items, create)
    await _note_refusals(batch, outcomes, services)
    return batch, outcomes


async def get_outcomes(batch: Batch, services: Services) -> list[Outcome]:
    """What became of each item of a batch by now. An export that exists counts, whatever was said of it."""

    async def find(item: BatchItem) -> Outcome:
        try:
            saved = await services.records.get(item.export_id) if item.export_id else None
        except UnreadableRowError as error:
            return explain_unreadable(error)
        return item.error or BUSY_ITEM if saved is None else saved.export

    return await _for_each(batch.items, find)


def _plan(requests: Sequence[ExportRequest | Refusal], caller: str, services: Services, key: str | None) -> Batch:
    batch_id = export_id_from_key(caller, f"batch:{key}") if key else new_export_id()
    items = tuple(
        BatchItem(number=number, error=request)
        if isinstance(request, Refusal)
        else planned_item(batch_id, caller, number)
        for number, request in enumerate(requests, 1)
    )
    return Batch(id=batch_id, caller=caller, created_at=services.now(), request_digest=_digest(requests), items=items)


def _digest(requests: Sequence[ExportRequest | Refusal]) -> str:
    """SHA-256 of all requests, in hex. Of one that could not be read, what was wrong with it counts."""
    # Not the message of a refusal: another version may word it differently.
    parts = [[each.code, each.target] if isinstance(each, Refusal) else each.digest for each in requests]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


async def _for_each(items: Sequence[BatchItem], work: Callable[[BatchItem], Awaitable[Outcome]]) -> list[Outcome]:
    slots = asyncio.Semaphore(_CONCURRENT_ITEMS)

    async def one(item: BatchItem) -> Outcome:
        async with slots:
            return await work(item)

    return await asyncio.gather(*map(one, items))


async def _create_item(
    batch: Batch,
    number: int,
    request: ExportRequest,
    services: Services,
    monitors: Monitors,
    correlation: dict[str, str],
) -> Outcome:
    """The export of an item, or why it has none; no error leaves here."""
    key = batch_item_key(batch.id, number)
    try:
        return await create_export(request, batch.caller, services, monitors, key=key, correlation=correlation)
    except REFUSED_ERRORS as error:
        refusal = explain_refusal(error)
        return BUSY_ITEM if refusal.code == BUSY_ITEM.code else refusal
    except UnreadableRowError as error:
        return explain_unreadable(error)
    except StorageFailedError as error:
        _log.warning("Item %d of batch %s is not recorded: storage failed (%s).", number, batch.id, error.code)
    except Exception as error:  # noqa: BLE001 - a defect that shows in one item must not hide what became of the others
        _log.error("Item %d of batch %s is not recorded:\n%s", number, batch.id, redacted_stack(error))
    return BUSY_ITEM


async def _note_refusals(batch: Batch, outcomes: Sequence[Outcome], services: Services) -> None:
    """Stores the refusals that are new and final. Where that fails, the items stay busy until the next call."""
    refused = [
        BatchItem(number=item.number, export_id=item.export_id, error=outcome)
        for item, outcome in zip(batch.items, outcomes, strict=True)
        if isinstance(outcome, Refusal) and outcome.code not in _TRIED_AGAIN and outcome != item.error
    ]
    try:
        await services.batches.note_refusals(batch.id, refused)
    except StorageFailedError as error:
        _log.warning("Batch %s: why items were refused is not stored (%s).", batch.id, error.code)
