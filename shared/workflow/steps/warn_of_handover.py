"""Warns that the hand-over of an ended export is due soon, or overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.transitions import deadline
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def warn_of_handover(saved: SavedExport, services: Services) -> StepResult:
    """Gives the warning, and schedules the next one: no monitor waits for the deadline of an ended export."""
    return StepResult(saved, deadline.warn_of_deadline(saved.export, services.now(), services.limits.due_soon))
