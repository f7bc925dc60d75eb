"""Found in time: what is due, and stays so, is found by the very next look, whoever died meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.records.export_index import STEP_TOLERANCE
from tests.simulation.checks.check import Check
from tests.simulation.world.facts import Committed, LookedForDue

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line


class FoundInTime(Check):
    """The index leads to each export by the time of its next step; a look finds all that were due and did not move."""

    name = "found in time"

    def see(self, line: Line) -> None:
        match line.fact:
            case LookedForDue(there=there, found=found):
                for export in there.values():
                    if self.book.exports[export.id].next_step_at == export.next_step_at:
                        what = f"{export.id} was due at {export.next_step_at} and was not found"
                        self.expect(what, holds=export.id in found)
            case Committed(after=after) if after.next_step_at is not None and self.world.index.is_whole:
                leads = self.world.index.has_step_entry(after.id, after.next_step_at + STEP_TOLERANCE)
                self.expect(f"{after.id} is due at {after.next_step_at} and nothing says so", holds=leads)
