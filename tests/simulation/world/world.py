"""The world around the product: an account, tables, Graph, the clock, and a record of what happened."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from tests.simulation.world.facts import Line
from tests.simulation.world.schedule import Schedule
from tests.simulation.world.simulated_account import SimulatedAccount
from tests.simulation.world.simulated_graph import SimulatedGraph
from tests.simulation.world.simulated_tables import SimulatedExportsTable, SimulatedIndexTable, SimulatedTable
from tests.simulation.world.touches import ACTOR, Moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime
    from random import Random

    from shared.protocols import ListedFile
    from tests.simulation.world.facts import Fact


class World:
    """Everything outside the product.

    Attributes:
        skew: how far the product's clock is ahead of the true time.
        touch: decides what happens at a touch; set by the stepper.
        note: counts and records a fault that the world itself injects.
        hashing_time: how long it takes to read and hash a file.
        listeners: called with each fact.
        signing_secrets: what signs, or signed, the callbacks of a subscription.
    """

    def __init__(self, random: Random, now: datetime) -> None:
        """A world at that time, in which `random` draws everything that is left to chance."""
        self.skew = timedelta()
        self.touch: Callable[[str, Moment], Awaitable[object]] = _let_pass
        self.schedule = Schedule(now)
        self.account = SimulatedAccount(self, random)
        self.exports = SimulatedExportsTable(self)
        self.index = SimulatedIndexTable(self)
        self.graph = SimulatedGraph(self, random)
        self.note: Callable[[str, str], None] = lambda _fault, _where: None
        self.hashing_time: Callable[[ListedFile], timedelta] = lambda _listed: timedelta()
        self.listeners: list[Callable[[Line], None]] = []
        self.signing_secrets: set[str] = set()
        self._others: dict[TableName, SimulatedTable] = {}

    def table(self, name: TableName) -> SimulatedTable:
        """The table with that name."""
        match name:
            case TableName.EXPORTS:
                return self.exports
            case TableName.INDEX:
                return self.index
        return self._others.setdefault(name, SimulatedTable(self, name))

    @property
    def now(self) -> datetime:
        """The true time."""
        return self.schedule.now

    def clock(self) -> datetime:
        """The product's clock."""
        return self.schedule.now + self.skew

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Passes no fact on meanwhile: a dead process says nothing, whatever its coroutines do when they are closed."""
        listeners, self.listeners = self.listeners, []
        try:
            yield
        finally:
            self.listeners = listeners

    def record(self, fact: Fact) -> None:
        """Passes a fact on to all listeners."""
        line = Line(self.now, ACTOR.get(), fact)
        for listener in self.listeners:
            listener(line)

    async def before(self, what: str) -> object:
        """Called right before a side effect: returns None, or an instruction (see `Touch`)."""
        return await self._touch(what, Moment.BEFORE)

    async def after(self, what: str) -> object:
        """Called right after a side effect, before the product knows of it."""
        return await self._touch(what, Moment.AFTER)

    async def _touch(self, what: str, moment: Moment) -> object:
        advice = await self.touch(what, moment)
        if isinstance(advice, Exception):
            raise advice
        return advice


async def _let_pass(_what: str, _moment: Moment) -> None:
    return
