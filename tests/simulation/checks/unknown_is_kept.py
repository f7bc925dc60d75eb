"""Containers of exports that nobody knows any more are kept: they are known to have been somebody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Committed, Erased, TableLost

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line

_SHARE = 0.25


class UnknownIsKept(Check):
    """When the table of exports is lost, nothing of them is erased, unless the export is requested anew."""

    name = "unknown is kept"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._kept: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table=TableName.EXPORTS):
                self._kept |= {name for name in self.world.account.containers if export_of(name) in self.state.exports}
            case Committed(after=after):
                self._kept = {name for name in self._kept if export_of(name) != after.id}
            case Erased(container=container) if container in self._kept:
                present = self.world.account.containers.keys() | {container}
                unknown = len(self._kept & present)
                # So few are taken for what a process that died has left.
                holds = unknown <= max(1, _SHARE * len(present)) and unknown < len(present)
                self.expect(f"{container} was erased, one of {unknown} that nobody knows", holds=holds)

    def finish(self) -> None:
        for _ in self._kept:
            self.expect("a container is kept", holds=True)
