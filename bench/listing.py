"""Counts the rows that a page of `GET /exports` reads, of 100,000 exports in tables in memory.

To fill Azurite with that many takes half an hour. tests/bench checks that the counts on a real table are the same.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from bench.table import Row
from bench.times import BEGIN, DAY, HOUR
from shared.exports.calendar_period import CalendarPeriod
from shared.exports.export import ExportRequest, Subject
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions import acceptance
from shared.protocols import StoredRow
from shared.records.export_index import ExportIndex, index_row
from shared.records.export_rows import EXPORT_KEY, to_export_row
from shared.records.index_keys import ExportFilter, listing_keys
from shared.records.index_queries import IndexQueries
from tests.fakes.in_memory_table import InMemoryTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Say
    from shared.exports.export import Export

EXPORTS, PAGE = 100_000, 50
_OF_A_PERSON, _OF_A_REFERENCE = 5, 200
_SHARES = {
    Status.SUCCEEDED: 70,
    Status.RUNNING: 15,
    Status.FAILED: 10,
    Status.CANCELED: 3,
    Status.NOT_STARTED: 2,
}
_REACH = 2.0


class ExportsTable(InMemoryTable):
    """The table of exports, which never change: each row is built when it is read.

    Attributes:
        read: how many rows were read.
    """

    def __init__(self, exports: Sequence[Export]) -> None:
        """A table of these exports."""
        super().__init__()
        self._exports = {export.id: export for export in exports}
        self.read = 0

    def row(self, partition: str, key: str) -> StoredRow | None:
        """The row of the export, if there is one."""
        self.read += 1
        export = self._exports.get(partition) if key == EXPORT_KEY else None
        return None if export is None else StoredRow(to_export_row(export), "")


class ListedTable(InMemoryTable):
    """The table of the index; its rows are built when they are read, too.

    Attributes:
        read: how many rows were read.
    """

    def __init__(self, exports: Sequence[Export]) -> None:
        """A table with the listings of these exports."""
        super().__init__()
        self._listed = sorted((key, export) for export in exports for key in listing_keys(export))
        self.read = 0

    def rows(
        self, _partition: str, first: str, end: str, after: str | None = None, limit: int = 2**31
    ) -> list[StoredRow]:
        """The rows of a range."""
        start = self._place(first) if after is None else max(self._place(first), self._place(f"{after}\0"))
        page = self._listed[start : min(self._place(end), start + limit)]
        self.read += len(page)
        return [StoredRow(index_row(key, export), "") for key, export in page]

    def _place(self, key: str) -> int:
        return bisect_left(self._listed, key, key=lambda listed: listed[0])


class Listing:
    """The product's own queries on these tables."""

    def __init__(self, exports: Sequence[Export]) -> None:
        """A listing of these exports."""
        self._tables = ExportsTable(exports), ListedTable(exports)
        self.queries = IndexQueries(self._tables[0], ExportIndex(self._tables[1]))

    @property
    def read(self) -> int:
        """How many rows were read so far."""
        return sum(table.read for table in self._tables)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: how many rows were read for it, and how many exports it has."""

    read: int
    returned: int


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    say(f"pages of a listing of {EXPORTS:,} exports")
    exports = made(EXPORTS)
    listing = Listing(exports)
    pages = {name: asyncio.run(page(listing, query)) for name, query in queries(exports).items()}
    return [_row(name, pages[name]) for name in pages]


def made(count: int) -> list[Export]:
    """Exports of a year: five for each person, and 200 for each reference."""
    random = Random(1)  # noqa: S311 - the same exports each time
    statuses = random.choices(list(_SHARES), list(_SHARES.values()), k=count)
    return [_export(number, count, status) for number, status in enumerate(statuses)]


def _export(number: int, count: int, status: Status) -> Export:
    export_id = str(UUID(int=number))
    subject = Subject(SubjectType.USER, str(UUID(int=number % (count // _OF_A_PERSON))))
    request = ExportRequest(subject=subject, reference=f"DSR-{number // _OF_A_REFERENCE}")
    at = BEGIN + 365 * DAY * number / count
    export = acceptance.accept(request, export_id, "caller", at, due_after=CalendarPeriod(days=30), correlation={})
    return replace(export, status=status, unsaved=())


def queries(exports: Sequence[Export]) -> dict[str, ExportFilter]:
    """Each filter, and each pair of filters."""
    some = exports[len(exports) // 2]
    soon = some.due_at + HOUR
    return {
        "no filter": ExportFilter(),
        "`status`": ExportFilter(statuses=(Status.RUNNING,)),
        "`subjectId`": ExportFilter(subject_id=some.subject.id),
        "`reference`": ExportFilter(reference=some.reference),
        "`dueBefore`": ExportFilter(due_before=soon),
        "`dueBefore` and `status`": ExportFilter(due_before=soon, statuses=(Status.RUNNING,)),
        "`reference` and `status`": ExportFilter(reference=some.reference, statuses=(Status.SUCCEEDED,)),
        "`subjectId` and `status`": ExportFilter(subject_id=some.subject.id, statuses=(some.status,)),
        "`reference` and `dueBefore`": ExportFilter(reference=some.reference, due_before=soon),
    }


async def page(listing: Listing, wanted: ExportFilter) -> Page:
    """The first page that has an export."""
    before, after = listing.read, None
    while True:
        found, after = await listing.queries.page(wanted, after, PAGE)
        if found or after is None:
            return Page(listing.read - before, len(found))


def _row(name: str, counted: Page) -> Row:
    ratio = counted.read / counted.returned
    return Row(
        what=f"a page of {PAGE} from {EXPORTS:,} exports, {name}: rows read",
        ours=f"{counted.read} for {counted.returned} returned",
        alternative=f"{EXPORTS:,}: a filter without an index",
        ratio=f"{ratio:.1f} a row returned",
        reach=f"at most {_REACH:.0f}",
        met=ratio <= _REACH,
    )
