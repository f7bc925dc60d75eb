"""What a poll of the operation says: running, complete, failed, or unreadable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import error_hints
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, Problem, current_attempt, with_attempt
from shared.exports.graph_results import NotDone, Operation, OperationResult, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, GrantKind, Stage, WarningCode
from shared.exports.timestamps import number_as_text, to_iso
from shared.exports.transitions.ending import fail
from shared.exports.transitions.lost_submission import give_up_attempt
from shared.exports.transitions.next_due_time import back_off, schedule, schedule_poll
from shared.exports.transitions.write_grant import DELEGATION_ENDS_SOON

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def apply_operation_result(export: Export, answer: OperationResult, now: datetime, limits: Limits) -> Export:
    """What a poll of the operation makes of the export."""
    match answer:
        case Operation(status=OperationStatus.COMPLETE):
            moved = with_attempt(export, status=AttemptStatus.COMPLETE)
            moved = replace(moved, stage=Stage.CHECKING, progress=answer.progress, polls=export.polls + 1, failures=0)
            return add_event(
                schedule(moved, now, now), EventType.OPERATION_COMPLETE, now, progress=number_as_text(answer.progress)
            )
        case Operation(status=OperationStatus.FAILED):
            message = "Microsoft ended the export as failed and gives no reason. Retry it."
            moved = replace(export, progress=answer.progress, polls=export.polls + 1)
            return fail(moved, Problem(ErrorCode.OPERATION_FAILED, message), now, limits)
        case Operation():
            moved = replace(export, progress=answer.progress, polls=export.polls + 1, failures=0)
            return _still_running(moved, answer, now, limits)
        case Refused():
            notice = ExportWarning(
                WarningCode.OPERATION_UNREADABLE, error_hints.explain_graph_refusal(answer, export.subject.type).message
            )
            return back_off(add_warning(export, notice, now), Unclear(answer.code), now, limits)
        case NotDone() | Unclear():
            return back_off(export, answer, now, limits)


def _still_running(export: Export, operation: Operation, now: datetime, limits: Limits) -> Export:
    grant = current_attempt(export).grant
    if grant.kind is GrantKind.USER_DELEGATION and now >= grant.expires_at:
        return give_up_attempt(export, "The grant ended before the export did, and can't be extended.", now, limits)
    if grant.kind is GrantKind.USER_DELEGATION and now >= grant.expires_at - DELEGATION_ENDS_SOON:
        message = (
            f"Microsoft can write until {to_iso(grant.expires_at)} only; if it takes longer, a new attempt is made."
        )
        export = add_warning(export, ExportWarning(WarningCode.GRANT_ENDS_SOON, message), now)
    return schedule_poll(export, operation.retry_after, now, limits)
