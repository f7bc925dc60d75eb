"""Containers of exports that nobody knows any more are kept: they are known to have been somebody's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Committed, Erased, TableLost

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.world.facts import Line

_SHARE = 0.25
_LONGEST_SWEEP = timedelta(days=2)


class UnknownIsKept(Check):
    """When the table of exports is lost, nothing of them is erased, unless the export is requested anew."""

    name = "unknown is kept"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._kept: set[str] = set()
        self._erased: dict[str, datetime] = {}

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=TableName.EXPORTS):
                self._kept |= {name for name in self.world.account.containers if export_of(name) in self.state.exports}
            case Committed(after=after):
                self._kept = {name for name in self._kept if export_of(name) != after.id}
            case Erased(container=container):
                # A step of the export itself erases what is recorded again: it was requested anew.
                if container in self._kept and line.actor.startswith(("sweeper", "reconciler")):
                    self._check(container)
                self._erased[container] = self.world.now

    def _check(self, container: str) -> None:
        """So few may be erased that they are taken for what a process that died has left."""
        unknown = len(self._kept & (self.world.account.containers.keys() | {container}))
        # The sweep counted those too that it has erased since, for another reason.
        lately = {name for name, at in self._erased.items() if self.world.now - at <= _LONGEST_SWEEP}
        seen = len(self.world.account.containers.keys() | {container} | lately)
        holds = unknown <= max(1, _SHARE * seen) and unknown < seen
        self.expect(f"{container} was erased, one of {unknown} that nobody knows", holds=holds)

    def finish(self) -> None:
        for _ in self._kept:
            self.expect("a container is kept", holds=True)
