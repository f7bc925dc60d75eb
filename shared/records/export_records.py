"""The records: one row an export and its trail of events, in one partition of the table `Exports`.

A state and the events that led to it are stored in one transaction, conditional on the row's ETag: of two writers that
read the same state one wins, and no state is ever without its event.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode

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
from shared.records.export_index import Claim, ClaimedError, ExportIndex
from shared.records.export_rows import EXPORT_KEY, export_from_row, to_export_row
from shared.records.index_keys import ExportFilter, listing_keys
from shared.storage.storage_errors import error_code
from shared.telemetry.telemetry_events import send_export_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from azure.core.async_paging import AsyncItemPaged
    from azure.data.tables.aio import TableClient

    from shared.exports.backlog_counts import OpenExport
    from shared.exports.export import Event, Export, File

MANIFEST_LINES_PER_WRITE = 90
"""How many lines of a manifest are stored at once: a transaction has 100 operations, some of them for the state."""
_TRIES = 5
_PAUSE_SECONDS = 0.2
_CLAIM_AHEAD = timedelta(minutes=1)
"""A claim is made before the export that it is for; so long a claim without an export is taken to be on its way."""
_CALLBACK_ROW = "secret-callback"
"""The caller's own URL: a secret, so it is in no other row."""


@dataclass(frozen=True, slots=True)
class SavedExport:
    """An export as it is stored, with the ETag of that state."""

    export: Export
    etag: str


