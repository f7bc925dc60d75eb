"""The operation was polled: it is still running, complete, failed, or can't be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import error_hints
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, Problem, current_attempt, has_stored_policy, with_attempt
from shared.exports.grant_lifetime import CLOCK_SKEW, DELEGATION_ENDS_SOON
from shared.exports.graph_results import Operation, OperationResult, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage, WarningCode
from shared.exports.timestamps import number_as_text, to_iso
from shared.exports.transitions.attempt_replacement import give_up_attempt
from shared.exports.transitions.ending import fail
from shared.exports.transitions.failed_call import back_off
from shared.exports.transitions.next_due_time import schedule_next_step, schedule_poll

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def apply_operation_result(export: Export, result: OperationResult, now: datetime, limits: Limits) -> Export:
    """Applies what a poll of the operation came back with."""
    match result:
        case Operation():
            return _apply_operation(export, result, now, limits)
        case Refused():
            message = error_hints.explain_graph_refusal(result, export.subject.type).message
            warned = add_warning(export, ExportWarning(WarningCode.OPERATION_UNREADABLE, message), now)
            return back_off(warned, Unclear(result.code), now, limits)
        case _:  # NotDone or Unclear
            return back_off(export, result, now, limits)


def _apply_operation(export: Export, operation: Operation, now: datetime, limits: Limits) -> Export:
    polled = replace(export, progress=operation.progress, polls=export.polls + 1)
    match operation.status:
        case OperationStatus.COMPLETE:
            return _start_checking(replace(polled, failures=0), now)
        case OperationStatus.FAILED:
            message = "Microsoft ended the operation as failed and gives no reason. Retry the export."
            return fail(polled, Problem(ErrorCode.OPERATION_FAILED, message), now, limits)
        case _:  # not started, or running
            return _keep_polling(replace(polled, failures=0), operation.retry_after, now, limits)


def _start_checking(export: Export, now: datetime) -> Export:
    complete = replace(with_attempt(export, status=AttemptStatus.COMPLETE), stage=Stage.CHECKING)
    scheduled = schedule_next_step(complete, now, now)
    return add_event(scheduled, EventType.OPERATION_COMPLETE, now, progress=number_as_text(export.progress))


def _keep_polling(export: Export, retry_after: int | None, now: datetime, limits: Limits) -> Export:
    """Polls again later, unless the grant is a user delegation and has surely ended: it can't be extended.

    Surely means by every clock that is right to within `CLOCK_SKEW`: no two attempts can write at the same time.
    """
    grant = current_attempt(export).grant
    if has_stored_policy(grant):
        return schedule_poll(export, retry_after, now, limits)
    if now >= grant.expires_at + CLOCK_SKEW:
        return give_up_attempt(export, "The grant ended before the operation did, and can't be extended.", now, limits)
    if now >= grant.expires_at - DELEGATION_ENDS_SOON:
        message = (
            f"Microsoft can write only until {to_iso(grant.expires_at)}; if it takes longer, a new attempt starts. "
            "Use the storedPolicy grant for long exports."
        )
        export = add_warning(export, ExportWarning(WarningCode.GRANT_ENDS_SOON, message), now)
    return schedule_poll(export, retry_after, now, limits)
