"""The queue of exports that wait for a slot of the tenant's daily limit, in rows that all processes share.

One row has what is decided: when the next slot is free, and the present round. Each caller who waits has a row for its
next turn, ordered by round, and each export a row for its place, ordered by caller and deadline. Whoever takes a slot,
a turn or a place replaces the first row in the same transaction, so no two do so at once. An export leaves by the
deletion of its row alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from shared.exports import fair_submission_order
from shared.exports.exceptions import QueueBusyError
from shared.protocols import Create, Delete, Int64, Replace, RowChangedError, RowExistsError, RowMissingError, Upsert
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shared.exports.export import Export
    from shared.protocols import Operation, Row, Table

_PARTITION, _STATE_KEY, _NEXT_FREE, _TURN = "pacer", "submissions", "nextFreeDateTime", "turn"
_TURN_PREFIX, _PLACE_PREFIX = "turn|", "wait|"
_EVENT_COUNT = "eventCount"
_TRIES = 20
_TIMEOUT_SECONDS = 60.0
"""How long to wait for the other tasks of this process and make a change; a slot given up half-way is nobody's."""
_COUNTED = 1000
"""How many rows an estimate reads of a kind: one call."""
_TURNS_A_LOOK = 90
"""How many callers at most are looked at for one who still waits; the others are removed in one transaction."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WaitingExport:
    """An export whose turn it is, unless it has left the queue by now."""

    export_id: str
    place: str
    """Its place in the queue (`place_of`)."""
    event_count: int
    """How many events the export had when it was entered. A state with fewer is older than the place."""
    turn: int
    """The round in which it is its caller's turn."""
    seen: str | None
    """The ETag of the queue's state when that was found."""


@dataclass(frozen=True, slots=True)
class _State:
    next_free: datetime | None
    turn: int
    """The present round: the latest in which a caller has had its turn."""
    etag: str | None
    """None if there is no row yet."""


def place_of(export: Export) -> str:
    """Where an export is in the queue, as the key of its row."""
    deadline = int(fair_submission_order.queue_deadline(export).timestamp() * 1000)
    return f"{_places_of(_caller_key(export))}{deadline:015d}|{export.id}"


