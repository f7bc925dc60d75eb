"""Claims: a person has one open export, unless the caller allows more.

A claim is a row of the index, so that an export is listed and claims its subject in one transaction.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.states_and_codes import Status
from shared.protocols import Create, Replace, RowChangedError, RowExistsError, RowMissingError
from shared.records.export_index import index_row
from shared.records.export_rows import EXPORT_KEY

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export, Subject
    from shared.protocols import Table
    from shared.records.export_index import ExportIndex

_TRIES = 5
_PAUSE_SECONDS = 0.2
_CLAIM_AHEAD = timedelta(minutes=1)
"""A claim is stored before its export. For this long a claim without an export is taken to be ahead of it."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which export holds the claim on a subject."""

    export_id: str
    since: datetime
    etag: str


class SubjectClaims:
    """The claims of all open exports."""

    def __init__(self, exports: Table, index: ExportIndex) -> None:
        """The claims in `index`, on subjects of the exports in `exports`."""
        self._exports = exports
        self._index = index

    async def claim(self, export: Export) -> None:
        """Lists an export that is new, is open again, or whose subject became known, and claims its subject.

        Raises:
            SubjectBusyError: another export of the subject is open, and this one does not allow for that.
            ConflictError: others ask for the same subject at this moment; nothing was stored.
        """
        if export.allow_duplicate or export.subject.id is None:
            return await self._index.add(export)
        row, held = index_row(_claim_key(export.subject), export), None
        for _ in range(_TRIES):
            try:
                return await self._index.add(export, Replace(row, held.etag) if held else Create(row))
            except (RowExistsError, RowChangedError, RowMissingError):
                held = await self._holder(export.subject)
            if held is not None and held.export_id == export.id:
                return await self._index.add(export)
            if held is not None:
                await self._check_ended(held, export)
        raise ConflictError(export.id)

    async def _holder(self, subject: Subject) -> _Claim | None:
        found = await self._index.get(_claim_key(subject))
        return None if found is None else _Claim(found.row["exportId"], found.row["since"], found.etag)

    async def _check_ended(self, held: _Claim, export: Export) -> None:
        """Returns where the claim no longer holds, because its export has ended or never came."""
        for _ in range(_TRIES):
            holder = await self._exports.get(held.export_id, EXPORT_KEY, ["status"])
            if holder is not None and not Status(holder.row["status"]).is_terminal:
                raise SubjectBusyError(held.export_id)
            if holder is not None or export.updated_at - held.since >= _CLAIM_AHEAD:
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise ConflictError(export.id)


def _claim_key(subject: Subject) -> str:
    return f"claim|{subject.type.value}|{subject.id}"
