"""A step of an export failed in a way that no answer explains: an outage, a time-out, a dead process, a defect.

The export says so, and the step is repeated later; each repetition waits longer than the one before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_warning
from shared.exports.callback_results import NotDelivered
from shared.exports.export import Export, ExportWarning, ManifestProgress, Problem
from shared.exports.graph_results import Unclear
from shared.exports.states_and_codes import ErrorCode, Stage, StepFailureCode, WarningCode
from shared.exports.transitions.callback_deliveries import apply_callback_result, due_deliveries
from shared.exports.transitions.cancellation import cancel
from shared.exports.transitions.deadline import warn_of_deadline
from shared.exports.transitions.ending import fail
from shared.exports.transitions.failed_call import back_off, postpone_erasure, record_storage_refusal
from shared.exports.transitions.handover_packages import back_off_package, due_package
from shared.exports.transitions.next_due_time import is_erasure_due
from shared.exports.transitions.write_grant import attempts_to_revoke

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def record_step_failure(export: Export, failure: Problem, now: datetime, limits: Limits) -> Export:
    """Schedules the failed step again, and says why it is repeated.

    Args:
        export: as it was stored before the step.
        failure: its code (a `StepFailureCode`, or a code of storage) and what happened; neither holds a secret.
        now: the present.
        limits: the deployment's limits.
    """
    if export.status.is_terminal:
        return _record_after_end(export, failure, now, limits)
    if export.stage is Stage.CHECKING and failure.code in set(StepFailureCode):
        # The file that is read next may be why; after some tries it is listed without hashes.
        files = export.files or ManifestProgress()
        export = replace(export, files=replace(files, tries=files.tries + 1))
    # Never earlier than was planned already: that may be what Graph asked for.
    result = Unclear(failure.message, code=failure.code)
    return back_off(export, result, now, limits, not_before=export.next_step_at)


def record_refusal_after_end(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """Postpones the step of an ended export that the export account refused: a package, else the erasure."""
    package = due_package(export, now)
    if package is None or is_erasure_due(export, now):
        return record_storage_refusal(export, problem, now, limits)
    warned = add_warning(export, ExportWarning(WarningCode.STORAGE_REFUSED, problem.message), now)
    return back_off_package(warned, package, problem, now, limits)


def end_as_too_large(export: Export, now: datetime, limits: Limits) -> Export:
    """Ends an open export whose next state is larger than storage takes: as Canceled if that was requested."""
    if export.stage is Stage.CANCELING:
        return cancel(export, now, limits)
    message = "The record of the export has grown larger than storage takes. Request another export."
    return fail(export, Problem(ErrorCode.RECORD_TOO_LARGE, message), now, limits)


def _record_after_end(export: Export, failure: Problem, now: datetime, limits: Limits) -> Export:
    """Postpones what was due: the erasure, else the deliveries, else the revocation, which the sweeper repeats.

    A warning of the deadline calls nothing outside, so it is simply given.
    """
    if is_erasure_due(export, now):
        return postpone_erasure(export, failure, now, limits)
    if due := due_deliveries(export, now):
        for delivery in due:
            export = apply_callback_result(export, delivery, NotDelivered(failure.message), now, limits)
        return export
    if export.warn_at is not None and export.warn_at <= now:
        return warn_of_deadline(export, now, limits.due_soon)
    if (package := due_package(export, now)) is not None:
        return back_off_package(export, package, failure, now, limits)
    if attempts_to_revoke(export):
        return add_warning(export, ExportWarning(WarningCode.GRANT_NOT_REVOKED, failure.message), now)
    return export
