"""No export runs twice: it has at most one live operation, unless the product gave the earlier one up for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import AttemptStatus
from shared.storage.sas_urls import container_name
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.world.facts import Committed, Submitted

if TYPE_CHECKING:
    from tests.fakes.in_memory_graph import ExportOperation
    from tests.simulation.world.facts import Line

_GIVEN_UP = {AttemptStatus.CANCELED, AttemptStatus.FAILED}
"""Attempts that a caller or their age has ended. If their grant can't be revoked, Microsoft may go on with them."""


class RecordedFirst(Check):
    """An attempt is stored as being submitted before Microsoft is called."""

    name = "recorded first"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._recorded: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after):
                submitting = (each for each in after.attempts if each.status is AttemptStatus.SUBMITTING)
                self._recorded |= {container_name(each.container) for each in submitting}
            case Submitted(container=container):
                self.expect(f"{container} was submitted and not recorded", holds=container in self._recorded)


class OneOperation(Check):
    """When Microsoft accepts an operation, no other one is live for the same export."""

    name = "one operation"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._unknown: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after):
                lost = {container_name(each.container) for each in after.attempts if each.status is AttemptStatus.LOST}
                operations = [each for each in self.world.graph.operations.values() if each.container in lost]
                # Nobody could know of one that no note named when its attempt was given up.
                read_at = self.state.began.get(line.actor, line.at)
                self._unknown |= {each.id for each in operations if not self.world.account.named(each, read_at)}
            case Submitted(operation=operation) if operation is not None:
                others = self.world.graph.operations.values()
                # An operation that Microsoft accepts after the attempt was canceled does not count: nobody can stop it.
                wanted = AttemptStatus.CANCELED not in self._statuses(operation)
                rivals = [each for each in others if each is not operation and self._is_rival(each, operation)]
                what = f"{operation.id} joins {[each.id for each in rivals]} in {operation.container}"
                self.expect(what, holds=not (wanted and rivals))

    def _is_rival(self, other: ExportOperation, operation: ExportOperation) -> bool:
        export_id = export_of(operation.container)
        if export_of(other.container) != export_id or not self.world.graph.is_live(other):
            return False
        return other.id not in self._unknown and not any(status in _GIVEN_UP for status in self._statuses(other))

    def _statuses(self, operation: ExportOperation) -> list[AttemptStatus]:
        """The status of the operation's attempt; empty if that is not stored."""
        container = operation.container
        attempts = self.state.exports[export_of(container)].attempts
        return [each.status for each in attempts if container_name(each.container) == container]
