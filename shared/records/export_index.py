"""Finds the exports that are due, and those that are open, without a look at all exports that there ever were.

Each export with a next step is in the index under a time before that step, or two minutes after it at most. Where the
time has passed the export is looked at, and listed anew under the step that it has by now. So a poll writes its own row
and no other.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode

from shared.records.index_keys import KEY_UPPER_BOUND, listing_keys, status_keys, step_keys
from shared.storage.storage_errors import error_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from azure.data.tables.aio import TableClient

    from shared.exports.export import Export, Subject
    from shared.protocols import Row

STEP_TOLERANCE = timedelta(minutes=2)
"""A step that comes earlier by no more than this is looked for when the other one would have been."""


def is_step_earlier(export: Export, before: Export) -> bool:
    """Whether an export's next step comes before the index will have it looked at."""
    at, than = export.next_step_at, before.next_step_at
    return at is not None and (than is None or at < than - STEP_TOLERANCE)


_PARTITION = "index"
_COMPLETE_MARK = "whole"
"""The key of a row that goes with the index when that is lost."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Which export is the subject's open one, as far as is known."""

    export_id: str
    since: datetime
    etag: str


class ClaimedError(Exception):
    """The subject is claimed already."""

    def __init__(self, claim: Claim) -> None:
        """Claimed by that export."""
        super().__init__(claim.export_id)
        self.claim = claim


class ExportIndex:
    """The index of exports."""

    def __init__(self, table: TableClient) -> None:
        """The index in `table`, which is made when the first export enters."""
        self._table = table

    async def enter(self, export: Export, *, claim: bool, instead_of: Claim | None = None) -> None:
        """Lists a new export, or one whose subject became known, and claims its subject.

        Args:
            export: the export.
            claim: whether it is to be the subject's only open one.
            instead_of: a claim that no longer holds.

        Raises:
            ClaimedError: another export has the claim; nothing was stored.
        """
        operations = _upserts(export, [*listing_keys(export), *step_keys(export)])
        if claim and export.subject.id is not None:
            operations.append(_claim_operation(export, instead_of))
        try:
            await self._store(operations)
        except TableTransactionError as error:
            if error_code(error) not in {"EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}:
                raise
            held = await self._claim(export.subject)
            if held is not None:
                raise ClaimedError(held) from None
            await self.enter(export, claim=claim)

    async def enter_status(self, export: Export) -> None:
        """Lists the export under the status and the next step that it is about to have."""
        await self._store(_upserts(export, [*status_keys(export), *step_keys(export)]))

    async def enter_step(self, export: Export) -> None:
        """Lists the export under the next step that it is about to have."""
        await self._store(_upserts(export, step_keys(export)))

    async def leave_status(self, export: Export) -> None:
        """Lists it no more under the status that it had; what is gone already is fine."""
        keys = status_keys(export)
        try:
            await self._table.submit_transaction([_deletion(key) for key in keys])
        except TableTransactionError:  # one is gone, so none of them went
            for key in keys:
                await self.remove(key)

    async def remove(self, key: str) -> None:
        """Takes a row away; one that is gone already is fine."""
        with contextlib.suppress(ResourceNotFoundError):
            await self._table.delete_entity(_PARTITION, key)

    async def page(self, prefix: str, before: str | None, after: str | None, count: int) -> list[tuple[str, str]]:
        """Some ids of exports in the order of a listing.

        Args:
            prefix: which listing (`Query.prefix`).
            before: only keys below `prefix` + this.
            after: only keys above this key, where a page before ended.
            count: how many at most.

        Returns:
            Pairs of key and export id.
        """
        return [(row["RowKey"], row["exportId"]) async for row in self.rows(prefix, before, after, count)]

    async def rows(
        self, prefix: str, before: str | None = None, after: str | None = None, count: int | None = None
    ) -> AsyncIterator[Row]:
        """The rows of a listing, as of `page`; without a count all of them, one call a thousand."""
        found = self._table.query_entities(
            "PartitionKey eq @partition and RowKey gt @first and RowKey lt @last",
            parameters={
                "partition": _PARTITION,
                "first": max(prefix, after or prefix),
                "last": prefix + (KEY_UPPER_BOUND if before is None else before),
            },
            results_per_page=count,
        )
        taken = 0
        with contextlib.suppress(ResourceNotFoundError):  # no export was ever recorded
            async for row in found:
                yield dict(row)
                taken += 1
                if taken == count:
                    return

    async def move_steps(self, keys: Sequence[str], exports: Sequence[Export]) -> None:
        """Takes rows away, and lists exports under their next steps; where one of the rows is gone nothing is done."""
        operations = [operation for export in exports for operation in _upserts(export, step_keys(export))]
        operations += [_deletion(key) for key in keys]
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if error_code(error) != "ResourceNotFound":
                raise

    async def is_whole(self) -> bool:
        """Whether it was mended since it was lost."""
        with contextlib.suppress(ResourceNotFoundError):
            await self._table.get_entity(_PARTITION, _COMPLETE_MARK)
            return True
        return False

    async def mark_whole(self) -> None:
        """It was mended."""
        await self._store([("upsert", {"PartitionKey": _PARTITION, "RowKey": _COMPLETE_MARK})])

    async def _store(self, operations: list[Any]) -> None:
        """Does the operations in one transaction; makes the table where there is none."""
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if error_code(error) != "TableNotFound":
                raise
            with contextlib.suppress(ResourceExistsError):  # another instance was faster
                await self._table.create_table()
            await self._table.submit_transaction(operations)

    async def _claim(self, subject: Subject) -> Claim | None:
        try:
            row = await self._table.get_entity(_PARTITION, _claim_key(subject))
        except ResourceNotFoundError:
            return None
        return Claim(str(row["exportId"]), row["since"], str(row.metadata["etag"]))


def _claim_key(subject: Subject) -> str:
    return f"claim|{subject.type.value}|{subject.id}"


def _claim_operation(export: Export, instead_of: Claim | None) -> tuple[Any, ...]:
    row = _row(_claim_key(export.subject), export)
    if instead_of is None:
        return ("create", row)
    condition = {
        "mode": UpdateMode.REPLACE,
        "etag": instead_of.etag,
        "match_condition": MatchConditions.IfNotModified,
    }
    return ("update", row, condition)


def _deletion(key: str) -> tuple[Any, ...]:
    return ("delete", {"PartitionKey": _PARTITION, "RowKey": key})


def _upserts(export: Export, keys: list[str]) -> list[Any]:
    return [("upsert", _row(key, export)) for key in keys]


def _row(key: str, export: Export) -> dict[str, Any]:
    return {
        "PartitionKey": _PARTITION,
        "RowKey": key,
        "exportId": export.id,
        "since": export.updated_at,
        "begunDateTime": export.begun_at,
    }
