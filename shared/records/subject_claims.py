"""Claims: a person has one open export, unless the caller allows more.

A claim is a row of the index, so that an export is listed and claims its subject in one transaction.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.states_and_codes import Status
from shared.protocols import Create, Replace, RowChangedError, RowExistsError, RowMissingError
from shared.records.column_reader import reading
from shared.records.export_index import index_row
from shared.records.export_rows import EXPORT_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.exports.export import Export, Subject
    from shared.protocols import Table
    from shared.records.export_index import ExportIndex

CLAIM_AHEAD = timedelta(minutes=1)
"""A claim is stored before the new or reopened export. For this long, one without an open export is ahead of it."""
_ENDED = frozenset(status.value for status in Status if status.is_terminal)
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_TRIES = 5
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which export holds the claim on a subject."""

    export_id: str
    since: datetime
    etag: str


class SubjectClaims:
    """The claims of all open exports."""

    def __init__(self, exports: Table, index: ExportIndex, now: Callable[[], datetime]) -> None:
        """The claims in `index`, on subjects of the exports in `exports`; `now` returns the present, in UTC."""
        self._exports = exports
        self._index = index
        self._now = now

    async def claim(self, export: Export) -> None:
        """Lists an export that is new, is open again, or whose subject became known, and claims its subject.

        Raises:
            SubjectBusyError: another export of the subject is open, and this one does not allow for that.
            ConflictError: others ask for the same subject at this moment; nothing was stored.
        """
        if not _is_exclusive(export):
            return await self._index.add(export)
        row, held = index_row(_claim_key(export.subject), export), None
        for _ in range(_TRIES):
            try:
                return await self._index.add(export, Replace(row, held.etag) if held else Create(row))
            except (RowExistsError, RowChangedError, RowMissingError):
                held = await self._holder(export.subject)
            if held is not None and held.export_id != export.id:
                await self._check_ended(held, export)
            elif held is not None and export.begun_at == export.created_at:
                return await self._index.add(export)
            # A reopened one renews the claim that it has from before, so that others see that it is ahead.
        raise ConflictError(export.id)

    async def holder_of(self, export: Export) -> str | None:
        """The id of another open export that has the claim on an open export's subject; None where there is none.

        A process that is slower than `CLAIM_AHEAD` can lose its claim before it stores its export. So this is asked
        again before a submission; a claim that nobody needs any more is taken back.

        Raises:
            ConflictError: others ask for the same subject at this moment.
        """
        if not _is_exclusive(export):
            return None
        held = await self._holder(export.subject)
        if held is not None and held.export_id == export.id:
            return None
        try:
            await self.claim(export)
        except SubjectBusyError as busy:
            return busy.export_id
        return None

    async def _holder(self, subject: Subject) -> _Claim | None:
        found = await self._index.get(_claim_key(subject))
        if found is None:
            return None
        with reading(found.row) as columns:
            return _Claim(columns.need("exportId", str), columns.find("since", datetime) or _LONG_AGO, found.etag)

    async def _check_ended(self, held: _Claim, export: Export) -> None:
        """Returns where the claim no longer holds, because its export has ended or never came."""
        for _ in range(_TRIES):
            if not await self._may_open(held):
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise ConflictError(export.id)

    async def _may_open(self, held: _Claim) -> bool:
        """Whether the export that holds a claim is about to be stored as open; SubjectBusyError if it is open."""
        found = await self._exports.get(held.export_id, EXPORT_KEY, ["status", "lastUpdatedDateTime"])
        is_ahead = self._now() - held.since < CLAIM_AHEAD
        if found is None:
            return is_ahead
        status, updated_at = found.row.get("status"), found.row.get("lastUpdatedDateTime")
        if status not in _ENDED or not isinstance(updated_at, datetime):  # or it can't be read, so it may be open
            raise SubjectBusyError(held.export_id)
        return is_ahead and updated_at < held.since


def _is_exclusive(export: Export) -> bool:
    """Whether an export has to be the only open one of its subject."""
    return not export.allow_duplicate and export.subject.id is not None


def _claim_key(subject: Subject) -> str:
    return f"claim|{subject.type.value}|{subject.id}"
