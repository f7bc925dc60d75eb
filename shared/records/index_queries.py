"""Finds the exports that are due, and those that are open, without a look at all exports that there ever were.

Each export with a next step is in the index under a time before that step, or two minutes after it at most. Where the
time has passed the export is looked at, and listed anew under the step that it has by now. So a poll writes its own row
and no other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.backlog_counts import OPEN_STATUSES, OpenExport
from shared.exports.export import Export
from shared.records.index_keys import STEP_PREFIX, due_prefix, step_key

if TYPE_CHECKING:
    from shared.records.export_index import ExportIndex

Read = Callable[[Sequence[str]], Awaitable[dict[str, Export]]]
"""Reads exports by their ids; what is not recorded is left out."""

EXPORTS_PER_TRANSACTION = 45
"""Looked at together: a transaction that lists them all anew, under one key for another, has 100 operations at most."""
LONGEST_WRITE = timedelta(minutes=20)
"""The index has a state before the export has it; so long a row may be ahead. The host ends a call after 10 minutes."""


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A row that says to look at an export, not before `at`; it was written for the state of `since`."""

    key: str
    export_id: str
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A row that says that an export is open; it was written for the state of `since`, None: by an earlier version."""

    key: str
    export_id: str
    standing: OpenExport
    since: datetime | None


async def find_due(index: ExportIndex, read: Read, moment: datetime) -> AsyncIterator[Export]:
    """The exports whose next step was due before `moment`, each once. Their hints stay until they have moved on."""
    after: str | None = None
    met: set[str] = set()
    while found := [hint async for hint in step_entries(index, moment, after, EXPORTS_PER_TRANSACTION)]:
        exports = await read(list(dict.fromkeys(hint.export_id for hint in found)))
        late = {key: export for key, export in exports.items() if export.next_step_at and export.next_step_at < moment}
        over = [each for each in found if each.export_id not in late and each.since < moment - LONGEST_WRITE]
        if over:
            moved = {each.export_id: exports[each.export_id] for each in over if each.export_id in exports}
            await index.move_steps([each.key for each in over], list(moved.values()))
        for export_id, export in late.items():
            if export_id not in met:
                yield export
        met |= late.keys()
        after = found[-1].key


async def step_entries(
    index: ExportIndex, before: datetime, after: str | None = None, count: int | None = None
) -> AsyncIterator[StepEntry]:
    """The hints before that time, the earliest first: so many at most, behind the key `after`."""
    async for row in index.rows(STEP_PREFIX, step_key(before), after, count):
        at = datetime.fromtimestamp(int(row["RowKey"].split("|")[1]) / 1000, UTC)
        yield StepEntry(row["RowKey"], row["exportId"], at, row["since"])


async def open_entries(index: ExportIndex) -> AsyncIterator[OpenEntry]:
    """The exports that are listed as open: one call for a thousand of a status."""
    for status in OPEN_STATUSES:
        async for row in index.rows(due_prefix(status)):
            due_at = datetime.fromtimestamp(int(row["RowKey"].split("|")[2]), UTC)
            standing = OpenExport(status=status, due_at=due_at, begun_at=row.get("begunDateTime"))
            yield OpenEntry(row["RowKey"], row["exportId"], standing, row.get("since"))
