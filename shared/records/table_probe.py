"""Finds out which tables the app can write. A role can be assigned for each table, so one can lack it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.protocols import Delete, RowMissingError, Upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.protocols import Table
    from shared.records.table_names import TableName

_KEY = "preflight"
"""Partition and key of the row that is written and deleted."""


async def find_unwritable(tables: Mapping[TableName, Table]) -> dict[TableName, StorageFailedError]:
    """The tables in which no row can be written and deleted, each with why."""
    found = await asyncio.gather(*(_try_write(table) for table in tables.values()))
    return {name: error for name, error in zip(tables, found, strict=True) if error is not None}


async def _try_write(table: Table) -> StorageFailedError | None:
    try:
        await table.transact([Upsert({"PartitionKey": _KEY, "RowKey": _KEY})])
        with contextlib.suppress(RowMissingError):  # another preflight has deleted it
            await table.transact([Delete(_KEY, _KEY)])
    except StorageFailedError as error:
        return error
    return None
