"""Finds the exports that are due, unanswered, or asked for by a filter, without looking at every export there ever was.

Each export with a next step has an index entry keyed by a time at or before it (two minutes late at most). Once that
time has passed the export is looked at, and listed anew under the step that it has by then. So a poll writes its own
row and no other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING

from shared.exports.backlog_counts import UNANSWERED_STATUSES, UnansweredExport
from shared.exports.ids import is_guid
from shared.records.column_reader import ColumnError, ColumnReader, only_readable, readable, reading
from shared.records.export_rows import EXPORT_KEY, export_from_row
from shared.records.index_keys import STEP_PREFIX, due_at_of, step_key, unanswered_prefix

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
class UnansweredEntry:
    """An index row that says that an export is open, or awaits its hand-over.

    It was written for the state of `since`, which is None where an earlier version wrote it.
    """

    key: str
    export_id: str
    unanswered: UnansweredExport
    since: datetime | None
    requester: str | None
    """The principal that requested it; None where an earlier version wrote the entry."""


@dataclass(frozen=True, slots=True)
class ReadExports:
    """Exports that were read together."""

    exports: dict[str, Export]
    """Those that are recorded, by id."""
    unreadable: frozenset[str]
    """The ids of those whose rows can't be read; each was logged."""


@dataclass(frozen=True, slots=True)
class DuePage:
    """Some of the exports whose step is due."""

    exports: tuple[Export, ...]
    """The soonest first; none that an earlier page had."""
    unreadable: int
    """How many exports and index rows on this page can't be read; each was logged."""
    place: str
    """Where the next page begins, to be gone on from later."""


class IndexQueries:
    """What can be asked of the index. Rows that can't be read are logged and left out."""

    def __init__(self, exports: Table, index: ExportIndex) -> None:
        """Queries of `index`, which lists the exports in `exports`."""
        self._exports = exports
        self._index = index

    async def due_pages(self, moment: datetime, after: str | None = None) -> AsyncIterator[DuePage]:
        """The exports whose next step was due before `moment`, each once. Their entries stay until they move on.

        Args:
            moment: the time.
            after: the `place` of a page, to go on behind it; None for the start.
        """
        seen: set[str] = set()
        while rows := [
            row async for row in self._index.rows(STEP_PREFIX, step_key(moment), after, EXPORTS_PER_TRANSACTION)
        ]:
            entries = only_readable(rows, step_entry)
            found = await read_exports(self._exports, (entry.export_id for entry in entries))
            due = {key: export for key, export in found.exports.items() if _is_due(export, moment)}
            stays = due.keys() | found.unreadable
            await self._move_on([each for each in entries if each.export_id not in stays], found.exports, moment)
            after = str(rows[-1]["RowKey"])
            new = tuple(export for export_id, export in due.items() if export_id not in seen)
            yield DuePage(new, len(rows) - len(entries) + len(found.unreadable - seen), after)
            seen |= stays

    async def _move_on(self, entries: list[StepEntry], exports: dict[str, Export], moment: datetime) -> None:
        """Lists exports that are not due under the step that they have by now; what may be ahead of them stays."""
        settled = [entry for entry in entries if entry.since < moment - LONGEST_WRITE]
        if settled:
            moved = {entry.export_id: exports[entry.export_id] for entry in settled if entry.export_id in exports}
            await self._index.move_steps([entry.key for entry in settled], list(moved.values()))

    async def unanswered_exports(self) -> AsyncIterator[UnansweredExport]:
        """The exports that are open or await their hand-over, from the index alone: one may just have left them."""
        async for entry in unanswered_entries(self._index):
            yield entry.unanswered

    async def page(self, wanted: ExportFilter, after: str | None, count: int) -> tuple[list[Export], str | None]:
        """A page of a listing, in its order.

        Args:
            wanted: which exports.
            after: the key where the page before ended, None for the first.
            count: how many to look at. Fewer come back where some have just moved on, can't be read, or there are more
                conditions.

        Returns:
            The exports, and where the next page begins, None where there is none.
        """
        rows = (await self._rows_by_place(wanted, after, count))[:count]
        listed = [(place, export_id) for place, row in rows for export_id in only_readable([row], _listed_id)]
        found = (await read_exports(self._exports, (export_id for _, export_id in listed))).exports
        exports = [found[each] for place, each in listed if each in found and wanted.lists(found[each], place)]
        return exports, str(rows[-1][1]["RowKey"]) if len(rows) == count else None

    async def page_ids(self, wanted: ExportFilter, after: str | None, count: int) -> tuple[list[str], str | None]:
        """The ids of the exports of such a page, which the index alone says; the arguments are those of `page`.

        An export that can't be read is among them, and so may be one that is about to be recorded.
        """
        rows = (await self._rows_by_place(wanted, after, count))[:count]
        export_ids = [export_id for _, row in rows for export_id in only_readable([row], _listed_id)]
        return export_ids, str(rows[-1][1]["RowKey"]) if len(rows) == count else None

    async def _rows_by_place(self, wanted: ExportFilter, after: str | None, count: int) -> list[tuple[str, Row]]:
        """The next rows of the listings, each with its place, in order; one for each place.

        They are read one after the other: an export that moves on meanwhile enters the next before it leaves the last.
        """
        place = wanted.begin if after is None else wanted.place_of(after)
        rows: dict[str, Row] = {}
        for prefix in wanted.prefixes:
            begin = None if place is None else f"{prefix}{place}"
            async for row in self._index.rows(prefix, wanted.before, begin, count):
                rows[str(row["RowKey"]).removeprefix(prefix)] = row
        return sorted(rows.items(), key=itemgetter(0))


