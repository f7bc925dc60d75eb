"""Each call that submits uses up one slot of the tenant's daily limit, and no day has more of them than that."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from shared.exports.fair_submission_order import slot_interval
from shared.exports.states_and_codes import AttemptStatus
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.planned_calls import DAY, MINUTE
from tests.simulation.world.facts import AskedToSubmit, Committed, Injected, Ran, SlotTaken, TableLost

if TYPE_CHECKING:
    from shared.exports.export import Export
    from tests.simulation.world.facts import Line

_LONGEST_USE = 20 * MINUTE
"""How old a slot may be when Graph is called: its lifetime, and the time that storing takes."""


class SlotsAreUsed(Check):
    """A submission is preceded by a state that uses up the export's slot; a slot is given to one export, or is lost.

    An export whose slot passed unused gets another only after it has said so.
    """

    name = "one slot a submission"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._used: dict[str, tuple[str, datetime]] = {}
        self._taken = self._given = self._excused = 0

    def see(self, line: Line) -> None:
        match line.fact:
            case SlotTaken():
                self._taken += 1
            case Committed(before=before, after=after):
                had = None if before is None else before.slot_at
                if after.slot_at is not None and after.slot_at != had:
                    self._given += 1
                    self.expect(
                        f"{after.id} has another slot, and the last passed unused", holds=not _is_silent(before)
                    )
                    self.expect(f"{after.id} has a slot that nobody took", holds=self._given <= self._taken)
                is_submitting = after.attempt is not None and after.attempt.status is AttemptStatus.SUBMITTING
                if had is not None and after.slot_at is None and is_submitting:
                    self._used[line.actor] = after.id, had
                self._excused += line.actor.startswith("caller")  # somebody else's change can cost a slot
            case AskedToSubmit(container=container):
                export_id, slot_at = self._used.pop(line.actor, ("", self.world.clock()))
                age = self.world.clock() - slot_at
                holds = export_id == export_of(container) and age < _LONGEST_USE
                self.expect(f"{container} was submitted with a slot of {export_id or 'nobody'}, {age} old", holds=holds)
            case Injected():
                self._excused += 1
            case Ran(begins=False, returned=False):
                self._excused += 1
            case TableLost():
                self._excused += 10_000

    def finish(self) -> None:
        lost = self._taken - self._given
        self.expect(f"{lost} of {self._taken} slots were lost for no reason", holds=lost <= self._excused)


class DailyLimit(Check):
    """No 24 hours have more submissions than the tenant may make, and each slot is one after the last."""

    name = "daily limit"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._calls: deque[datetime] = deque()
        self._is_whole = True

    def see(self, line: Line) -> None:
        match line.fact:
            case TableLost(table="ExportIndex"):
                self._is_whole = False  # how many were made is lost with it
            case SlotTaken(before=datetime() as before, next_free=next_free) if before <= self.world.clock():
                step, interval = next_free - before, slot_interval(self.state.limits.submissions_per_day)
                self.expect(f"a slot was taken {step} after the last", holds=step >= interval)
            case AskedToSubmit() if self._is_whole:
                self._calls.append(line.at)
                while self._calls[0] <= line.at - DAY:
                    self._calls.popleft()
                count, limit = len(self._calls), self.state.limits.submissions_per_day
                self.expect(f"{count} submissions in 24 hours, {limit} are allowed", holds=count <= limit)


def _is_silent(export: Export | None) -> bool:
    """Whether an export has a slot, and nothing has come of the step that was to use it."""
    return export is not None and export.slot_at is not None and export.slot_at == export.next_step_at
