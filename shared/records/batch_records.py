"""Stores batches: which exports were asked for in one call, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from shared.exports.bounded_text import fit
from shared.exports.exceptions import ConflictError, IdempotencyKeyReusedError, Refusal
from shared.exports.ids import batch_item_key, export_id_from_key
from shared.protocols import Create, RowExistsError, Upsert
from shared.records.column_reader import ColumnReader, only_readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import Row, Table

_HEADER_KEY = "batch"
_ITEM_KEY = "item-{:04d}"
_ROWS_PER_TRANSACTION = 100
_MESSAGE_UNITS, _TARGET_UNITS = 1_000, 500
"""A caller's own field names are in them; a hundred such rows fit into a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One export of a batch. If it exists, that counts, whatever the error says."""

    number: int
    """Its place in the request, from 1."""
    export_id: str | None = None
    """The id that its export has, or will have; None where the request could not be read."""
    error: Refusal | None = None
    """Why it was refused; None where it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was asked for in one call."""

    id: str
    caller: str
    created_at: datetime
    request_digest: str | None = None
    """SHA-256 of the whole request in hex; None in a batch of an earlier version."""
    items: tuple[BatchItem, ...]


def planned_item(batch_id: str, caller: str, number: int) -> BatchItem:
    """An item whose export is still to be created."""
    return BatchItem(number=number, export_id=export_id_from_key(caller, batch_item_key(batch_id, number)))


class BatchRecords:
    """The table of batches: a row for each batch, and beside it one for each item."""

    def __init__(self, table: Table) -> None:
        """The batches in `table`."""
        self._table = table

    async def record(self, planned: Batch) -> Batch:
        """Stores a batch before its exports are created, or finds the one with its id, and returns it as it is stored.

        The first rows, the batch's own among them, are stored in one transaction, so of two calls with one key the
        first decides what the key stands for. Whoever comes later completes the rest.

        Raises:
            IdempotencyKeyReusedError: the batch with this id was asked for with another body; it stays as it is.
            ConflictError: somebody deleted that batch at this moment.
        """
        rows = [_item_row(planned.id, item) for item in planned.items]
        first, missing = rows[: _ROWS_PER_TRANSACTION - 1], rows[_ROWS_PER_TRANSACTION - 1 :]
        batch = planned
        try:
            await self._table.transact([Create(_header_row(planned)), *(Upsert(row) for row in first)])
        except RowExistsError:
            batch, missing = await self._earlier(planned)
        await self._put(missing)
        return batch

    async def note_refusals(self, batch_id: str, items: Sequence[BatchItem]) -> None:
        """Stores why items were refused."""
        await self._put([_item_row(batch_id, item) for item in items])

    async def get(self, batch_id: str) -> Batch | None:
        """The batch with this id, None where there is none.

        An item whose row is missing or can't be read is as it was planned.

        Raises:
            UnreadableRowError: the row of the batch itself can't be read.
        """
        batch, _ = await self._read(batch_id)
        return batch

    async def _read(self, batch_id: str) -> tuple[Batch | None, set[int]]:
        """The batch with this id, and the numbers of the items that have rows."""
        rows = {row["RowKey"]: row async for row in self._table.range(batch_id, "", KEY_UPPER_BOUND)}
        header = rows.pop(_HEADER_KEY, None)
        items = {item.number: item for item in only_readable(rows.values(), _item)}
        return None if header is None else _batch(header, items), set(items)

    async def _earlier(self, planned: Batch) -> tuple[Batch, list[Row]]:
        """The stored batch with the id of a planned one, and the rows that it still lacks."""
        stored, present = await self._read(planned.id)
        if stored is None:
            raise ConflictError(planned.id)
        is_same_size = len(stored.items) == len(planned.items)
        if not is_same_size or stored.request_digest not in {None, planned.request_digest}:
            raise IdempotencyKeyReusedError
        missing = {item.number: item for item in planned.items if item.number not in present}
        items = tuple(missing.get(item.number, item) for item in stored.items)
        return replace(stored, items=items), [_item_row(planned.id, item) for item in missing.values()]

    async def _put(self, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), _ROWS_PER_TRANSACTION):
            await self._table.transact([Upsert(row) for row in rows[start : start + _ROWS_PER_TRANSACTION]])


def _header_row(batch: Batch) -> Row:
    row = {
        "PartitionKey": batch.id,
        "RowKey": _HEADER_KEY,
        "caller": batch.caller,
        "createdDateTime": batch.created_at,
        "requestDigest": batch.request_digest,
        "itemCount": len(batch.items),
    }
    return {name: value for name, value in row.items() if value is not None}


def _item_row(batch_id: str, item: BatchItem) -> Row:
    row = {
        "PartitionKey": batch_id,
        "RowKey": _ITEM_KEY.format(item.number),
        "number": item.number,
        "exportId": item.export_id,
        "errorCode": item.error and item.error.code,
        "errorMessage": item.error and fit(item.error.message, _MESSAGE_UNITS),
        "errorTarget": item.error and item.error.target and fit(item.error.target, _TARGET_UNITS),
    }
    return {name: value for name, value in row.items() if value is not None}


def _batch(header: Row, items: dict[int, BatchItem]) -> Batch:
    with reading(header) as columns:
        batch_id, caller = columns.need("PartitionKey", str), columns.need("caller", str)
        numbers = range(1, columns.need("itemCount", int) + 1)
        return Batch(
            id=batch_id,
            caller=caller,
            created_at=columns.need("createdDateTime", datetime),
            request_digest=columns.find("requestDigest", str),
            items=tuple(items.get(number) or planned_item(batch_id, caller, number) for number in numbers),
        )


def _item(row: Row) -> BatchItem:
    with reading(row) as columns:
        return BatchItem(
            number=columns.need("number", int), export_id=columns.find("exportId", str), error=_error(columns)
        )


def _error(columns: ColumnReader) -> Refusal | None:
    code = columns.find("errorCode", str)
    if code is None:
        return None
    return Refusal(code, columns.need("errorMessage", str), columns.find("errorTarget", str))
