"""The index of exports: rows that list them, newest or soonest due first, claim a subject, and tell of next steps.

All of it is one partition of the table `ExportIndex`, so an export enters it in one transaction. The index can lag: a
row of a new status is there before the export has it, and that of the old one a little after; whoever reads the index
looks at the exports themselves (`shared.storage.records`), which decide.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from azure.data.tables.aio import TableClient

    from shared.exports.model import Export, Status, Subject
    from shared.storage.rows import Row

TABLE = "ExportIndex"
_PARTITION = "index"
_END_OF_TIME = 10**13
"""Milliseconds since 1970 in the year 2286: what is left until then sorts the newest first."""
_ALL = "all|"
STEPS = "step|"
"""The listing of exports by when to look at them (`shared.storage.agenda`)."""
_WHOLE = "whole"
"""The key of a row that goes with the index when that is lost."""
_AFTER = "~"
"""Sorts behind every character of a key."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Which export is the subject's open one, as far as is known."""

    export_id: str
    since: datetime
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which exports are listed: one or two conditions pick the listing, the others are looked up in the exports."""

    subject_id: str | None = None
    reference: str | None = None
    due_before: datetime | None = None
    status: Status | None = None

    @property
    def prefix(self) -> str:
        """Of the keys of the listing: newest first, with `due_before` alone or with a status soonest due first."""
        if self.subject_id is not None:
            return _by_subject(self.subject_id)
        if self.reference is not None:
            return _by_reference(self.reference, self.status)
        if self.due_before is not None:
            return by_due(self.status)
        return _ALL if self.status is None else _by_status(self.status)

    @property
    def before(self) -> str | None:
        """Where the listing ends."""
        is_by_due = self.due_before is not None and self.prefix == by_due(self.status)
        return _due(self.due_before) if is_by_due and self.due_before else None

    def fits(self, export: Export) -> bool:
        """Whether the export is as asked for: the index lags, and does not know all conditions together."""
        return (
            (self.subject_id is None or export.subject.id == self.subject_id)
            and (self.reference is None or export.reference == self.reference)
            and (self.due_before is None or export.due_at < self.due_before)
            and (self.status is None or export.status is self.status)
        )


class ClaimedError(Exception):
    """The subject is claimed already."""

    def __init__(self, claim: Claim) -> None:
        """Claimed by that export."""
        super().__init__(claim.export_id)
        self.claim = claim


class Index:
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
        operations = _upserts(export, [*keys_of(export), *_step_keys(export)])
        if claim and export.subject.id is not None:
            operations.append(_claim_operation(export, instead_of))
        try:
            await self._store(operations)
        except TableTransactionError as error:
            if code_of(error) not in {"EntityAlreadyExists", "UpdateConditionNotSatisfied", "ConditionNotMet"}:
                raise
            held = await self._claim(export.subject)
            if held is not None:
                raise ClaimedError(held) from None
            await self.enter(export, claim=claim)

    async def enter_status(self, export: Export) -> None:
        """Lists the export under the status and the next step that it is about to have."""
        await self._store(_upserts(export, [*_status_keys(export), *_step_keys(export)]))

    async def enter_step(self, export: Export) -> None:
        """Lists the export under the next step that it is about to have."""
        await self._store(_upserts(export, _step_keys(export)))

    async def leave_status(self, export: Export) -> None:
        """Lists it no more under the status that it had; what is gone already is fine."""
        keys = _status_keys(export)
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
                "last": prefix + (_AFTER if before is None else before),
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
        operations = [operation for export in exports for operation in _upserts(export, _step_keys(export))]
        operations += [_deletion(key) for key in keys]
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if code_of(error) != "ResourceNotFound":
                raise

    async def is_whole(self) -> bool:
        """Whether it was mended since it was lost."""
        with contextlib.suppress(ResourceNotFoundError):
            await self._table.get_entity(_PARTITION, _WHOLE)
            return True
        return False

    async def mark_whole(self) -> None:
        """It was mended."""
        await self._store([("upsert", {"PartitionKey": _PARTITION, "RowKey": _WHOLE})])

    async def _store(self, operations: list[Any]) -> None:
        """Does the operations in one transaction; makes the table where there is none."""
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if code_of(error) != "TableNotFound":
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


def _by_status(status: Status) -> str:
    return f"status|{status.value}|"


def _by_subject(subject_id: str) -> str:
    return f"subject|{subject_id}|"


def _by_reference(reference: str, status: Status | None) -> str:
    # Keys can't have all characters.
    hashed = f"{hashlib.sha256(reference.encode()).hexdigest()}|"
    return f"reference|{hashed}" if status is None else f"reference-status|{hashed}{status.value}|"


def by_due(status: Status | None) -> str:
    """The listing of exports by their due times: of all, or of those with a status."""
    return "due|" if status is None else f"status-due|{status.value}|"


def _due(moment: datetime) -> str:
    return f"{int(moment.timestamp()):012d}"


def _step_keys(export: Export) -> list[str]:
    return [] if export.next_step_at is None else [f"{STEPS}{step_key(export.next_step_at)}|{export.id}"]


def step_key(moment: datetime) -> str:
    """How the keys of `STEPS` go on for that time."""
    return f"{int(moment.timestamp() * 1000):013d}"


def keys_of(export: Export) -> list[str]:
    """The keys under which an export is listed; any other row that names it is left over and not believed."""
    newest = _newest(export)
    keys = [_ALL + newest, f"{by_due(None)}{_due(export.due_at)}|{export.id}", *_status_keys(export)]
    if export.subject.id is not None:
        keys.append(_by_subject(export.subject.id) + newest)
    if export.reference is not None:
        keys.append(_by_reference(export.reference, None) + newest)
    return keys


def _status_keys(export: Export) -> list[str]:
    newest = _newest(export)
    keys = [_by_status(export.status) + newest, f"{by_due(export.status)}{_due(export.due_at)}|{export.id}"]
    if export.reference is not None:
        keys.append(_by_reference(export.reference, export.status) + newest)
    return keys


def _newest(export: Export) -> str:
    left = _END_OF_TIME - int(export.created_at.timestamp() * 1000)
    return f"{left:013d}|{export.id}"


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


def code_of(error: TableTransactionError) -> str:
    """Why a transaction was not done, in the words of the service."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))
