"""Brings the index in line with the exports: enters what it has lost or never had, and takes away what is left over.

What a process that died between two writes left is mended once a day, an index that was lost as a whole or is of an
earlier version at the next round of the reconciler. It is the only look at every row that there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Status
from shared.records.export_index import STEP_TOLERANCE, ExportIndex
from shared.records.export_rows import EXPORT_KEY
from shared.records.index_queries import (
    EXPORTS_PER_TRANSACTION,
    LONGEST_WRITE,
    OpenEntry,
    Read,
    open_entries,
    step_entries,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from azure.data.tables.aio import TableClient

    from shared.exports.export import Export

REPAIR_AHEAD = timedelta(days=2)
"""What falls due within this time has to be in the index; the next mending sees to the rest, a day from now."""


@dataclass(frozen=True, slots=True)
class PendingExport:
    """An export with a next step."""

    export_id: str
    status: Status
    next_step_at: datetime


async def pending_exports(table: TableClient, until: datetime) -> AsyncIterator[PendingExport]:
    """The exports whose next step is due before that time: a look at every row of the table."""
    found = table.query_entities(
        "RowKey eq @row and nextStepDateTime lt @until",
        parameters={"row": EXPORT_KEY, "until": until},
        select=["PartitionKey", "status", "nextStepDateTime"],
    )
    async for row in found:
        yield PendingExport(row["PartitionKey"], Status(row["status"]), row["nextStepDateTime"])


async def repair_index(
    index: ExportIndex,
    exports: AsyncIterator[PendingExport],
    read: Read,
    enter: Callable[[Export], Awaitable[None]],
    now: datetime,
) -> None:
    """Brings the index in line.

    Args:
        index: the index.
        exports: those whose next step is due before `now` + `AHEAD`.
        read: reads exports by their ids.
        enter: lists an export under all that it is listed under.
        now: the present.
    """
    opened = [row async for row in open_entries(index)]
    known = {(row.export_id, row.standing.status) for row in opened if row.standing.begun_at is not None}
    looked_at: dict[str, datetime] = {}
    async for hint in step_entries(index, now + REPAIR_AHEAD):
        looked_at.setdefault(hint.export_id, hint.at)
    lost: list[str] = []
    async for export in exports:
        at = looked_at.get(export.export_id)
        is_found = at is not None and at <= export.next_step_at + STEP_TOLERANCE
        is_listed = export.status.is_terminal or (export.export_id, export.status) in known
        if not (is_found and is_listed):
            lost.append(export.export_id)
    for start in range(0, len(lost), EXPORTS_PER_TRANSACTION):
        for export_read in (await read(lost[start : start + EXPORTS_PER_TRANSACTION])).values():
            await enter(export_read)
    await index.mark_whole()
    await _remove_stale_entries(
        [row for row in opened if row.since is None or row.since < now - LONGEST_WRITE], index, read
    )


async def _remove_stale_entries(rows: list[OpenEntry], index: ExportIndex, read: Read) -> None:
    """Takes exports out of the lists of a status that they have no more, or that never came to be."""
    for start in range(0, len(rows), EXPORTS_PER_TRANSACTION):
        page = rows[start : start + EXPORTS_PER_TRANSACTION]
        found = await read([row.export_id for row in page])
        for row in page:
            export = found.get(row.export_id)
            if export is None:
                await index.remove(row.key)
            elif export.status is not row.standing.status:
                await index.leave_status(replace(export, status=row.standing.status))