async def read_exports(table: Table, export_ids: Iterable[str]) -> ReadExports:
    """The exports with these ids, read at once; those that are not recorded are left out."""
    found = await asyncio.gather(*(table.get(export_id, EXPORT_KEY) for export_id in dict.fromkeys(export_ids)))
    rows = [stored.row for stored in found if stored is not None]
    exports = {export.id: export for export in only_readable(rows, export_from_row)}
    return ReadExports(exports, frozenset(str(row["PartitionKey"]) for row in rows) - exports.keys())


async def step_entries(index: ExportIndex, before: datetime) -> AsyncIterator[StepEntry]:
    """The entries before that time, the earliest first."""
    async for entry in readable(index.rows(STEP_PREFIX, step_key(before)), step_entry):
        yield entry


async def unanswered_entries(index: ExportIndex) -> AsyncIterator[UnansweredEntry]:
    """The exports that are listed as open or awaiting their hand-over: one call for a thousand of a status."""
    for status in UNANSWERED_STATUSES:
        async for entry in readable(index.rows(unanswered_prefix(status)), partial(unanswered_entry, status)):
            yield entry


def _listed_id(row: Row) -> str:
    """The export that an index row lists; UnreadableRowError where it can't be read."""
    with reading(row) as columns:
        return _export_id(columns)


def step_entry(row: Row) -> StepEntry:
    """What an index row says of an export's next step; UnreadableRowError where it can't be read."""
    with reading(row) as columns:
        key = columns.need("RowKey", str)
        at = datetime.fromtimestamp(int(key.split("|")[1]) / 1000, UTC)
        return StepEntry(key, _export_id(columns), at, columns.need("since", datetime))


def unanswered_entry(status: Status, row: Row) -> UnansweredEntry:
    """What an index row of that status says of an unanswered export; UnreadableRowError where it can't be read."""
    with reading(row) as columns:
        key = columns.need("RowKey", str)
        due_at = due_at_of(key.removeprefix(unanswered_prefix(status)))
        unanswered = UnansweredExport(status=status, due_at=due_at, begun_at=columns.find("begunDateTime", datetime))
        since, requester = columns.find("since", datetime), columns.find("requestedBy", str)
        return UnansweredEntry(key, _export_id(columns), unanswered, since, requester)


def _export_id(columns: ColumnReader) -> str:
    """The export that an index row names. A text that is no id might be no key either, which would fail the round."""
    export_id = columns.need("exportId", str)
    if not is_guid(export_id):
        raise ColumnError("exportId is no GUID")
    return export_id


def _is_due(export: Export, moment: datetime) -> bool:
    return export.next_step_at is not None and export.next_step_at < moment
