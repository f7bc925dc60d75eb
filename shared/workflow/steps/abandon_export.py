"""Ends an export that is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.transitions import abandonment
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def abandon_export(saved: SavedExport, services: Services) -> StepResult:
    """Gives the export up, whatever it waits for: nothing else is called, so nothing can keep it from ending."""
    return StepResult(saved, abandonment.abandon(saved.export, services.now(), services.limits))
