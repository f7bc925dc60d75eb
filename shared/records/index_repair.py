"""Brings the index in line with the exports: adds the entries it lacks, and removes those that are left over.

Once a day this mends what a process that died between two writes has left. An index that was lost as a whole, or is of
an earlier version, is mended from the next round of the reconciler on. Nothing else looks at every row. It takes long,
so it is done in pieces: each goes on where the last one stopped, and what it has mended stays mended.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from shared.bounded_concurrency import for_each
from shared.exports.backlog_counts import UNANSWERED_STATUSES
from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.states_and_codes import Status
from shared.records.column_reader import only_readable, reading
from shared.records.export_index import STEP_TOLERANCE
from shared.records.export_rows import EXPORT_KEY
from shared.records.index_keys import STEP_PREFIX, keys_when_new, listing_keys, status_keys, unanswered_prefix
from shared.records.index_queries import (
    EXPORTS_PER_TRANSACTION,
    LONGEST_WRITE,
    read_exports,
    step_entries,
    step_entry,
    unanswered_entries,
    unanswered_entry,
)
from shared.records.maintenance_progress import Job, RepairProgress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from shared.exports.export import Export
    from shared.protocols import Row, Table
    from shared.records.export_index import ExportIndex
    from shared.records.index_queries import UnansweredEntry
    from shared.records.maintenance_progress import MaintenanceProgress
    from shared.records.subject_claims import SubjectClaims

_T = TypeVar("_T")
REPAIR_AHEAD = timedelta(days=2)
"""Steps that fall due within this time have to be in the index; the next repair, a day from now, sees to the rest."""
CHANGED_WITHIN = timedelta(hours=30)
"""Ended exports that changed since a little before the last repair are listed anew.

One that moved to and fro, or could not be read while a lost index was repaired, may lack an entry. Nobody would ever
see that: it has no monitor that would look for it, and it is in no list.
"""
EXPORTS_PER_PAGE = 200
"""After so many exports the place is stored."""
_STEPS_PER_PAGE = 1000
_AT_ONCE = 16
_KEYS_PER_REMOVAL = 20
"""Where one of them is gone, the others are removed one by one."""


@dataclass(frozen=True, slots=True)
class _PendingExport:
    """An export, as far as the repair needs it."""

    export_id: str
    status: Status
    awaits_handover: bool
    updated_at: datetime
    next_step_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the index had when a piece began: of steps, those before `until`."""

    now: datetime
    until: datetime

    as_unanswered: set[tuple[str, Status]]
    looked_at: dict[str, datetime]
    """When each export is looked at next."""

    def has(self, pending: _PendingExport) -> bool:
        """Whether the index lists the export under its status and will have it looked at in time, or need not."""
        if pending.status.is_terminal and pending.updated_at >= self.now - CHANGED_WITHIN:
            return False  # nothing here tells
        if pending.next_step_at is None or pending.next_step_at >= self.until:
            return True
        at = self.looked_at.get(pending.export_id)
        is_answered = pending.status.is_terminal and not pending.awaits_handover
        is_listed = is_answered or (pending.export_id, pending.status) in self.as_unanswered
        return is_listed and at is not None and at <= pending.next_step_at + STEP_TOLERANCE


def _never() -> bool:
    return False


