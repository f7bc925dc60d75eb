"""Stores batches: which exports were asked for in one call, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.protocols import Upsert
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from datetime import datetime

    from shared.protocols import Row, Table

_HEADER_KEY = "batch"
_ITEM_KEY = "item-{:04d}"
_ROWS_PER_TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One export of a batch, or why it was refused."""

    number: int
    """Its place in the request, from 1."""
    export_id: str | None = None
    """None where it was refused."""
    error: dict[str, str | None] | None = None
    """Code, message and target; None where it was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was asked for in one call."""

    id: str
    caller: str
    created_at: datetime
    items: tuple[BatchItem, ...]


class BatchRecords:
    """The table of batches: a row for each batch, and beside it one for each item."""

    def __init__(self, table: Table) -> None:
        """The batches in `table`."""
        self._table = table

    async def save(self, batch: Batch) -> None:
        """Stores a batch; it can be stored again."""
        rows = [_header_row(batch), *(_item_row(batch.id, item) for item in batch.items)]
        for start in range(0, len(rows), _ROWS_PER_TRANSACTION):
            await self._table.transact([Upsert(row) for row in rows[start : start + _ROWS_PER_TRANSACTION]])

    async def get(self, batch_id: str) -> Batch | None:
        """The batch with this id, None where there is none."""
        rows = {row["RowKey"]: row async for row in self._table.range(batch_id, "", KEY_UPPER_BOUND)}
        header = rows.pop(_HEADER_KEY, None)
        if header is None:
            return None
        items = tuple(_item(rows[key]) for key in sorted(rows))
        return Batch(id=batch_id, caller=header["caller"], created_at=header["createdDateTime"], items=items)


def _header_row(batch: Batch) -> Row:
    return {
        "PartitionKey": batch.id,
        "RowKey": _HEADER_KEY,
        "caller": batch.caller,
        "createdDateTime": batch.created_at,
        "itemCount": len(batch.items),
    }


def _item_row(batch_id: str, item: BatchItem) -> Row:
    error = item.error or {}
    row = {
        "PartitionKey": batch_id,
        "RowKey": _ITEM_KEY.format(item.number),
        "number": item.number,
        "exportId": item.export_id,
        "errorCode": error.get("code"),
        "errorMessage": error.get("message"),
        "errorTarget": error.get("target"),
    }
    return {name: value for name, value in row.items() if value is not None}


def _item(row: Row) -> BatchItem:
    error = None
    if "errorCode" in row:
        error = {"code": row["errorCode"], "message": row["errorMessage"], "target": row.get("errorTarget")}
    return BatchItem(number=row["number"], export_id=row.get("exportId"), error=error)
