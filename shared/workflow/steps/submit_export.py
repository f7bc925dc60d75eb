"""Submits an export to Microsoft Graph.

A submission is not idempotent and its answer can be lost. So `Submitting` is stored before Graph is called: if this
process dies during the call, the next step knows that there may have been one (`recover_submission`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import current_attempt, has_stored_policy
from shared.exports.grant_lifetime import extended_expiry, new_grant
from shared.exports.graph_results import NotDone, SubmitResult, Unclear
from shared.exports.states_and_codes import StepFailureCode
from shared.exports.transitions import subject_resolution, submission, submission_turn, write_grant
from shared.workflow.step_failures import describe_unexpected, log_step_failure
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def submit_export(saved: SavedExport, services: Services) -> StepResult:
    """Submits the present attempt. If its stored policy has to be extended first, the step does only that.

    Returns:
        A change on top of `saved` where the policy was extended or another open export of the person has the claim on
        it, no change where the export has no slot (any more), otherwise a change on top of the stored `Submitting`.

    Raises:
        StorageRefusedError: the export account refuses the grant. Nothing was stored, and Graph was not called.
        ConflictError: the export has changed. Graph was not called.
    """
    export, limits, started_at = saved.export, services.limits, services.now()
    attempt = current_attempt(export)
    expires_at = extended_expiry(attempt.grant, started_at)
    if expires_at is not None:  # the attempt waited for days; the new policy takes a while to count
        await services.containers.set_policy(attempt.container, expires_at, started_at)
        extended = write_grant.extend_grant(export, expires_at, started_at)
        return StepResult(saved, write_grant.wait_for_policy(extended, started_at, limits))
    # A user delegation starts now. A stored policy is in place already.
    grant = attempt.grant if has_stored_policy(attempt.grant) else new_grant(attempt.grant.kind, started_at)
    # The signed URL is a secret: it exists in this function only. It comes first, because it can be refused.
    signed_url = await services.containers.sign_write_url(attempt.container, grant, started_at)
    if (other := await services.claims.holder_of(export)) is not None:  # it was taken since the export had its turn
        duplicate = subject_resolution.fail_as_duplicate(export, other, services.now(), limits)
        return StepResult(saved, duplicate)
    if not submission_turn.has_slot(export, services.now()):  # the slot has become too old meanwhile
        return StepResult(saved, export)
    submitting = await services.records.save(saved, submission.mark_submitting(export, grant, services.now(), limits))
    if submission.is_too_late_to_submit(submitting.export, services.now(), limits):
        result: SubmitResult = NotDone("Storage was too slow: the submission would outlast its grace time.")
    else:
        result = await _call_graph(submitting.export, signed_url, services)
    return StepResult(submitting, submission.apply_submit_result(submitting.export, result, services.now(), limits))


async def _call_graph(export: Export, signed_url: str, services: Services) -> SubmitResult:
    """What the submission came back with. An error of the app itself says nothing about what Graph did."""
    try:
        return await services.graph.submit_export(export.subject, signed_url)
    except Exception as error:  # noqa: BLE001 - Graph may have begun, whatever was raised, so the container is asked
        log_step_failure(export.id, error)
        return Unclear(describe_unexpected(error), code=StepFailureCode.UNEXPECTED_ERROR)
