"""The index of exports: rows that list them, newest or soonest due first, and say when to look at them next.

All of it is one partition of one table, so an export enters it in one transaction. The index can lag: the rows of a new
state are there before the export has that state, and those of the old one a little after. Whoever reads the index
looks at the exports themselves, and those decide.
"""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.protocols import Delete, RowMissingError, Upsert
from shared.records.index_keys import KEY_UPPER_BOUND, listing_keys, step_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from shared.exports.export import Export
    from shared.protocols import Operation, Row, StoredRow, Table

STEP_TOLERANCE = timedelta(minutes=2)
"""A step that moves earlier by no more than this is not listed anew: it is found when the later one would have been."""
_PARTITION = "index"
_COMPLETE_PREFIX = "whole"
_COMPLETE_KEY = f"{_COMPLETE_PREFIX}-2"
"""The key of a row that is lost together with the index. Its number is raised when a listing is added.

Version 1.0.0 stores one without a number. So if it runs again, after a rollback, what it lists is listed anew later.
"""
_REPAIRING_KEY = "repairing"
"""The key of a row that is there from the begin of a repair to its end, if the index is not lost meanwhile."""


def is_step_earlier(export: Export, before: Export) -> bool:
    """Whether an export's next step moves to a time before the index will have it looked at."""
    at, listed_at = export.next_step_at, before.next_step_at
    return at is not None and (listed_at is None or at < listed_at - STEP_TOLERANCE)


class ExportIndex:
    """The table of index rows."""

    def __init__(self, table: Table) -> None:
        """The index in `table`."""
        self._table = table

    async def add(self, export: Export, *also: Operation) -> None:
        """Lists an export under all its keys, and carries out other operations in the same transaction.

        Raises:
            RowExistsError, RowChangedError, RowMissingError: one of the others was refused; nothing was stored.
        """
        await self._table.transact([*_upserts(export, [*listing_keys(export), *step_keys(export)]), *also])

    async def add_moved(self, export: Export, before: Export) -> None:
        """Lists an export under the keys that it is about to have, where they differ from those before."""
        moved = [key for key in listing_keys(export) if key not in listing_keys(before)]
        if moved or is_step_earlier(export, before):
            await self._table.transact(_upserts(export, [*moved, *step_keys(export)]))

    async def remove_moved(self, export: Export, before: Export) -> None:
        """Removes the keys that an export no longer has, its step's excepted; what is gone already is fine."""
        moved = [key for key in listing_keys(before) if key not in listing_keys(export)]
        if moved:
            await self.remove(*moved)

    async def remove(self, *keys: str) -> None:
        """Removes at most 100 rows; what is gone already is fine."""
        try:
            await self._table.transact([Delete(_PARTITION, key) for key in keys])
        except RowMissingError:  # so none of them was deleted
            for key in keys if len(keys) > 1 else ():
                await self.remove(key)

    async def move_steps(self, keys: Sequence[str], exports: Sequence[Export]) -> None:
        """Removes rows, and lists exports under their next steps; where one of the rows is gone, nothing is done."""
        operations = [operation for export in exports for operation in _upserts(export, step_keys(export))]
        with contextlib.suppress(RowMissingError):
            await self._table.transact([*operations, *(Delete(_PARTITION, key) for key in keys)])

    def rows(
        self, prefix: str, before: str | None = None, after: str | None = None, limit: int | None = None
    ) -> AsyncIterator[Row]:
        """The rows of a listing, in its order.

        Args:
            prefix: which listing (`ExportFilter.prefix`).
            before: only keys below `prefix` + this.
            after: only keys above this key, where an earlier page ended.
            limit: how many at most; None for all, one call a thousand.
        """
        end = prefix + (KEY_UPPER_BOUND if before is None else before)
        return self._table.range(_PARTITION, prefix, end, after=after, limit=limit)

    async def get(self, key: str) -> StoredRow | None:
        """The row with this key, None where there is none."""
        return await self._table.get(_PARTITION, key)

    async def is_complete(self) -> bool:
        """Whether it has every listing of every export: it was repaired since it was lost, or of an earlier version."""
        return await self._complete_keys() == [_COMPLETE_KEY]

    async def begin_repair(self) -> None:
        """Notes that a repair begins."""
        await self._table.transact([Upsert({"PartitionKey": _PARTITION, "RowKey": _REPAIRING_KEY})])

    async def complete_repair(self) -> None:
        """Notes that it was repaired, unless it was lost since the repair began; then it stays incomplete."""
        whole = Upsert({"PartitionKey": _PARTITION, "RowKey": _COMPLETE_KEY})
        over = [_REPAIRING_KEY, *(key for key in await self._complete_keys() if key != _COMPLETE_KEY)]
        with contextlib.suppress(RowMissingError):
            await self._table.transact([whole, *(Delete(_PARTITION, key) for key in over)])

    async def _complete_keys(self) -> list[str]:
        return [row["RowKey"] async for row in self.rows(_COMPLETE_PREFIX)]


def index_row(key: str, export: Export) -> Row:
    """The row that lists an export under a key."""
    return {
        "PartitionKey": _PARTITION,
        "RowKey": key,
        "exportId": export.id,
        "requestedBy": export.caller,
        "since": export.updated_at,
        "begunDateTime": export.begun_at,
    }


def _upserts(export: Export, keys: list[str]) -> list[Operation]:
    return [Upsert(index_row(key, export)) for key in keys]
