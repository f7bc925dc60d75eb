"""The index of exports: rows that list them, newest or soonest due first, claim a subject, and tell of next steps.

All of it is one partition of the table `ExportIndex`, so an export enters it in one transaction. The index can lag: a
row of a new status is there before the export has it, and that of the old one a little after; whoever reads the index
looks at the exports themselves (`shared.storage.records`), which decide.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableTransactionError, UpdateMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from azure.data.tables.aio import TableClient

    from shared.exports.model import Export, Status, Subject

TABLE = "ExportIndex"
_PARTITION = "index"
_END_OF_TIME = 10**13
"""Milliseconds since 1970 in the year 2286: what is left until then sorts the newest first."""
_ALL = "all|"
_STEP = "step|"
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
            return _by_due(self.status)
        return _ALL if self.status is None else _by_status(self.status)

    @property
    def before(self) -> str | None:
        """Where the listing ends."""
        by_due = self.due_before is not None and self.prefix == _by_due(self.status)
        return _due(self.due_before) if by_due and self.due_before else None

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
        keys = [*keys_of(export), *_step_keys(export)]
        operations: list[Any] = [("upsert", _row(key, export.id)) for key in keys]
        if claim and export.subject.id is not None:
            operations.append(_claim_operation(export, instead_of))
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            code = getattr(error, "error_code", None)
            match getattr(code, "value", code):
                case "TableNotFound":
                    with contextlib.suppress(ResourceExistsError):  # another instance was faster
                        await self._table.create_table()
                case "EntityAlreadyExists" | "UpdateConditionNotSatisfied" | "ConditionNotMet":
                    held = await self._claim(export.subject)
                    if held is not None:
                        raise ClaimedError(held) from None
                case _:
                    raise
            await self.enter(export, claim=claim)

    async def enter_status(self, export: Export) -> None:
        """Lists the export under the status and the next step that it is about to have."""
        keys = [*_status_keys(export), *_step_keys(export)]
        await self._table.submit_transaction([("upsert", _row(key, export.id)) for key in keys])

    async def enter_step(self, export_id: str, at: datetime) -> None:
        """Lists an export under a next step that it is about to have, where that comes before the one it has."""
        await self._table.upsert_entity(_row(step_key(export_id, at), export_id))

    async def leave_status(self, export: Export) -> None:
        """Lists it no more under the status that it had; what is gone already is fine."""
        keys = _status_keys(export)
        try:
            await self._table.submit_transaction([("delete", _row(key, export.id)) for key in keys])
        except TableTransactionError:  # one is gone, so none of them went
            for key in keys:
                with contextlib.suppress(ResourceNotFoundError):
                    await self._table.delete_entity(_PARTITION, key)

    async def steps(self, before: datetime, after: str | None, count: int) -> list[tuple[str, str]]:
        """Some exports that had a next step before then, the earliest first: pairs as of `page`.

        An export is not listed anew with each poll, but when somebody looks (`shared.storage.agenda`).
        """
        return await self.page(_STEP, _milliseconds(before), after, count)

    async def move_steps(self, keys: Sequence[str], exports: Mapping[str, datetime]) -> None:
        """Takes rows of `steps` away, and lists exports by their ids under the times of their next steps.

        Where somebody else took one away nothing is done, so they are met again.
        """
        operations = [
            *(("upsert", _row(step_key(export_id, at), export_id)) for export_id, at in exports.items()),
            *(("delete", _row(key, "")) for key in keys),
        ]
        if operations:
            with contextlib.suppress(TableTransactionError):
                await self._table.submit_transaction(operations)

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
        found = self._table.query_entities(
            "PartitionKey eq @partition and RowKey gt @first and RowKey lt @last",
            parameters={
                "partition": _PARTITION,
                "first": max(prefix, after or prefix),
                "last": prefix + (_AFTER if before is None else before),
            },
            results_per_page=count,
        )
        pairs: list[tuple[str, str]] = []
        try:
            async for row in found:
                pairs.append((str(row["RowKey"]), str(row["exportId"])))
                if len(pairs) == count:
                    break
        except ResourceNotFoundError:
            return []  # no export was ever recorded
        return pairs

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


def _by_due(status: Status | None) -> str:
    return "due|" if status is None else f"status-due|{status.value}|"


def _due(moment: datetime) -> str:
    return f"{int(moment.timestamp()):012d}"


def _step_keys(export: Export) -> list[str]:
    return [] if export.next_step_at is None else [step_key(export.id, export.next_step_at)]


def step_key(export_id: str, at: datetime) -> str:
    """The key under which an export is listed for a step at that time."""
    return f"{_STEP}{_milliseconds(at)}|{export_id}"


def step_time(key: str) -> datetime:
    """That time."""
    return datetime.fromtimestamp(int(key.split("|")[1]) / 1000, UTC)


def _milliseconds(moment: datetime) -> str:
    return f"{int(moment.timestamp() * 1000):013d}"


def keys_of(export: Export) -> list[str]:
    """The keys under which an export is listed; any other row that names it is left over and not believed."""
    newest = _newest(export)
    keys = [_ALL + newest, f"{_by_due(None)}{_due(export.due_at)}|{export.id}", *_status_keys(export)]
    if export.subject.id is not None:
        keys.append(_by_subject(export.subject.id) + newest)
    if export.reference is not None:
        keys.append(_by_reference(export.reference, None) + newest)
    return keys


def _status_keys(export: Export) -> list[str]:
    newest = _newest(export)
    keys = [_by_status(export.status) + newest, f"{_by_due(export.status)}{_due(export.due_at)}|{export.id}"]
    if export.reference is not None:
        keys.append(_by_reference(export.reference, export.status) + newest)
    return keys


def _newest(export: Export) -> str:
    left = _END_OF_TIME - int(export.created_at.timestamp() * 1000)
    return f"{left:013d}|{export.id}"


def _claim_key(subject: Subject) -> str:
    return f"claim|{subject.type.value}|{subject.id}"


def _claim_operation(export: Export, instead_of: Claim | None) -> tuple[Any, ...]:
    row: dict[str, Any] = {**_row(_claim_key(export.subject), export.id), "since": export.updated_at}
    if instead_of is None:
        return ("create", row)
    condition = {
        "mode": UpdateMode.REPLACE,
        "etag": instead_of.etag,
        "match_condition": MatchConditions.IfNotModified,
    }
    return ("update", row, condition)


def _row(key: str, export_id: str) -> dict[str, str]:
    return {"PartitionKey": _PARTITION, "RowKey": key, "exportId": export_id}