class SubmissionQueue:
    """The slots of one tenant, and the exports that wait for one."""

    def __init__(self, table: Table, per_day: int) -> None:
        """The queue in `table`, for `per_day` submissions in 24 hours at most."""
        self._table = table
        self._per_day = per_day
        # Between processes the row decides; within one they take turns, or hundreds would contend for it.
        self._lock = asyncio.Lock()

    async def take_slot(self, now: datetime) -> bool:
        """Takes a slot if one is free now and nobody waits.

        Raises:
            QueueBusyError: others were faster, every time; nothing was taken.
        """

        async def take(state: _State) -> bool:
            next_free = fair_submission_order.take_slot(state.next_free, now, self._per_day)
            if next_free is None or await self._keys(_PLACE_PREFIX, limit=1):
                return False
            await self._table.transact([_write(replace(state, next_free=next_free))])
            return True

        return await self._change(take)

    async def enter(self, export: Export, now: datetime) -> datetime:
        """Gives an export a place, or leaves it in the one that it has, and returns when its turn is expected.

        The expectation is an estimate: it counts a thousand rows of a kind at most, and assumes that nobody comes or
        leaves.

        Raises:
            QueueBusyError: others were faster, every time; the export has no place.
        """
        caller, place = _caller_key(export), place_of(export)

        async def take_place(state: _State) -> _State:
            operations = [_write(state), Upsert(_place(export))]
            # A caller that has a turn already has it in the present round or the next one.
            next_turn = fair_submission_order.turn_after(state.turn)
            has_next = await self._table.get(_PARTITION, _turn_key(next_turn, caller), ["RowKey"]) is not None
            turn = fair_submission_order.turn_of_arrival(state.turn, next_turn if has_next else None)
            operations.append(Upsert(_row(_turn_key(turn, caller))))
            await self._table.transact(operations)
            return state

        state = await self._change(take_place)
        before = await self._count_before(caller, place)
        return fair_submission_order.expected_at(state.next_free, now, before, self._per_day)

    async def leave(self, export: Export) -> None:
        """Gives up the place of an export; one that has none is fine."""
        await self._remove(place_of(export))

    async def enter_again(self, export: Export) -> None:
        """Gives an export that is in the queue the place that it is about to have, beside the one that it has."""
        await self._table.transact([Upsert(_place(export))])

    async def remove(self, waiting: WaitingExport) -> None:
        """Removes a place that no export needs any more; one that is gone is fine."""
        await self._remove(waiting.place)

    async def count(self) -> int:
        """How many exports have a place: one call for a thousand."""
        rows = self._table.range(_PARTITION, _PLACE_PREFIX, _PLACE_PREFIX + KEY_UPPER_BOUND, columns=["RowKey"])
        return len([row async for row in rows])

    async def next_waiting(self, now: datetime) -> WaitingExport | None:
        """The export whose turn it is; None if no slot is free now, or nobody waits.

        Turns of callers who no longer wait are removed on the way. If there are too many of them before the one whose
        turn it is, the next call finds it.

        Raises:
            QueueBusyError: others were faster, every time.
        """

        async def look(state: _State) -> WaitingExport | None:
            if fair_submission_order.take_slot(state.next_free, now, self._per_day) is None:
                return None
            used_up: list[str] = []
            found = None
            for key in await self._keys(_TURN_PREFIX, limit=_TURNS_A_LOOK):
                turn = _turn_in(key)
                place = None if turn is None else await self._first_place(key)
                if turn is not None and place is not None:
                    found = WaitingExport(
                        place["RowKey"].rpartition("|")[2], place["RowKey"], _events_in(place), turn, state.etag
                    )
                    break
                used_up.append(key)
            if used_up:
                seen = await self._remove_turns(used_up, state)
                found = found and replace(found, seen=seen)
            return found

        return await self._change(look)

    async def grant(self, waiting: WaitingExport, now: datetime) -> bool:
        """Takes a slot for an export whose turn it is, and moves its caller's turn to the next round.

        The export keeps its place, so that a process that dies before it has stored the export wastes a slot, but loses
        no export. Call `remove` or `leave` after that.

        Returns:
            False if no slot is free any more, or another turn is before that one; nothing was taken.

        Raises:
            QueueBusyError: others were faster, every time; nothing was taken.
        """
        caller = _caller_in(waiting.place)
        turn, next_turn = waiting.turn, fair_submission_order.turn_after(waiting.turn)

        async def take(state: _State) -> bool:
            next_free = fair_submission_order.take_slot(state.next_free, now, self._per_day)
            if next_free is None:
                return False
            if state.etag != waiting.seen and await self._keys(_TURN_PREFIX, _turn_key(turn, ""), limit=1):
                return False
            taken = _write(replace(state, next_free=next_free, turn=max(state.turn, turn)))
            turns: list[Operation] = [
                Delete(_PARTITION, _turn_key(turn, caller)),
                Upsert(_row(_turn_key(next_turn, caller))),
            ]
            try:
                await self._table.transact([taken, *turns])
            except RowMissingError:  # another process has given the caller that turn
                return False
            return True

        return await self._change(take)

    async def _change(self, change: Callable[[_State], Awaitable[T]]) -> T:
        """Runs a change on the present state, again if another process changes that meanwhile."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                for _ in range(_TRIES):
                    with contextlib.suppress(RowChangedError, RowExistsError, RowMissingError):
                        async with self._lock:
                            return await change(await self._state())
        raise QueueBusyError

    async def _state(self) -> _State:
        found = await self._table.get(_PARTITION, _STATE_KEY)
        if found is None:
            return _State(None, 0, None)
        next_free, turn = found.row.get(_NEXT_FREE), found.row.get(_TURN)
        # A value that somebody has damaged counts as absent, because nobody could submit anything otherwise.
        return _State(
            next_free if isinstance(next_free, datetime) else None, turn if isinstance(turn, int) else 0, found.etag
        )

    async def _first_place(self, turn_key: str) -> Row | None:
        """The place of the export that goes next of the caller with that turn; None if it has none in the queue."""
        places = _places_of(_caller_in(turn_key))
        columns = ["RowKey", _EVENT_COUNT]
        rows = self._table.range(_PARTITION, places, places + KEY_UPPER_BOUND, limit=1, columns=columns)
        found = [row async for row in rows]
        return found[0] if found else None

    async def _remove_turns(self, keys: list[str], state: _State) -> str:
        """Removes the turns before all others, and returns the ETag of the state after that.

        The present round becomes theirs, so that a caller who comes back gets no earlier turn than those who wait.
        """
        later = replace(state, turn=max(state.turn, *(_turn_in(key) or 0 for key in keys)))
        return (await self._table.transact([_write(later), *(Delete(_PARTITION, key) for key in keys)]))[0]

    async def _count_before(self, caller: str, place: str) -> int:
        """How many exports go before the one in that place, as far as a thousand rows of a kind tell."""
        places = await self._keys(_PLACE_PREFIX, limit=_COUNTED)
        counts = Counter(map(_caller_in, places))
        if len(places) < _COUNTED:
            ahead = sum(_caller_in(each) == caller and each < place for each in places)
            callers = set(counts)
        else:
            del counts[_caller_in(places[-1])]  # it may have more
            own, turns = await asyncio.gather(
                self._keys(_places_of(caller), place, limit=_COUNTED), self._keys(_TURN_PREFIX, limit=_COUNTED)
            )
            ahead, callers = len(own), set(map(_caller_in, turns))
        return fair_submission_order.count_before(ahead, [counts.get(other) for other in callers - {caller}])

    async def _keys(self, prefix: str, before: str | None = None, *, limit: int) -> list[str]:
        """The first row keys with a prefix, below `before`: one call."""
        end = prefix + KEY_UPPER_BOUND if before is None else before
        rows = self._table.range(_PARTITION, prefix, end, limit=limit, columns=["RowKey"])
        return [row["RowKey"] async for row in rows]

    async def _remove(self, place: str) -> None:
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(_PARTITION, place)])


def _caller_key(export: Export) -> str:
    return hashlib.sha256(export.caller.encode()).hexdigest()[:32]


def _places_of(caller: str) -> str:
    return f"{_PLACE_PREFIX}{caller}|"


def _turn_key(turn: int, caller: str) -> str:
    return f"{_TURN_PREFIX}{turn:012d}|{caller}"


def _turn_in(turn_key: str) -> int | None:
    """The round in the key of a turn; None if the key is damaged."""
    parts = turn_key.split("|")
    return int(parts[1]) if parts[1].isdecimal() else None


def _events_in(place: Row) -> int:
    """How many events an export had when it was entered; 0 where the row does not say, or is damaged."""
    count = place.get(_EVENT_COUNT)
    return count if isinstance(count, int) else 0


def _caller_in(key: str) -> str:
    """The caller in the key of a turn or of a place."""
    return key.rpartition("|")[2] if key.startswith(_TURN_PREFIX) else key.split("|")[1]


def _place(export: Export) -> Row:
    return _row(place_of(export)) | {_EVENT_COUNT: Int64(export.event_count)}


def _row(key: str) -> Row:
    return {"PartitionKey": _PARTITION, "RowKey": key}


def _write(state: _State) -> Operation:
    row = _row(_STATE_KEY) | {_TURN: Int64(state.turn)}
    if state.next_free is not None:
        row[_NEXT_FREE] = state.next_free
    return Create(row) if state.etag is None else Replace(row, state.etag)
