"""The world that a simulation runs in: an account, a table and its index, a Graph, a clock, and what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.world.account import Account
from tests.simulation.world.agenda import Agenda
from tests.simulation.world.facts import Line
from tests.simulation.world.index import IndexTable
from tests.simulation.world.service import Service
from tests.simulation.world.table import Table
from tests.simulation.world.touches import Moment, Touch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from random import Random

    from tests.simulation.world.facts import Fact


class World:
    """Everything outside the product.

    Attributes:
        skew: how far the product's clock is ahead of the true time.
        actor: the name of the coroutine that runs now.
        page_size: how many files a page of a container's listing has.
    """

    def __init__(self, random: Random, now: datetime, skew: timedelta, *, steps_in: bool = False) -> None:
        """A world at that time.

        Args:
            random: the source of all chance.
            now: the true time.
            skew: how far the product's clock is ahead of it.
            steps_in: whether somebody steps the product's coroutines by hand and wants to see every touch. Without,
                the stand-ins never yield, so any event loop runs them.
        """
        self.random = random
        self.skew = skew
        self.actor = ""
        self.page_size = 4
        self.agenda = Agenda(now)
        self.account = Account(random)
        self.table = Table()
        self.index = IndexTable(self)
        self.service = Service(self)
        self.listeners: list[Callable[[Line], None]] = []
        self._steps_in = steps_in

    @property
    def now(self) -> datetime:
        """The true time."""
        return self.agenda.now

    def clock(self) -> datetime:
        """The product's clock."""
        return self.agenda.now + self.skew

    def tell(self, fact: Fact) -> None:
        """Lets all listeners know."""
        line = Line(self.now, self.actor, fact)
        for listener in self.listeners:
            listener(line)

    async def before(self, what: str) -> object:
        """Right before a side effect: None, or what the driver wants instead (`Touch`)."""
        return await self._touch(what, Moment.BEFORE)

    async def after(self, what: str) -> object:
        """Right after a side effect, before the product knows of it."""
        return await self._touch(what, Moment.AFTER)

    async def _touch(self, what: str, moment: Moment) -> object:
        if not self._steps_in:
            return None
        advice = await Touch(what, moment)
        if isinstance(advice, Exception):
            raise advice
        return advice
