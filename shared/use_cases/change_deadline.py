"""Extends the deadline of an export, pauses its clock, and resumes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.transitions.deadline import change_clock
from shared.use_cases.change_export import change_export

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.exports.transitions.deadline import ClockChange
    from shared.services import Services


async def change_deadline(export_id: str, change: ClockChange, actor: str, services: Services) -> Export:
    """Changes the clock of an export, open or ended; what is so already is not changed.

    Raises:
        NotPossibleError: the state of the clock rules it out.
        ConflictError: somebody else changed the export at every try; nothing was done.
    """
    due_soon = services.limits.due_soon
    return await change_export(
        export_id, services, lambda export: change_clock(export, change, actor, services.now(), due_soon)
    )
