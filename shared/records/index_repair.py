"""Brings the index in line with the exports: adds the entries it lacks, and removes those that are left over.

Once a day this mends what a process that died between two writes has left. An index that was lost as a whole, or is of
an earlier version, is mended at the next round of the reconciler. Nothing else looks at every row.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.states_and_codes import Status
from shared.records.export_index import STEP_TOLERANCE
from shared.records.export_rows import EXPORT_KEY
from shared.records.index_queries import (
    EXPORTS_PER_TRANSACTION,
    LONGEST_WRITE,
    open_entries,
    read_exports,
    step_entries,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from shared.exports.export import Export
    from shared.protocols import Table
    from shared.records.export_index import ExportIndex
    from shared.records.index_queries import OpenEntry
    from shared.records.subject_claims import SubjectClaims

_T = TypeVar("_T")

REPAIR_AHEAD = timedelta(days=2)
"""Steps that fall due within this time have to be in the index; the next repair, a day from now, sees to the rest."""


@dataclass(frozen=True, slots=True)
class _PendingExport:
    """An export with a next step, as far as the repair needs it."""

    export_id: str
    status: Status
    next_step_at: datetime


class IndexRepair:
    """The repair of one index."""

    def __init__(self, exports: Table, index: ExportIndex, claims: SubjectClaims) -> None:
        """The repair of `index`, which lists the exports in `exports`."""
        self._exports = exports
        self._index = index
        self._claims = claims

    async def is_complete(self) -> bool:
        """Whether the index has all exports: not where it was lost, or is of an earlier version."""
        return await self._index.is_complete()

    async def repair(self, now: datetime) -> None:
        """Adds what the index lacks and removes what is left over in it. It reads every row of every export."""
        opened = [entry async for entry in open_entries(self._index)]
        await self._add_missing(opened, now)
        await self._index.mark_complete()
        settled = [entry for entry in opened if entry.since is None or entry.since < now - LONGEST_WRITE]
        await self._remove_left_over(settled)

    async def _add_missing(self, opened: Sequence[OpenEntry], now: datetime) -> None:
        listed = {(each.export_id, each.open_export.status) for each in opened if each.open_export.begun_at is not None}
        looked_at: dict[str, datetime] = {}
        async for entry in step_entries(self._index, now + REPAIR_AHEAD):
            looked_at.setdefault(entry.export_id, entry.at)
        missing = [
            pending.export_id
            async for pending in self._pending(now + REPAIR_AHEAD)
            if not (_is_listed(pending, listed) and _is_found_in_time(pending, looked_at))
        ]
        for page in _pages(missing):
            for export in (await read_exports(self._exports, page)).exports.values():
                await self._add(export)

    async def _pending(self, until: datetime) -> AsyncIterator[_PendingExport]:
        columns = ["PartitionKey", "status", "nextStepDateTime"]
        async for row in self._exports.scan(EXPORT_KEY, "nextStepDateTime", until, columns):
            yield _PendingExport(row["PartitionKey"], Status(row["status"]), row["nextStepDateTime"])

    async def _add(self, export: Export) -> None:
        """Lists an export; an open one claims its subject, where no other has it."""
        if not export.status.is_terminal:
            with contextlib.suppress(SubjectBusyError, ConflictError):
                return await self._claims.claim(export)
        return await self._index.add(export)

    async def _remove_left_over(self, entries: Sequence[OpenEntry]) -> None:
        """Removes entries under a status that their exports no longer have, or of exports that never came."""
        for page in _pages(entries):
            found = await read_exports(self._exports, (entry.export_id for entry in page))
            for entry in page:
                export, listed_as = found.exports.get(entry.export_id), entry.open_export.status
                if export is None and entry.export_id not in found.unreadable:
                    await self._index.remove(entry.key)
                elif export is not None and export.status is not listed_as:
                    await self._index.remove_status(replace(export, status=listed_as))


def _is_listed(pending: _PendingExport, listed: set[tuple[str, Status]]) -> bool:
    return pending.status.is_terminal or (pending.export_id, pending.status) in listed


def _is_found_in_time(pending: _PendingExport, looked_at: dict[str, datetime]) -> bool:
    at = looked_at.get(pending.export_id)
    return at is not None and at <= pending.next_step_at + STEP_TOLERANCE


def _pages(items: Sequence[_T]) -> list[Sequence[_T]]:
    starts = range(0, len(items), EXPORTS_PER_TRANSACTION)
    return [items[start : start + EXPORTS_PER_TRANSACTION] for start in starts]
