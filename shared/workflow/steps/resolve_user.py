"""Looks up the object id of a user who was named by principal name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import SubjectBusyError
from shared.exports.transitions import subject_resolution
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def resolve_user(saved: SavedExport, services: Services) -> StepResult:
    """Asks Graph for the user's object id, and claims the user for this export.

    Only now can it turn out that another export of the same user is open: then this one ends as a duplicate.

    Raises:
        ConflictError: other requests claim the same user at this moment.
    """
    export = saved.export
    result = await services.graph.resolve_user(export.subject.principal_name or "")
    resolved = subject_resolution.apply_resolve_result(export, result, services.now(), services.limits)
    if resolved.subject.id is not None:
        try:
            await services.claims.claim(resolved)
        except SubjectBusyError as error:
            resolved = subject_resolution.fail_as_duplicate(resolved, error.export_id, services.now(), services.limits)
    return StepResult(saved, resolved)
