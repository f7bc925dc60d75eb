"""Counts what the timers cost: a round of the reconciler by how much is due, and a sweep of many containers.

Tables, containers and monitors are in memory, and each call to them takes as long as one to Azure.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bench.table import Row
from shared.protocols import Upsert
from shared.records.export_index import index_row
from shared.records.export_rows import to_export_row
from shared.records.index_keys import listing_keys, step_keys
from shared.records.table_names import TableName
from shared.services import services_on
from shared.telemetry import telemetry_events
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import CONTAINERS_AT_ONCE, PIECE_TIME_LIMIT, do_pieces, sweep
from tests.exports.samples import LIMITS, NOW, failed, running, without_events
from tests.fakes.fixed_account_probe import FixedAccountProbe
from tests.fakes.in_memory_account import ENDPOINT, InMemoryAccount
from tests.fakes.in_memory_containers import InMemoryContainers
from tests.fakes.in_memory_graph import InMemoryGraph
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.fakes.recording_callback_sender import RecordingCallbackSender
from tests.fakes.recording_monitors import RecordingMonitors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bench.table import Say
    from shared.exports.export import Export
    from shared.protocols import Operation

DUE = (0, 100, 10_000)
CONTAINERS = 30_000
"""What a thousand exports a day leave, each kept for 30 days."""
CALL_SECONDS = 0.02
"""How long a call to storage takes, within a region and with some to spare."""
REACH_AT_REST, REACH_A_CONTAINER = 10, 2.1
REACH_A_PIECE = 1.5 * PIECE_TIME_LIMIT


class Meter:
    """Counts calls, lets them take time, and tells the time.

    Attributes:
        calls: how many calls were made.
        most_at_once: how many were under way at once at most.
    """

    def __init__(self, *, is_real: bool) -> None:
        """No call was made yet. If it is not real, nobody waits: the clock moves as if 16 calls were made at once."""
        self._is_real = is_real
        self._began = time.monotonic()
        self._under_way = 0
        self.calls = self.most_at_once = 0

    def now(self) -> datetime:
        """A day after the exports were made, and what has passed since the start."""
        virtual = self.calls * CALL_SECONDS / CONTAINERS_AT_ONCE
        return NOW + timedelta(days=1, seconds=time.monotonic() - self._began if self._is_real else virtual)

    async def begin(self) -> None:
        """Begins a call."""
        self.calls += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        await asyncio.sleep(CALL_SECONDS if self._is_real else 0)

    def end(self) -> None:
        """Ends a call."""
        self._under_way -= 1


class _Table(InMemoryTable):
    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    async def before(self, call: str) -> None:  # noqa: ARG002 - all calls are alike
        await self._meter.begin()

    async def after(self, call: str) -> None:
        if call != "transact":
            self._meter.end()

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        try:
            return await super().transact(operations)
        finally:  # also where it was refused
            self._meter.end()


class _Containers(InMemoryContainers):
    def __init__(self, account: InMemoryAccount, meter: Meter) -> None:
        super().__init__(account)
        self._meter = meter

    async def before(self, call: str) -> None:  # noqa: ARG002
        await self._meter.begin()

    async def after(self, call: str) -> None:  # noqa: ARG002
        self._meter.end()


class _Monitors(RecordingMonitors):
    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.meter = meter

    async def is_alive(self, export_id: str) -> bool:
        await self.meter.begin()
        self.meter.end()
        return await super().is_alive(export_id)


class Deployment:
    """Services in memory, with metered storage and monitors."""

    def __init__(self, *, is_real: bool) -> None:
        """An empty one."""
        self.storage = Meter(is_real=is_real)
        self.tables = {name: _Table(self.storage) for name in TableName}
        self.account = InMemoryAccount(lambda: NOW)
        self.monitors = _Monitors(Meter(is_real=is_real))
        self.services = services_on(
            self.tables.__getitem__,
            containers=_Containers(self.account, self.storage),
            zip_blobs=lambda: InMemoryZipBlobs(self.account),
            account_probe=FixedAccountProbe(),
            graph=InMemoryGraph(self.storage.now, self.account),
            callbacks=RecordingCallbackSender(),
            limits=LIMITS,
            grant_kind=running().attempts[0].grant.kind,
            now=self.storage.now,
        )

    def record(self, export: Export) -> Export:
        """Stores the row of an export of a new person, whose container was made for it; the index lacks it."""
        export_id = str(uuid.uuid4())
        name = f"export-{export_id}-1"
        self.account.create(name)
        attempts = tuple(replace(attempt, container=f"{ENDPOINT}/{name}") for attempt in export.attempts)
        made = without_events(replace(export, id=export_id, attempts=attempts))
        self.tables[TableName.EXPORTS].apply([Upsert(to_export_row(made))])
        return made


@dataclass(frozen=True, slots=True)
class RoundCost:
    """A round of the reconciler."""

    storage_calls: int
    durable_calls: int
    time: timedelta


@dataclass(frozen=True, slots=True)
class SweepCost:
    """A sweep, in pieces."""

    pieces: list[timedelta]
    """How long each took."""
    calls: int
    most_at_once: int
    progress_characters: int
    """The longest text in the row that says how far it has come."""


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    logging.getLogger(telemetry_events.__name__).setLevel(logging.WARNING)
    rounds = []
    for due in DUE:
        say(f"a round of the reconciler with {due:,} due exports")
        rounds.append(asyncio.run(round_cost(due, is_real=True)))
    say(f"a sweep of {CONTAINERS:,} containers")
    return [_round_row(rounds), _sweep_row(asyncio.run(sweep_cost(CONTAINERS, is_real=True)))]


def _round_row(rounds: list[RoundCost]) -> Row:
    storage, durable = (
        ", ".join(f"{count:,}" for count in counts)
        for counts in ([cost.storage_calls for cost in rounds], [cost.durable_calls for cost in rounds])
    )
    times = ", ".join(f"{cost.time.total_seconds():.1f} s" for cost in rounds)
    return Row(
        what=f"a round of the reconciler at {', '.join(f'{due:,}' for due in DUE)} due exports: storage calls",
        ours=f"{storage}; besides {durable} of Durable; {times} at {CALL_SECONDS * 1000:.0f} ms a call",
        floor="1 look at each",
        reach=f"at most {REACH_AT_REST} when nothing is due",
        met=rounds[0].storage_calls <= REACH_AT_REST,
    )


def _sweep_row(swept: SweepCost) -> Row:
    longest = max(swept.pieces)
    return Row(
        what=f"a sweep of {CONTAINERS:,} containers",
        ours=f"{len(swept.pieces)} pieces of {longest.total_seconds():.0f} s at most; {swept.calls:,} calls of "
        f"{CALL_SECONDS * 1000:.0f} ms, {swept.most_at_once} at once",
        alternative=f"one call of {2 * CONTAINERS * CALL_SECONDS / 60:.0f} min, one container after another",
        floor=f"{CONTAINERS:,} lookups",
        ratio=f"{swept.calls / CONTAINERS:.2f} calls a container",
        reach=f"at most {REACH_A_CONTAINER} calls a container, and {REACH_A_PIECE.total_seconds():.0f} s a piece",
        met=swept.calls <= REACH_A_CONTAINER * CONTAINERS and longest <= REACH_A_PIECE,
    )


async def round_cost(due: int, *, is_real: bool) -> RoundCost:
    """A round with so many due exports, all with a monitor, on an index that is whole."""
    deployment = Deployment(is_real=is_real)
    index, meter = deployment.tables[TableName.INDEX], deployment.storage
    await deployment.services.repair.repair(meter.now())
    template = replace(running(), updated_at=NOW, next_step_at=meter.now() - timedelta(minutes=5))
    for _ in range(due):
        export = deployment.record(template)
        index.apply([Upsert(index_row(key, export)) for key in [*listing_keys(export), *step_keys(export)]])
        deployment.monitors.alive.add(export.id)
    storage, begin = meter.calls, meter.now()
    await reconcile(deployment.services, deployment.monitors)
    return RoundCost(meter.calls - storage, deployment.monitors.meter.calls, meter.now() - begin)


async def sweep_cost(containers: int, *, is_real: bool) -> SweepCost:
    """A sweep of so many containers: of exports that have ended with their data kept, and one of a hundred unknown.

    They have ended one after the other, over the 30 days for which data is kept.
    """
    deployment = Deployment(is_real=is_real)
    meter, services, template = deployment.storage, deployment.services, failed()
    await services.repair.repair(meter.now())
    for number in range(containers):
        if number % 100:
            kept_for = timedelta(days=30 * number / containers)
            deployment.record(replace(template, updated_at=meter.now() - kept_for))
        else:
            deployment.account.create(f"export-{uuid.uuid4()}-1")
    pieces: list[timedelta] = []
    before, longest, work = meter.calls, 0, sweep(services, deployment.monitors)
    while True:
        began = meter.now()
        await work
        pieces.append(meter.now() - began)
        row = deployment.tables[TableName.INDEX].row("maintenance", "sweep")
        if row is None:
            return SweepCost(pieces, meter.calls - before, meter.most_at_once, longest)
        longest = max(longest, *(len(value) for value in row.row.values() if isinstance(value, str)))
        work = do_pieces(await services.maintenance.load(), services)
