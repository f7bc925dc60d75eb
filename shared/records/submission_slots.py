"""Reserves slots for submissions in one row, so that all processes together keep to the tenant's daily limit."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from shared.exports.daily_submission_limit import reserve_slot
from shared.exports.exceptions import SlotsBusyError
from shared.protocols import Create, Replace, RowChangedError, RowExistsError, RowMissingError

if TYPE_CHECKING:
    from datetime import datetime

    from shared.protocols import Table

_PARTITION, _KEY, _NEXT_FREE = "pacer", "submissions", "nextFreeDateTime"
_TRIES = 20
_TIMEOUT_SECONDS = 60.0
"""How long to wait for a turn and to take it; a slot that is given up half-way is nobody's."""


class SubmissionSlots:
    """The slots of one tenant."""

    def __init__(self, table: Table, per_day: int) -> None:
        """Slots that are reserved in a row of `table`, `per_day` in 24 hours at most."""
        self._table = table
        self._per_day = per_day
        # Between processes the row decides; within one they take turns, or hundreds would contend for it.
        self._turn = asyncio.Lock()

    async def reserve(self, now: datetime) -> datetime:
        """When the next submission may go: a slot that nobody else has.

        Raises:
            SlotsBusyError: others were faster, every time, or storage is too slow for so many turns.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                for _ in range(_TRIES):
                    # another process was faster
                    with contextlib.suppress(RowChangedError, RowExistsError, RowMissingError):
                        async with self._turn:
                            return await self._try(now)
        raise SlotsBusyError

    async def _try(self, now: datetime) -> datetime:
        found = await self._table.get(_PARTITION, _KEY)
        slot, next_free = reserve_slot(found.row[_NEXT_FREE] if found else None, now, self._per_day)
        row = {"PartitionKey": _PARTITION, "RowKey": _KEY, _NEXT_FREE: next_free}
        await self._table.transact([Replace(row, found.etag) if found else Create(row)])
        return slot
