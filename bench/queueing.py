"""Counts the storage calls of a submission through the queue, and how long an urgent export waits in a full one."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.product import product_on
from bench.table import Row
from bench.times import BEGIN, DAY, HOUR, MINUTE
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.exports.calendar_period import CalendarPeriod
from shared.exports.export import ExportRequest, Subject
from shared.exports.fair_submission_order import BURST_DIVISOR, slot_interval
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import SubjectType
from shared.exports.transitions import acceptance
from shared.protocols import Delete, Upsert
from shared.records.submission_queue import SubmissionQueue, place_of
from shared.records.table_names import TableName
from shared.storage.azure_table import AzureTable
from shared.workflow.advance_export import advance_export
from shared.workflow.submission_dispatcher import dispatch_submissions
from tests.azure_tables import table_client
from tests.fakes.in_memory_table import InMemoryTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from bench.product import Product
    from bench.table import Say
    from shared.exports.export import Export
    from shared.protocols import Operation, Table

WAITING = (0, 100, 10_000)
PER_DAY, BEHIND = 1000, 5_000
ROUND = 5 * MINUTE
"""How often the reconciler gives slots to the queue."""
_OPERATIONS = 100
"""The most operations of a transaction."""
_LONGEST, _MOST_CALLS = 2 * ROUND, 20


@dataclass(frozen=True, slots=True)
class Calls:
    """How many requests to storage the submission of an export costs because of the queue."""

    at_once: int
    """The step that finds a slot free, the read and the write of the export's row included."""
    enters: int
    """The step that finds none and enters the queue, these included too."""
    turn: int
    """What the reconciler does to give the export its turn, these included too."""


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        azurite, counted = Azurite(Path(folder), family).start(), []
        for waiting in WAITING:
            say(f"a submission with {waiting:,} others in the queue, request by request")
            counted.append(asyncio.run(count(azurite, waiting)))
    say(f"an urgent export behind {BEHIND:,} others")
    return [*_calls_rows(counted), _wait_row(asyncio.run(urgent_wait()))]


async def count(azurite: Azurite, waiting: int) -> Calls:
    """Counts on Azurite, with so many exports of another caller in the queue."""
    async with product_on(azurite) as product, table_client(azurite, TableName.INDEX) as uncounted:
        table, queue = AzureTable(uncounted), product.services.queue
        await _write(table, [Delete("pacer", key) for key in await _keys(table)])
        at_once = await _cost_of_step(product, await product.post())
        while await queue.take_slot(product.clock.now):
            pass  # the rest of the burst
        await fill(table, waiting, turn=1)
        export_id = await product.post()
        enters = await _cost_of_step(product, export_id)
        product.clock.now += slot_interval(product.services.limits.submissions_per_day)
        product.wire.take()
        given = await dispatch_submissions(product.services, product.monitors)
        turn = len(product.wire.take())
    if given != 1 or product.monitors.started[-1] != export_id:
        raise ValueError(f"The turn did not come to export {export_id}.")
    return Calls(at_once=at_once, enters=enters, turn=turn)


async def urgent_wait() -> timedelta:
    """How long the only export of a caller waits behind `BEHIND` exports of another one."""
    queue = SubmissionQueue(table := InMemoryTable(), PER_DAY)
    while await queue.take_slot(BEGIN):
        pass
    await fill(table, BEHIND, turn=0)
    urgent = _export("urgent")
    await queue.enter(urgent, BEGIN)
    now = BEGIN
    while True:
        now += ROUND
        while waiting := await queue.next_waiting(now):
            await queue.grant(waiting, now)
            await queue.remove(waiting)
            if waiting.export_id == urgent.id:
                return now - BEGIN


async def fill(table: Table, waiting: int, *, turn: int) -> None:
    """Puts so many exports of one caller into an empty queue, whose turn is in that round."""
    places = [place_of(_export("flood")) for _ in range(waiting)]
    turns = {f"turn|{turn:012d}|{place.split('|')[1]}" for place in places}
    await _write(table, [Upsert({"PartitionKey": "pacer", "RowKey": key}) for key in (*places, *turns)])


def _export(caller: str) -> Export:
    request = ExportRequest(subject=Subject(SubjectType.USER, new_export_id()))
    return acceptance.accept(request, new_export_id(), caller, BEGIN, due_after=CalendarPeriod(days=30), correlation={})


async def _keys(table: Table) -> list[str]:
    return [row["RowKey"] async for row in table.range("pacer", "", "~", columns=["RowKey"])]


async def _write(table: Table, operations: Sequence[Operation]) -> None:
    for start in range(0, len(operations), _OPERATIONS):
        await table.transact(operations[start : start + _OPERATIONS])


async def _cost_of_step(product: Product, export_id: str) -> int:
    """The requests of the step that takes a slot or enters the queue."""
    product.wire.take()
    await advance_export(export_id, product.services, max_steps=1)
    return len(product.wire.take())


def _calls_rows(counted: list[Calls]) -> list[Row]:
    rows = []
    for waiting, calls in zip(WAITING, counted, strict=True):
        others = f"{waiting:,} others" if waiting else "nobody else"
        rows.append(
            Row(
                what=f"a submission with {others} in the queue: storage calls",
                ours=f"{calls.enters} to enter it, {calls.turn} to be given a turn; {calls.at_once} if a slot is free",
                reach=f"at most {_MOST_CALLS}, however many wait",
                met=calls.enters + calls.turn <= _MOST_CALLS,
            )
        )
    return rows


def _wait_row(waited: timedelta) -> Row:
    fifo = BEHIND * DAY / (PER_DAY - PER_DAY // BURST_DIVISOR)
    return Row(
        what=f"an urgent export behind {BEHIND:,} others of another caller: wait for its turn",
        ours=f"{waited / MINUTE:.0f} minutes: turns are given every five minutes",
        alternative=f"{fifo / HOUR:.0f} h: first come, first served",
        ratio=f"{waited / fifo:.5f} of the alternative",
        reach=f"at most {_LONGEST / MINUTE:.0f} minutes",
        met=waited <= _LONGEST,
    )
