"""Never twice: no two operations are live for one export, unless the product gave the first up for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import AttemptStatus
from shared.storage.sas_urls import container_name
from tests.simulation.checks.check import Book, Check, export_of
from tests.simulation.world.facts import Committed, Submitted

if TYPE_CHECKING:
    from tests.fakes.in_memory_graph import ExportOperation
    from tests.simulation.world.facts import Line

_GIVEN_UP = {AttemptStatus.CANCELED, AttemptStatus.FAILED}
"""Attempts that were ended for all to see, by a caller or by their age; what can't be revoked may go on."""


class RecordedFirst(Check):
    """Before Microsoft hears of an attempt, it is on record that Microsoft is about to."""

    name = "recorded first"

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._recorded: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after):
                submitting = (each for each in after.attempts if each.status is AttemptStatus.SUBMITTING)
                self._recorded |= {container_name(each.container) for each in submitting}
            case Submitted(container=container):
                self.expect(f"{container} was submitted and not recorded", holds=container in self._recorded)


class OneOperation(Check):
    """When Microsoft takes an operation on, no other is live for the same export."""

    name = "one operation"

    def see(self, line: Line) -> None:
        match line.fact:
            case Submitted(operation=operation) if operation is not None:
                others = self.world.graph.operations.values()
                # What Microsoft takes on late for a canceled attempt is wanted by nobody: cancel can't take it back.
                wanted = AttemptStatus.CANCELED not in self._statuses(operation)
                rivals = [each for each in others if each is not operation and self._is_rival(each, operation)]
                what = f"{operation.id} joins {[each.id for each in rivals]} in {operation.container}"
                self.expect(what, holds=not (wanted and rivals))

    def _is_rival(self, other: ExportOperation, operation: ExportOperation) -> bool:
        export_id = export_of(operation.container)
        if export_of(other.container) != export_id or not self.world.graph.is_live(other):
            return False
        return not any(status in _GIVEN_UP for status in self._statuses(other))

    def _statuses(self, operation: ExportOperation) -> list[AttemptStatus]:
        """How the attempt of an operation stands; none where it is not on record."""
        container = operation.container
        attempts = self.book.exports[export_of(container)].attempts
        return [each.status for each in attempts if container_name(each.container) == container]
