"""Finds the exports that are due, open, or asked for by a filter, without looking at every export there ever was.

Each export with a next step has an index entry keyed by a time at or before it (two minutes late at most). Once that
time has passed the export is looked at, and listed anew under the step that it has by then. So a poll writes its own
row and no other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.backlog_counts import OPEN_STATUSES, OpenExport
from shared.records.export_rows import EXPORT_KEY, export_from_row
from shared.records.index_keys import STEP_PREFIX, due_prefix, listing_keys, step_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from shared.exports.export import Export
    from shared.exports.states_and_codes import Status
    from shared.protocols import Row, Table
    from shared.records.export_index import ExportIndex
    from shared.records.index_keys import ExportFilter

EXPORTS_PER_TRANSACTION = 45
"""Looked at together: a transaction that moves them all, from one key to another, has 100 operations at most."""
LONGEST_WRITE = timedelta(minutes=20)
"""An index entry is stored before its export; it may be ahead for this long. The host ends a call after 10 minutes."""


@dataclass(frozen=True, slots=True)
class StepEntry:
    """An index row that says to look at an export, not before `at`; it was written for the state of `since`."""

    key: str
    export_id: str
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An index row that says that an export is open.

    It was written for the state of `since`, which is None where an earlier version wrote it.
    """

    key: str
    export_id: str
    open_export: OpenExport
    since: datetime | None


class IndexQueries:
    """What can be asked of the index."""

    def __init__(self, exports: Table, index: ExportIndex) -> None:
        """Queries of `index`, which lists the exports in `exports`."""
        self._exports = exports
        self._index = index

    async def due_before(self, moment: datetime) -> AsyncIterator[Export]:
        """The exports whose next step was due before `moment`, each once. Their entries stay until they move on."""
        after: str | None = None
        seen: set[str] = set()
        while page := [entry async for entry in step_entries(self._index, moment, after, EXPORTS_PER_TRANSACTION)]:
            exports = await read_exports(self._exports, (entry.export_id for entry in page))
            due = {key: export for key, export in exports.items() if _is_due(export, moment)}
            await self._move_on([entry for entry in page if entry.export_id not in due], exports, moment)
            for export_id, export in due.items():
                if export_id not in seen:
                    yield export
            seen |= due.keys()
            after = page[-1].key

    async def _move_on(self, entries: list[StepEntry], exports: dict[str, Export], moment: datetime) -> None:
        """Lists exports that are not due under the step that they have by now; what may be ahead of them stays."""
        settled = [entry for entry in entries if entry.since < moment - LONGEST_WRITE]
        if settled:
            moved = {entry.export_id: exports[entry.export_id] for entry in settled if entry.export_id in exports}
            await self._index.move_steps([entry.key for entry in settled], list(moved.values()))

    async def open_exports(self) -> AsyncIterator[OpenExport]:
        """The open exports, from the index alone: one that has just ended may be among them."""
        async for entry in open_entries(self._index):
            yield entry.open_export

    async def page(self, wanted: ExportFilter, after: str | None, count: int) -> tuple[list[Export], str | None]:
        """A page of a listing, in its order.

        Args:
            wanted: which exports.
            after: where the page before ended, None for the first.
            count: how many to look at. Fewer come back where some have just moved on, or there are more conditions.

        Returns:
            The exports, and where the next page begins, None where there is none.
        """
        rows = self._index.rows(wanted.prefix, wanted.before, after, count)
        pairs = [(row["RowKey"], row["exportId"]) async for row in rows]
        found = await read_exports(self._exports, (export_id for _, export_id in pairs))
        listed = ((key, found[export_id]) for key, export_id in pairs if export_id in found)
        exports = [export for key, export in listed if key in listing_keys(export) and wanted.fits(export)]
        return exports, pairs[-1][0] if len(pairs) == count else None


async def read_exports(table: Table, export_ids: Iterable[str]) -> dict[str, Export]:
    """The exports with these ids, read at once; those that are not recorded are left out."""
    found = await asyncio.gather(*(table.get(export_id, EXPORT_KEY) for export_id in dict.fromkeys(export_ids)))
    exports = (export_from_row(stored.row) for stored in found if stored is not None)
    return {export.id: export for export in exports}


async def step_entries(
    index: ExportIndex, before: datetime, after: str | None = None, limit: int | None = None
) -> AsyncIterator[StepEntry]:
    """The entries before that time, the earliest first: at most `limit`, above the key `after`."""
    async for row in index.rows(STEP_PREFIX, step_key(before), after, limit):
        entry = step_entry(row)
        if entry is not None:
            yield entry


def step_entry(row: Row) -> StepEntry | None:
    """What an index row says of an export's next step; None where it can't be read."""
    try:
        at = datetime.fromtimestamp(int(row["RowKey"].split("|")[1]) / 1000, UTC)
        return StepEntry(row["RowKey"], row["exportId"], at, row["since"])
    except (IndexError, KeyError, OverflowError, TypeError, ValueError):
        return None


async def open_entries(index: ExportIndex) -> AsyncIterator[OpenEntry]:
    """The exports that are listed as open: one call for a thousand of a status."""
    for status in OPEN_STATUSES:
        async for row in index.rows(due_prefix(status)):
            entry = open_entry(row, status)
            if entry is not None:
                yield entry


def open_entry(row: Row, status: Status) -> OpenEntry | None:
    """What an index row of that status says of an open export; None where it can't be read."""
    try:
        due_at = datetime.fromtimestamp(int(row["RowKey"].split("|")[2]), UTC)
        open_export = OpenExport(status=status, due_at=due_at, begun_at=row.get("begunDateTime"))
        return OpenEntry(row["RowKey"], row["exportId"], open_export, row.get("since"))
    except (IndexError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _is_due(export: Export, moment: datetime) -> bool:
    return export.next_step_at is not None and export.next_step_at < moment
