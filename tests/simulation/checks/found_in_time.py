"""Due exports are found: the next look finds each one that stays due, whichever process died meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.records.export_index import STEP_TOLERANCE
from tests.simulation.checks.check import Check
from tests.simulation.world.facts import Committed, LookedForDue

if TYPE_CHECKING:
    from tests.simulation.world.facts import Line


class FoundInTime(Check):
    """The index has each export looked at by the time of its next step, and a look finds all that stayed due."""

    name = "found in time"

    def see(self, line: Line) -> None:
        match line.fact:
            case LookedForDue(there=there, found=found):
                for export in there.values():
                    stored = self.state.exports.get(export.id)
                    if export.id in self.state.spoiled or stored is None:
                        continue
                    if stored.next_step_at == export.next_step_at:
                        what = f"{export.id} was due at {export.next_step_at} and was not found"
                        self.expect(what, holds=export.id in found)
            case Committed(after=after) if after.next_step_at is not None and self.world.index.is_whole:
                leads = self.world.index.has_step_entry(after.id, after.next_step_at + STEP_TOLERANCE)
                self.expect(f"{after.id} is due at {after.next_step_at} and nothing says so", holds=leads)