class IndexRepair:
    """The repair of one index."""

    def __init__(
        self, exports: Table, index: ExportIndex, claims: SubjectClaims, maintenance: MaintenanceProgress
    ) -> None:
        """The repair of `index`, which lists the exports in `exports`; `maintenance` keeps how far it has come."""
        self._exports = exports
        self._index = index
        self._claims = claims
        self._maintenance = maintenance

    async def is_complete(self) -> bool:
        """Whether the index has all exports: not where it was lost, or is of an earlier version."""
        return await self._index.is_complete()

    async def repair(
        self, now: datetime, progress: RepairProgress | None = None, is_over: Callable[[], bool] = _never
    ) -> bool:
        """Adds what the index lacks, then removes what is left over in it; it looks at every export.

        In an index that is not complete every export is listed anew, the ended ones too.

        Args:
            now: the present.
            progress: where to go on; None for the start.
            is_over: asked after each page whether to stop there; by default it goes on to the end.

        Returns:
            Whether it has reached the end; if not, where it stopped is stored.
        """
        progress = progress or RepairProgress()
        if not progress.is_scanned:
            if progress.place is None:
                await self._index.begin_repair()
            if not await self._add_missing(progress, now, is_over):
                return False
            await self._index.complete_repair()
            progress = RepairProgress(is_scanned=True)
        if not await self._remove_left_over(progress, now, is_over):
            return False
        await self._maintenance.end(Job.REPAIR)
        return True

    async def _add_missing(self, progress: RepairProgress, now: datetime, is_over: Callable[[], bool]) -> bool:
        listed = await self._listed(now) if await self._index.is_complete() else None
        async for page in self._pages_of_exports(progress.place, now):
            pending = only_readable(page, _pending)
            missing = [each.export_id for each in pending if listed is None or not listed.has(each)]
            for start in range(0, len(missing), _AT_ONCE):
                found = await read_exports(self._exports, missing[start : start + _AT_ONCE])
                await for_each(found.exports.values(), self._add, at_once=_AT_ONCE)
            if len(page) == EXPORTS_PER_PAGE:
                await self._maintenance.save(replace(progress, place=page[-1]["PartitionKey"]))
                if is_over():
                    return False
        return True

    async def _listed(self, now: datetime) -> _Listed:
        until = now + REPAIR_AHEAD
        entries = [each async for each in unanswered_entries(self._index) if each.unanswered.begun_at is not None]
        looked_at: dict[str, datetime] = {}
        async for entry in step_entries(self._index, until):
            looked_at.setdefault(entry.export_id, entry.at)
        return _Listed(now, until, {(entry.export_id, entry.unanswered.status) for entry in entries}, looked_at)

    async def _pages_of_exports(self, place: str | None, now: datetime) -> AsyncIterator[list[Row]]:
        """All exports above a place, those without a next step too: so each page ends soon, and the place moves on."""
        page: list[Row] = []
        columns = ["PartitionKey", "status", "awaitsHandover", "lastUpdatedDateTime", "nextStepDateTime"]
        until = now + REPAIR_AHEAD  # any that was ever stored: clocks don't differ by that much
        async for row in self._exports.scan(EXPORT_KEY, "lastUpdatedDateTime", until, columns, after=place):
            page.append(row)
            if len(page) == EXPORTS_PER_PAGE:
                yield page
                page = []
        yield page

    async def _add(self, export: Export) -> None:
        """Lists an export; an open one claims its subject, where no other has it."""
        if not export.status.is_terminal:
            with contextlib.suppress(SubjectBusyError, ConflictError):
                return await self._claims.claim(export)
        return await self._index.add(export)

    async def _remove_left_over(self, progress: RepairProgress, now: datetime, is_over: Callable[[], bool]) -> bool:
        """Removes entries that are no key of their export, entries of exports that never came, and unreadable ones."""
        for status in sorted(UNANSWERED_STATUSES, key=unanswered_prefix):  # so one place is enough
            async for page in self._pages_of_keys(unanswered_prefix(status), progress.place, EXPORTS_PER_TRANSACTION):
                await self._tidy_unanswered_entries(page, status, now)
                if not await self._goes_on(page, EXPORTS_PER_TRANSACTION, is_over):
                    return False
        async for page in self._pages_of_keys(STEP_PREFIX, progress.place, _STEPS_PER_PAGE):
            await self._remove([row["RowKey"] for row in page if _read(row, step_entry) is None])
            if not await self._goes_on(page, _STEPS_PER_PAGE, is_over):
                return False
        return True

    async def _pages_of_keys(self, prefix: str, place: str | None, size: int) -> AsyncIterator[list[Row]]:
        while page := [row async for row in self._index.rows(prefix, after=place, limit=size)]:
            yield page
            if len(page) < size:
                return
            place = page[-1]["RowKey"]

    async def _goes_on(self, page: Sequence[Row], size: int, is_over: Callable[[], bool]) -> bool:
        """Whether to go on after a page; if not, where it stopped is stored."""
        if len(page) < size or not is_over():
            return True
        await self._maintenance.save(RepairProgress(is_scanned=True, place=page[-1]["RowKey"]))
        return False

    async def _tidy_unanswered_entries(self, page: Sequence[Row], status: Status, now: datetime) -> None:
        entries = {str(row["RowKey"]): _read(row, partial(unanswered_entry, status)) for row in page}
        unreadable = [key for key, entry in entries.items() if entry is None]
        # What was written a short while ago may be ahead of its export.
        settled = [
            each for each in entries.values() if each and (each.since is None or each.since < now - LONGEST_WRITE)
        ]
        found = await read_exports(self._exports, (entry.export_id for entry in settled))
        sure = [entry for entry in settled if entry.export_id not in found.unreadable]
        left_over = set().union(*(_left_over_keys(entry, found.exports.get(entry.export_id)) for entry in sure))
        await self._remove([*unreadable, *sorted(left_over)])

    async def _remove(self, keys: Sequence[str]) -> None:
        groups = [keys[start : start + _KEYS_PER_REMOVAL] for start in range(0, len(keys), _KEYS_PER_REMOVAL)]
        await for_each(groups, lambda group: self._index.remove(*group), at_once=_AT_ONCE)


def _read(row: Row, read: Callable[[Row], _T]) -> _T | None:
    """What a row holds, None where it can't be read."""
    return next(iter(only_readable([row], read)), None)


def _pending(row: Row) -> _PendingExport:
    with reading(row) as columns:
        next_step_at = columns.find("nextStepDateTime", datetime)
        awaits_handover = columns.find("awaitsHandover", bool) or False
        export_id = columns.need("PartitionKey", str)
        status, updated_at = columns.choice("status", Status), columns.need("lastUpdatedDateTime", datetime)
        return _PendingExport(export_id, status, awaits_handover, updated_at, next_step_at)


def _left_over_keys(entry: UnansweredEntry, export: Export | None) -> set[str]:
    """The keys that this entry, and what was written with it, has of no use: none if the export has this key."""
    own = set() if export is None else set(listing_keys(export))
    if entry.key in own:
        return set()
    status, begun_at = entry.unanswered.status, entry.unanswered.begun_at
    due_place = entry.key.removeprefix(unanswered_prefix(status))
    keys = {entry.key}
    if begun_at is not None:
        keys |= keys_when_new(entry.export_id, begun_at, status, due_place, entry.requester)
    if export is not None:
        keys |= set(status_keys(replace(export, status=status)))
    return keys - own
