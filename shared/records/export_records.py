"""Stores exports: one row for each, with its events and manifest in the same partition.

A state and the events that led to it are stored in one transaction, conditional on the row's ETag: of two writers that
read the same state one wins, and no state is ever without its event.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shared.exports.exceptions import AlreadyRecordedError, ConflictError
from shared.exports.states_and_codes import Stage
from shared.protocols import Create, Delete, Replace, RowChangedError, RowExistsError, RowMissingError, Upsert
from shared.records.callback_secrets import OLD_CALLBACK_KEY
from shared.records.column_reader import readable
from shared.records.event_and_file_rows import (
    FILE_KEYS,
    event_from_row,
    event_key_range,
    file_from_row,
    file_key_range,
    file_row,
    to_event_rows,
    to_file_rows,
)
from shared.records.export_rows import EXPORT_KEY, export_from_row, to_export_row
from shared.records.submission_queue import place_of
from shared.telemetry.telemetry_events import send_export_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from shared.exports.export import Event, Export, File
    from shared.protocols import Operation, Table
    from shared.records.callback_secrets import CallbackSecrets
    from shared.records.export_index import ExportIndex
    from shared.records.subject_claims import SubjectClaims
    from shared.records.submission_queue import SubmissionQueue

MANIFEST_LINES_PER_CALL = 1000
"""As many rows as one call to a table returns."""
MANIFEST_LINES_PER_WRITE = 90
"""A transaction has 100 operations; the rest are for the state and its events."""


@dataclass(frozen=True, slots=True)
class SavedExport:
    """An export as it is stored, with the ETag of that state."""

    export: Export
    etag: str


class ExportRecords:
    """The table of exports."""

    def __init__(
        self,
        table: Table,
        index: ExportIndex,
        claims: SubjectClaims,
        secrets: CallbackSecrets,
        queue: SubmissionQueue,
    ) -> None:
        """The records in `table`, which `index` lists."""
        self._table = table
        self._index = index
        self._claims = claims
        self._secrets = secrets
        self._queue = queue

    async def insert(self, export: Export, callback_url: str | None = None) -> SavedExport:
        """Stores a new export with its first events, and where its caller wants to hear of its end.

        Raises:
            SubjectBusyError: another export of the subject is open, and the new one does not allow for that.
            AlreadyRecordedError: there is an export with this id; nothing was stored.
            ConflictError: others ask for the same subject at this moment; nothing was stored.
        """
        await self._claims.claim(export)
        if callback_url is not None:
            await self._secrets.store_callback(export, callback_url)
        try:
            return await self._commit(export, [Create(to_export_row(export)), *_event_creations(export)])
        except RowExistsError:
            raise AlreadyRecordedError(export.id) from None

    async def get(self, export_id: str) -> SavedExport | None:
        """The export with this id, None where there is none.

        Raises:
            UnreadableRowError: its row can't be read.
        """
        found = await self._table.get(export_id, EXPORT_KEY)
        return None if found is None else SavedExport(export_from_row(found.row), found.etag)

    async def save(
        self,
        before: SavedExport,
        export: Export,
        files: Sequence[File] = (),
        changed_files: Mapping[int, File] | None = None,
    ) -> SavedExport:
        """Stores a new state of an export, its unsaved events, and lines of its manifest.

        Once the state is stored, the caller's own URL is deleted if it is no longer needed, and an export that is no
        longer queued leaves the queue; one whose deadline has moved changes its place there.

        Args:
            before: the state that it follows.
            export: the new state.
            files: new lines of the manifest, `MANIFEST_LINES_PER_WRITE` at most; `export.files` counts them already.
            changed_files: lines that the manifest has and of which more is known now, by their numbers; together with
                the new lines at most as many.

        Raises:
            ConflictError: the export is not as it was in `before`; nothing was stored.
        """
        operations: list[Operation] = [Replace(to_export_row(export), before.etag), *_event_creations(export)]
        operations += [Upsert(row) for row in to_file_rows(export, files)]
        operations += [Upsert(file_row(export, number, file)) for number, file in (changed_files or {}).items()]
        is_callback_done = before.export.has_callback and not export.has_callback
        if is_callback_done and await self._secrets.is_beside(export):
            operations.append(Delete(export.id, OLD_CALLBACK_KEY))
        await self._index.add_moved(export, before.export)
        place, place_before = _place_in_queue(export), _place_in_queue(before.export)
        if place_before is not None and place not in {None, place_before}:
            await self._queue.enter_again(export)
        try:
            saved = await self._commit(export, operations)
        except (RowChangedError, RowExistsError, RowMissingError):
            raise ConflictError(export.id) from None
        if place_before not in {None, place}:
            await self._queue.leave(before.export)
        await self._index.remove_moved(export, before.export)
        if is_callback_done:
            await self._secrets.delete_callback(export)
        return saved

    async def events(self, export_id: str, after: int = 0, count: int | None = None) -> list[Event]:
        """The audit trail of an export, oldest first, without lines that can't be read.

        Args:
            export_id: the export.
            after: only events after this number; the first event has the number 1.
            count: how many at most; None for all.
        """
        keys = event_key_range(after + 1, None if count is None else after + count + 1)
        rows = self._table.range(export_id, *keys, limit=count)
        return [event async for event in readable(rows, event_from_row)]

    async def files(self, export: Export) -> AsyncIterator[File]:
        """The manifest of an export's present attempt, in the order of the container's listing.

        Raises:
            UnreadableRowError: a line can't be read. None is left out, because all of them are hashed.
        """
        async for row in self._table.range(export.id, *file_key_range(export)):
            yield file_from_row(row)

    async def files_page(self, export: Export, after: int, count: int) -> list[File]:
        """At most `count` lines of that manifest, from the one after number `after` on; errors as for `files`."""
        keys = file_key_range(export, after + 1, after + count + 1)
        return [file_from_row(row) async for row in self._table.range(export.id, *keys, limit=count)]

    async def erase_files(self, export_id: str) -> None:
        """Deletes the manifests of all attempts, and their indexes; what is gone already is fine."""
        rows = self._table.range(export_id, *FILE_KEYS, columns=["RowKey"])
        deletions = [Delete(export_id, row["RowKey"]) async for row in rows]
        for start in range(0, len(deletions), MANIFEST_LINES_PER_WRITE):
            await self._delete(deletions[start : start + MANIFEST_LINES_PER_WRITE])

    async def check_readable(self) -> None:
        """Reads one row; raises StorageFailedError where the table can't be read."""
        await self.get("health")

    async def _delete(self, deletions: list[Delete]) -> None:
        try:
            await self._table.transact(deletions)
        except RowMissingError:  # another erasure is under way, so none of them was deleted
            for deletion in deletions:
                with contextlib.suppress(RowMissingError):
                    await self._table.transact([deletion])

    async def _commit(self, export: Export, operations: list[Operation]) -> SavedExport:
        etags = await self._table.transact(operations)
        send_export_events(export)
        return SavedExport(replace(export, unsaved=()), etags[0])


def _place_in_queue(export: Export) -> str | None:
    return place_of(export) if export.stage is Stage.QUEUED else None


def _event_creations(export: Export) -> list[Operation]:
    return [Create(row) for row in to_event_rows(export)]
