"""Makes the container and the write grant of a new attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import has_stored_policy, next_attempt_number
from shared.exports.grant_lifetime import new_grant
from shared.exports.transitions import submission
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def prepare_attempt(saved: SavedExport, services: Services) -> StepResult:
    """Starts the next attempt. A repetition finds the container that an interrupted step made.

    Raises:
        StorageRefusedError: the export account refuses the container or the grant.
    """
    export, now = saved.export, services.now()
    grant = new_grant(services.grant_kind, now)
    container_url = await services.containers.create(export.id, next_attempt_number(export))
    if has_stored_policy(grant):
        await services.containers.set_policy(container_url, grant.expires_at, now)
    started = submission.start_attempt(export, container_url, grant, services.now(), services.limits)
    return StepResult(saved, started)
