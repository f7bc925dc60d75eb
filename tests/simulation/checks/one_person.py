"""Nobody's data is exported twice at the same time, unless the caller allows that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Submitted, TableLost

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line


class OnePerson(Check):
    """When Microsoft accepts an operation, no other open export of the same person has a live one."""

    name = "one export a person"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._claims_are_whole = True

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost():
                self._claims_are_whole = False  # two may be open since then
            case Submitted(operation=operation, container=container) if operation is not None:
                export = self.state.exports[export_of(container)]
                if export.allow_duplicate or export.status.is_terminal or not self._claims_are_whole:
                    return
                graph = self.world.graph
                rivals = [
                    other.id
                    for other in self.state.exports.values()
                    if other.id != export.id
                    and other.subject.id == export.subject.id
                    and not other.status.is_terminal
                    and not other.allow_duplicate
                    and any(
                        export_of(each.container) == other.id and graph.is_live(each)
                        for each in graph.operations.values()
                    )
                ]
                self.expect(f"{export.id} is submitted while {rivals} run for the same person", holds=not rivals)
