"""The batches: which exports were asked for in one call, and what was refused, in the table `Batches`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from azure.data.tables.aio import TableClient

_HEADER = "batch"
_ITEM = "item-{:04d}"
_TRANSACTION = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One export of a batch, or why it was refused: `number` is its place in the request, from 1."""

    number: int
    export_id: str | None = None
    error: dict[str, str | None] | None = None
    """Code, message and target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was asked for in one call."""

    id: str
    caller: str
    created_at: datetime
    items: tuple[BatchItem, ...]


class BatchRecords:
    """The table of batches."""

    def __init__(self, table: TableClient) -> None:
        """The batches in `table`, which is made when the first batch comes."""
        self._table = table

    async def save(self, batch: Batch) -> None:
        """Stores a batch; one that is stored already is stored again."""
        rows = [_header_row(batch), *(_item_row(batch.id, item) for item in batch.items)]
        for start in range(0, len(rows), _TRANSACTION):
            await self._upsert(rows[start : start + _TRANSACTION])

    async def get(self, batch_id: str) -> Batch | None:
        """The batch with this id, None where there is none."""
        found = self._table.query_entities("PartitionKey eq @id", parameters={"id": batch_id})
        try:
            rows = {str(row["RowKey"]): row async for row in found}
        except ResourceNotFoundError:
            return None
        header = rows.pop(_HEADER, None)
        if header is None:
            return None
        items = tuple(_item(rows[key]) for key in sorted(rows))
        return Batch(id=batch_id, caller=header["caller"], created_at=header["createdDateTime"], items=items)

    async def _upsert(self, rows: Sequence[dict[str, Any]]) -> None:
        operations: list[Any] = [("upsert", row) for row in rows]
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            code = getattr(error, "error_code", None)
            if getattr(code, "value", code) != "TableNotFound":
                raise
            with contextlib.suppress(ResourceExistsError):  # another instance was faster
                await self._table.create_table()
            await self._table.submit_transaction(operations)


def _header_row(batch: Batch) -> dict[str, Any]:
    return {
        "PartitionKey": batch.id,
        "RowKey": _HEADER,
        "caller": batch.caller,
        "createdDateTime": batch.created_at,
        "itemCount": len(batch.items),
    }


def _item_row(batch_id: str, item: BatchItem) -> dict[str, Any]:
    error = item.error or {}
    row = {
        "PartitionKey": batch_id,
        "RowKey": _ITEM.format(item.number),
        "number": item.number,
        "exportId": item.export_id,
        "errorCode": error.get("code"),
        "errorMessage": error.get("message"),
        "errorTarget": error.get("target"),
    }
    return {name: value for name, value in row.items() if value is not None}


def _item(row: Any) -> BatchItem:  # noqa: ANN401 - a table's entity
    error = None
    if "errorCode" in row:
        error = {"code": row["errorCode"], "message": row["errorMessage"], "target": row.get("errorTarget")}
    return BatchItem(number=row["number"], export_id=row.get("exportId"), error=error)