class ExportRecords:
    """The table of exports."""

    def __init__(self, table: TableClient, index: ExportIndex) -> None:
        """The records in `table`, which is made when the first export is, and their index."""
        self._table = table
        self._index = index

    async def insert(self, export: Export, callback_url: str | None = None) -> SavedExport:
        """Stores a new export with its first events, and where its caller wants to be told of its end.

        Raises:
            SubjectBusyError: another export of the subject is open, and the new one does not allow for that.
            AlreadyRecordedError: there is an export with this id; nothing was stored.
            ConflictError: others ask for the same subject at this moment; nothing was stored.
        """
        await self.enter(export)
        operations = [("create", to_export_row(export)), *_creations(export)]
        if callback_url is not None:
            row = {"PartitionKey": export.id, "RowKey": _CALLBACK_ROW, "url": callback_url}
            operations.append(("create", row))
        return await self._insert(export, operations)

    async def enter(self, export: Export) -> None:
        """Lists an export that is new, is open again, or whose subject became known, and claims its subject.

        Raises:
            SubjectBusyError: another export of the subject is open, and this one does not allow for that.
            ConflictError: others ask for the same subject at this moment.
        """
        claim, instead_of = not export.allow_duplicate, None
        for _ in range(_TRIES):
            try:
                return await self._index.enter(export, claim=claim, instead_of=instead_of)
            except ClaimedError as error:
                held = error.claim
            claim, instead_of = held.export_id != export.id, held
            if claim:
                await self._check_ended(held, export)
        raise ConflictError(export.id)

    async def _check_ended(self, held: Claim, export: Export) -> None:
        for _ in range(_TRIES):
            holder = await self.get(held.export_id)
            if holder is not None and not holder.export.status.is_terminal:
                raise SubjectBusyError(held.export_id)
            if holder is not None or export.updated_at - held.since >= _CLAIM_AHEAD:
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise ConflictError(export.id)

    async def _insert(self, export: Export, operations: list[Any]) -> SavedExport:
        try:
            return await self._commit(export, operations)
        except TableTransactionError as error:
            if error_code(error) == "EntityAlreadyExists":
                raise AlreadyRecordedError(export.id) from None
            if error_code(error) != "TableNotFound":
                raise
        await self._create_table()
        return await self._insert(export, operations)

    async def get(self, export_id: str) -> SavedExport | None:
        """The export with this id, None where there is none."""
        try:
            row = await self._table.get_entity(export_id, EXPORT_KEY)
        except ResourceNotFoundError:
            return None
        return SavedExport(export_from_row(dict(row)), str(row.metadata["etag"]))

    async def save(self, before: SavedExport, export: Export, files: Sequence[File] = ()) -> SavedExport:
        """Stores a new state of an export, its unsaved events, and the last lines of its manifest.

        The caller's own URL goes with the state that has none any more.

        Args:
            before: the state that it follows.
            export: the new state.
            files: lines that are new in the manifest, `MANIFEST_PAGE` at most; `export.files` counts them already.

        Raises:
            ConflictError: the export is not as it was in `before`; nothing was stored.
        """
        condition = {"mode": UpdateMode.REPLACE, "etag": before.etag, "match_condition": MatchConditions.IfNotModified}
        lines = [("upsert", row) for row in to_file_rows(export, files)]
        operations = [("update", to_export_row(export), condition), *_creations(export), *lines]
        forgets = before.export.has_callback and not export.has_callback
        if forgets and await self.callback_url(export.id) is not None:
            operations.append(("delete", {"PartitionKey": export.id, "RowKey": _CALLBACK_ROW}))
        moves = export.status is not before.export.status
        if moves:
            await self._index.enter_status(export)
        elif export_index.is_step_earlier(export, before.export):
            await self._index.enter_step(export)
        try:
            saved = await self._commit(export, operations)
        except TableTransactionError as error:
            if error_code(error) in {"UpdateConditionNotSatisfied", "ConditionNotMet", "EntityAlreadyExists"}:
                raise ConflictError(export.id) from None
            raise
        if moves:
            await self._index.leave_status(before.export)
        return saved

    async def callback_url(self, export_id: str) -> str | None:
        """Where the caller wants to be told of the export's end; None where that is not kept any more."""
        try:
            row = await self._table.get_entity(export_id, _CALLBACK_ROW)
        except ResourceNotFoundError:
            return None
        return str(row["url"])

    def due_before(self, moment: datetime) -> AsyncIterator[Export]:
        """The exports whose next step was due before `moment`, each once."""
        return index_queries.find_due(self._index, self._read, moment)

    async def open(self) -> AsyncIterator[OpenExport]:
        """Where the open exports stand, from the index alone: one that has just ended may be among them."""
        async for row in index_queries.open_entries(self._index):
            yield row.standing

    async def mend_index(self, now: datetime) -> None:
        """Enters in the index what it has lost, and removes what is left over there: a look at every row there is."""
        exports = index_repair.pending_exports(self._table, now + index_repair.REPAIR_AHEAD)
        with contextlib.suppress(ResourceNotFoundError):  # no export was ever recorded
            await index_repair.repair_index(self._index, exports, self._read, self._enter_again, now)

    async def is_index_whole(self) -> bool:
        """Whether the index has all exports: not where it was lost, or is of an earlier version."""
        return await self._index.is_whole()

    async def _enter_again(self, export: Export) -> None:
        """Lists an export that is recorded; an open one claims its subject, where no other has it."""
        if not export.status.is_terminal:
            with contextlib.suppress(SubjectBusyError, ConflictError):
                return await self.enter(export)
        return await self._index.enter(export, claim=False)

    async def _read(self, export_ids: Sequence[str]) -> dict[str, Export]:
        found = await asyncio.gather(*(self.get(export_id) for export_id in export_ids))
        return {saved.export.id: saved.export for saved in found if saved is not None}

    async def page(self, query: ExportFilter, after: str | None, count: int) -> tuple[list[Export], str | None]:
        """Some exports of a listing, in its order.

        Args:
            query: which.
            after: where the page before ended, None for the first.
            count: how many to look at. Fewer come back where some have just moved on, or the query has more conditions.

        Returns:
            The exports, and where the next page begins, None where there is none.
        """
        pairs = await self._index.page(query.prefix, query.before, after, count)
        found = await self._read([export_id for _, export_id in pairs])
        listed = ((key, found[export_id]) for key, export_id in pairs if export_id in found)
        exports = [export for key, export in listed if key in listing_keys(export) and query.fits(export)]
        return exports, pairs[-1][0] if len(pairs) == count else None

    async def trail(self, export_id: str) -> list[Event]:
        """The events of an export, in order."""
        return [event_from_row(dict(row)) async for row in self._rows(export_id, EVENT_KEYS)]

    async def files(self, export: Export) -> AsyncIterator[File]:
        """The lines of the manifest of an export's present attempt, in the order of the container's listing."""
        async for row in self._rows(export.id, file_key_range(export)):
            yield file_from_row(dict(row))

    async def files_page(self, export: Export, after: int, count: int) -> list[File]:
        """So many lines of that manifest, from the one after number `after` on."""
        keys = file_key_range(export, after + 1, after + count + 1)
        return [file_from_row(dict(row)) async for row in self._rows(export.id, keys)]

    async def erase_files(self, export_id: str) -> None:
        """Takes the manifests of all attempts away; what is gone already is fine."""
        keys = [{"PartitionKey": export_id, "RowKey": row["RowKey"]} async for row in self._rows(export_id, FILE_KEYS)]
        for start in range(0, len(keys), MANIFEST_LINES_PER_WRITE):
            await self._table.submit_transaction(
                [("delete", key) for key in keys[start : start + MANIFEST_LINES_PER_WRITE]]
            )

    async def reachable(self) -> None:
        """Reads one row; raises azure.core's errors where the table can't be reached. A table not yet made is fine."""
        await self.get("health")

    def _rows(self, export_id: str, keys: tuple[str, str]) -> AsyncItemPaged[TableEntity]:
        condition = "PartitionKey eq @id and RowKey ge @first and RowKey lt @end"
        parameters = {"id": export_id, "first": keys[0], "end": keys[1]}
        return self._table.query_entities(condition, parameters=parameters)

    async def rehearse(self) -> None:
        """Writes and deletes a row; raises azure.core's errors where that fails."""
        row = {"PartitionKey": "preflight", "RowKey": "preflight"}
        try:
            await self._table.upsert_entity(row)
        except ResourceNotFoundError:
            await self._create_table()
            await self._table.upsert_entity(row)
        await self._table.delete_entity("preflight", "preflight")

    async def _commit(self, export: Export, operations: list[Any]) -> SavedExport:
        results = await self._table.submit_transaction(operations)
        send_export_events(export)
        return SavedExport(replace(export, unsaved=()), str(results[0]["etag"]))

    async def _create_table(self) -> None:
        with contextlib.suppress(ResourceExistsError):  # another instance was faster
            await self._table.create_table()


def _creations(export: Export) -> list[Any]:
    return [("create", row) for row in to_event_rows(export)]
