"""Reserves slots for submissions in one row, so that all processes keep to the daily limit together."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode

from shared.exports.daily_submission_limit import reserve_slot
from shared.exports.exceptions import SlotsBusyError

if TYPE_CHECKING:
    from datetime import datetime

    from azure.data.tables.aio import TableClient

_PARTITION, _ROW, _FREE = "pacer", "submissions", "nextFreeDateTime"
_TRIES = 20
_RESERVE_TIMEOUT_SECONDS = 60.0
"""Seconds to wait for a turn and to take it; a slot that is given up half-way is nobody's."""


class SubmissionSlots:
    """Reserves slots for submissions, so that all of the app's together keep to the tenant's daily limit."""

    def __init__(self, table: TableClient, per_day: int) -> None:
        """The pacer with its row in `table`."""
        self._table = table
        self._per_day = per_day
        # Between processes the row decides; within one they take turns, or hundreds would contend for it.
        self._turn = asyncio.Lock()

    async def reserve(self, now: datetime) -> datetime:
        """When the next submission may go: a slot that nobody else has.

        Raises:
            PacerBusyError: others were faster, every time, or storage is too slow for so many turns.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_RESERVE_TIMEOUT_SECONDS):
                for _ in range(_TRIES):
                    with contextlib.suppress(ResourceModifiedError, ResourceExistsError):  # another process was faster
                        async with self._turn:
                            return await self._try(now)
        raise SlotsBusyError

    async def _try(self, now: datetime) -> datetime:
        try:
            row: Any = await self._table.get_entity(_PARTITION, _ROW)
        except ResourceNotFoundError:
            row = None
        slot, free = reserve_slot(row and row[_FREE], now, self._per_day)
        entity = {"PartitionKey": _PARTITION, "RowKey": _ROW, _FREE: free}
        if row is None:
            await self._table.create_entity(entity)
        else:
            await self._table.update_entity(
                entity, UpdateMode.REPLACE, etag=row.metadata["etag"], match_condition=MatchConditions.IfNotModified
            )
        return slot
