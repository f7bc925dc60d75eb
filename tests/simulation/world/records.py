"""The stand-in of `shared.storage.records.Records`, on a table in memory. The rows are the product's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.exceptions import AlreadyRecordedError, ConflictError, SubjectBusyError
from shared.records import export_index, index_queries, index_repair
from shared.records.event_and_file_rows import (
    EVENT_KEYS,
    FILE_KEYS,
    event_from_row,
    file_from_row,
    file_key_range,
    to_event_rows,
    to_file_rows,
)
from shared.records.export_records import SavedExport
from shared.records.export_rows import EXPORT_KEY, export_from_row, to_export_row
from tests.simulation.world.facts import Committed, LookedForDue, RowRead, Stored
from tests.simulation.world.index import index_of
from tests.simulation.world.table import RowChangedError, RowExistsError
from tests.simulation.world.touches import Stale

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from shared.exports.backlog_counts import OpenExport
    from shared.exports.export import Event, Export, File
    from shared.exports.states_and_codes import SubjectType
    from shared.protocols import Row
    from tests.simulation.world.world import World


class InMemoryRecords:
    """The records in a world's table."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table = world.table
        self._claims: dict[tuple[SubjectType, str | None], str] = {}
        self._index = index_of(world)

    async def enter(self, export: Export) -> None:
        await self._world.before("records.enter")
        self._claim(export)
        await self._index.enter(export, claim=False)
        await self._world.after("records.enter")

    def _claim(self, export: Export) -> None:
        """The subject's claim: the real one is taken in a transaction of its own, so there is nothing in between."""
        subject = (export.subject.type, export.subject.id)
        if export.subject.id is None or export.allow_duplicate:
            return
        holder = self._claims.get(subject, export.id)
        found = self._table.get(holder, EXPORT_KEY)
        if holder != export.id and found is not None and not export_from_row(dict(found.row)).status.is_terminal:
            raise SubjectBusyError(holder)
        self._claims[subject] = export.id

    async def insert(self, export: Export, _callback_url: str | None = None) -> SavedExport:
        await self.enter(export)
        await self._world.before("records.insert")
        try:
            etag = self._table.insert(export.id, [to_export_row(export), *to_event_rows(export)])
        except RowExistsError:
            raise AlreadyRecordedError(export.id) from None
        self._tell(None, export, [to_export_row(export), *to_event_rows(export)])
        await self._world.after("records.insert")
        return SavedExport(replace(export, unsaved=()), etag)

    async def get(self, export_id: str) -> SavedExport | None:
        stale = isinstance(await self._world.before("records.get"), Stale)
        found = (self._table.get_stale if stale else self._table.get)(export_id, EXPORT_KEY)
        self._world.tell(RowRead(export_id, stale))
        await self._world.after("records.get")
        return None if found is None else SavedExport(export_from_row(dict(found.row)), found.etag)

    async def save(self, before: SavedExport, export: Export, files: Sequence[File] = ()) -> SavedExport:
        moves = export.status is not before.export.status
        if moves:
            await self._index.enter_status(export)
        elif export_index.is_step_earlier(export, before.export):
            await self._index.enter_step(export)
        await self._world.before("records.save")
        row, events, lines = to_export_row(export), to_event_rows(export), to_file_rows(export, files)
        stored = self._table.get(export.id, EXPORT_KEY)
        try:
            etag = self._table.replace(export.id, row, before.etag, events, lines)
        except (RowChangedError, RowExistsError):
            raise ConflictError(export.id) from None
        self._tell(None if stored is None else export_from_row(dict(stored.row)), export, [row, *events, *lines])
        await self._world.after("records.save")
        if moves:
            await self._index.leave_status(before.export)
        return SavedExport(replace(export, unsaved=()), etag)

    async def due_before(self, moment: datetime) -> AsyncIterator[Export]:
        """As it is found by the index; what there really was is told beside it, unless the index was lost."""
        index, there = self._world.index, self._due(moment - export_index.STEP_TOLERANCE)
        found: set[str] = set()
        async for export in index_queries.find_due(self._index, self._read, moment):
            found.add(export.id)
            yield export
        if index.is_whole:
            self._world.tell(LookedForDue(there, found))

    async def open(self) -> AsyncIterator[OpenExport]:
        async for row in index_queries.open_entries(self._index):
            yield row.standing

    async def mend_index(self, now: datetime) -> None:
        began = self._world.now
        await index_repair.repair_index(
            self._index, self._waiting(now + index_repair.REPAIR_AHEAD), self._read, self._enter_again, now
        )
        self._world.index.mended(began)

    async def is_index_whole(self) -> bool:
        return await self._index.is_whole()

    async def _waiting(self, until: datetime) -> AsyncIterator[index_repair.PendingExport]:
        await self._world.before("records.waiting")
        for export in self._recorded():
            if export.next_step_at is not None and export.next_step_at < until:
                yield index_repair.PendingExport(export.id, export.status, export.next_step_at)

    async def _enter_again(self, export: Export) -> None:
        await self._index.enter(export, claim=False)

    async def _read(self, export_ids: Sequence[str]) -> dict[str, Export]:
        """One touch for all of them: the real one reads them at once."""
        await self._world.before("records.read")
        found = {export.id: export for export in self._recorded() if export.id in export_ids}
        await self._world.after("records.read")
        return {export_id: found[export_id] for export_id in export_ids if export_id in found}

    def _recorded(self) -> list[Export]:
        rows = (self._table.get(export_id, EXPORT_KEY) for export_id in self._table.partitions())
        return [export_from_row(dict(found.row)) for found in rows if found is not None]

    def _due(self, moment: datetime) -> dict[str, Export]:
        due = (export for export in self._recorded() if export.next_step_at and export.next_step_at < moment)
        return {export.id: export for export in due}

    async def trail(self, export_id: str) -> list[Event]:
        await self._world.before("records.trail")
        return [event_from_row(dict(found.row)) for found in self._table.between(export_id, *EVENT_KEYS)]

    async def files(self, export: Export) -> AsyncIterator[File]:
        await self._world.before("records.files")
        for found in list(self._table.between(export.id, *file_key_range(export))):
            yield file_from_row(dict(found.row))

    async def files_page(self, export: Export, after: int, count: int) -> list[File]:
        await self._world.before("records.files_page")
        keys = file_key_range(export, after + 1, after + count + 1)
        return [file_from_row(dict(found.row)) for found in self._table.between(export.id, *keys)]

    async def erase_files(self, export_id: str) -> None:
        await self._world.before("records.erase_files")
        self._table.delete(export_id, [found.row["RowKey"] for found in self._table.between(export_id, *FILE_KEYS)])
        await self._world.after("records.erase_files")

    async def reachable(self) -> None:
        await self.get("health")

    def _tell(self, before: Export | None, after: Export, rows: list[Row]) -> None:
        self._world.tell(Committed(before, replace(after, unsaved=()), after.unsaved))
        self._world.tell(Stored(str(rows)))
