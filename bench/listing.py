"""Rows that a page of `GET /exports` reads, from 100,000 exports: the product's own listing on sorted rows in memory.

Azurite takes half an hour to be filled with so many. `tests/bench` holds that the figures on a real table are the same.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from azure.data.tables import TableEntity

from bench.outside import BEGIN, DAY, HOUR
from bench.table import Row
from shared.exports.export import ExportRequest, Subject
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions import acceptance
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.export_rows import to_export_row
from shared.records.index_keys import ExportFilter, listing_keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from azure.data.tables.aio import TableClient

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


class CountedRows:
    """What the listing uses of a table, on sorted rows; `read` is how many rows it gave.

    The rows are read and never changed, so one class does for both tables.
    """

    def __init__(self, exports: Sequence[Export]) -> None:
        """The index of those exports, and the exports themselves."""
        self._exports = {export.id: export for export in exports}
        self._index = sorted((key, export.id) for export in exports for key in listing_keys(export))
        self.read = 0

    async def query_entities(
        self, _condition: str, *, parameters: Mapping[str, str], results_per_page: int
    ) -> AsyncIterator[dict[str, str]]:
        """The rows of the index between two keys, in order; they come page by page."""
        first = bisect_right(self._index, (parameters["first"], "~"))
        last = bisect_left(self._index, (parameters["last"], ""))
        for start in range(first, last, results_per_page):
            page = self._index[start : min(start + results_per_page, last)]
            self.read += len(page)
            for key, export_id in page:
                yield {"RowKey": key, "exportId": export_id}

    async def get_entity(self, partition: str, _row: str) -> TableEntity:
        """The row of an export."""
        self.read += 1
        row = TableEntity(to_export_row(self._exports[partition]))
        row._metadata = {"etag": "", "timestamp": None}  # noqa: SLF001 - the SDK has no other way
        return row


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the rows that it read, and the exports that it has."""

    read: int
    returned: int


def measure(say: Say) -> list[Row]:
    """The rows of this module."""
    say(f"pages of a listing of {EXPORTS:,} exports")
    exports = made(EXPORTS)
    rows = CountedRows(exports)
    pages = {name: asyncio.run(page(rows, query)) for name, query in queries(exports).items()}
    return [_row(name, pages[name]) for name in pages]


def made(count: int) -> list[Export]:
    """So many exports of a year, of people who have five each and references that have 200."""
    random = Random(1)  # noqa: S311 - the same exports each time
    statuses = random.choices(list(_SHARES), list(_SHARES.values()), k=count)
    return [_export(number, count, status) for number, status in enumerate(statuses)]


def _export(number: int, count: int, status: Status) -> Export:
    export_id = str(UUID(int=number))
    subject = Subject(SubjectType.USER, str(UUID(int=number % (count // _OF_A_PERSON))))
    request = ExportRequest(subject=subject, reference=f"DSR-{number // _OF_A_REFERENCE}")
    at = BEGIN + 365 * DAY * number / count
    export = acceptance.accept(request, export_id, "caller", at, due_after=30 * DAY, correlation={})
    return replace(export, status=status, unsaved=())


def queries(exports: Sequence[Export]) -> dict[str, ExportFilter]:
    """What is asked for: each filter, and each two that are asked for together."""
    some = exports[len(exports) // 2]
    soon = some.due_at + HOUR
    return {
        "no filter": ExportFilter(),
        "`status`": ExportFilter(status=Status.RUNNING),
        "`subjectId`": ExportFilter(subject_id=some.subject.id),
        "`reference`": ExportFilter(reference=some.reference),
        "`dueBefore`": ExportFilter(due_before=soon),
        "`dueBefore` and `status`": ExportFilter(due_before=soon, status=Status.RUNNING),
        "`reference` and `status`": ExportFilter(reference=some.reference, status=Status.SUCCEEDED),
        "`subjectId` and `status`": ExportFilter(subject_id=some.subject.id, status=some.status),
        "`reference` and `dueBefore`": ExportFilter(reference=some.reference, due_before=soon),
    }


async def page(rows: CountedRows, query: ExportFilter) -> Page:
    """The first page that has an export."""
    table = cast("TableClient", cast("Any", rows))
    records, before, after = ExportRecords(table, ExportIndex(table)), rows.read, None
    while True:
        found, after = await records.page(query, after, PAGE)
        if found or after is None:
            return Page(rows.read - before, len(found))


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
