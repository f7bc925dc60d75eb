"""Finds the exports that are due, and those that are open, without a look at all exports that there ever were.

Each export with a next step is in the index under a time before that step, or two minutes after it at most. Where the
time has passed the export is looked at, and listed anew under the step that it has by now. So a poll writes its own row
and no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.census import OPEN, Standing
from shared.storage.listings import STEPS, by_due, step_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from shared.exports.model import Export
    from shared.storage.index import Index

    Read = Callable[[Sequence[str]], Awaitable[dict[str, Export]]]
    """Reads exports by their ids; what is not recorded is left out."""

AT_ONCE = 45
"""Looked at together: a transaction that lists them all anew, under one key for another, has 100 operations at most."""
ON_ITS_WAY = timedelta(minutes=20)
"""The index has a state before the export has it; so long a row may be ahead. The host ends a call after 10 minutes."""
SOON_ENOUGH = timedelta(minutes=2)
"""A step that comes earlier by no more than this is looked for when the other one would have been."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A row that says to look at an export, not before `at`; it was written for the state of `since`."""

    key: str
    export_id: str
    at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A row that says that an export is open; it was written for the state of `since`, None: by an earlier version."""

    key: str
    export_id: str
    standing: Standing
    since: datetime | None


def comes_earlier(export: Export, before: Export) -> bool:
    """Whether an export's next step comes before the index will have it looked at."""
    at, than = export.next_step_at, before.next_step_at
    return at is not None and (than is None or at < than - SOON_ENOUGH)


async def due(index: Index, read: Read, moment: datetime) -> AsyncIterator[Export]:
    """The exports whose next step was due before `moment`, each once. Their hints stay until they have moved on."""
    after: str | None = None
    met: set[str] = set()
    while found := [hint async for hint in hints(index, moment, after, AT_ONCE)]:
        exports = await read(list(dict.fromkeys(hint.export_id for hint in found)))
        late = {key: export for key, export in exports.items() if export.next_step_at and export.next_step_at < moment}
        over = [each for each in found if each.export_id not in late and each.since < moment - ON_ITS_WAY]
        if over:
            moved = {each.export_id: exports[each.export_id] for each in over if each.export_id in exports}
            await index.move_steps([each.key for each in over], list(moved.values()))
        for export_id, export in late.items():
            if export_id not in met:
                yield export
        met |= late.keys()
        after = found[-1].key


async def hints(
    index: Index, before: datetime, after: str | None = None, count: int | None = None
) -> AsyncIterator[Hint]:
    """The hints before that time, the earliest first: so many at most, behind the key `after`."""
    async for row in index.rows(STEPS, step_key(before), after, count):
        at = datetime.fromtimestamp(int(row["RowKey"].split("|")[1]) / 1000, UTC)
        yield Hint(row["RowKey"], row["exportId"], at, row["since"])


async def listed(index: Index) -> AsyncIterator[Listed]:
    """The exports that are listed as open: one call for a thousand of a status."""
    for status in OPEN:
        async for row in index.rows(by_due(status)):
            due_at = datetime.fromtimestamp(int(row["RowKey"].split("|")[2]), UTC)
            standing = Standing(status=status, due_at=due_at, begun_at=row.get("begunDateTime"))
            yield Listed(row["RowKey"], row["exportId"], standing, row.get("since"))
