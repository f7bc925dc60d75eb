"""Graph's answer to a submission was lost: its operation is adopted, or the attempt is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import Export, sent_at
from shared.exports.graph_results import (
    OPERATION_NOT_FOUND,
    NotedOperation,
    Operation,
    OperationResult,
    Refused,
    Unclear,
)
from shared.exports.states_and_codes import EventType
from shared.exports.transitions.attempt_replacement import give_up_attempt
from shared.exports.transitions.failed_call import back_off
from shared.exports.transitions.submission import mark_running

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def apply_recovery_result(
    export: Export, noted: NotedOperation | None, result: OperationResult | None, now: datetime, limits: Limits
) -> Export:
    """Applies what the container of an unanswered submission says, and what Graph says about the operation in it.

    Args:
        export: the export.
        noted: the operation that the container names; None if Microsoft surely never began.
        result: what reading that operation came back with; None if there was no id to read.
        now: the present.
        limits: the deployment's limits.

    Raises:
        ValueError: there was an id, but no result.
    """
    if noted is None:
        return give_up_attempt(export, "Microsoft never began: the container is empty.", now, limits)
    if noted.id is None:
        return _await_note(export, now, limits)
    match result:
        case Operation():
            return mark_running(export, noted.id, result.retry_after, now, limits, event=EventType.OPERATION_ADOPTED)
        case Refused(code=code) if code == OPERATION_NOT_FOUND and _is_late(export, now, limits):
            return give_up_attempt(export, "Microsoft began, but Graph knows no such operation.", now, limits)
        case Refused():
            return back_off(export, Unclear(result.code), now, limits)
        case None:
            raise ValueError("The container names an operation, but Graph was not asked about it.")
        case _:  # NotDone or Unclear
            return back_off(export, result, now, limits)


def _await_note(export: Export, now: datetime, limits: Limits) -> Export:
    """Waits for Microsoft's note in a container that has files, and so may have been submitted to."""
    if _is_late(export, now, limits):
        reason = "Microsoft may have begun, but RequestInfo.json never named its operation."
        return give_up_attempt(export, reason, now, limits)
    return back_off(export, Unclear("RequestInfo.json names no operation yet."), now, limits)


def _is_late(export: Export, now: datetime, limits: Limits) -> bool:
    """Whether the operation of a submission would be known by now."""
    return now >= sent_at(export) + limits.adoption_timeout
