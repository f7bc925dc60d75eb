"""A submission whose answer was lost: its operation is adopted, or the attempt is given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event
from shared.exports.export import Export, Problem, current_attempt, sent_at, with_attempt
from shared.exports.graph_results import OPERATION_NOT_FOUND, NotDone, Operation, OperationResult, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage
from shared.exports.transitions.ending import fail
from shared.exports.transitions.next_due_time import back_off, schedule
from shared.exports.transitions.submission import mark_running

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def apply_recovery_result(
    export: Export, operation_id: str | None, answer: OperationResult | None, now: datetime, limits: Limits
) -> Export:
    """What the container of an unanswered submission says.

    Args:
        export: the export.
        operation_id: the id in the container's RequestInfo.json, None where there is none.
        answer: what Graph says of that operation; None where there was no id to ask for.
        now: the present.
        limits: the deployment's limits.
    """
    if operation_id is None:
        return give_up_attempt(export, "Microsoft never began: the container is empty.", now, limits)
    match answer:
        case Operation():
            return mark_running(
                export, operation_id, answer.retry_after, now, limits, event=EventType.OPERATION_ADOPTED
            )
        case Refused(code=code) if code == OPERATION_NOT_FOUND and now >= sent_at(export) + limits.patience:
            return give_up_attempt(export, "Microsoft began, but knows no such operation.", now, limits)
        case Refused():
            return back_off(export, Unclear(answer.code), now, limits)
        case NotDone() | Unclear():
            return back_off(export, answer, now, limits)
        case None:
            raise ValueError("An operation id was found but Graph was not asked.")


def give_up_attempt(export: Export, reason: str, now: datetime, limits: Limits) -> Export:
    """The present attempt can't bring data any more; another takes its place, up to `limits.max_attempts`.

    Each waits longer than the one before, so that an outage of hours does not use them up.
    """
    problem = Problem(ErrorCode.ATTEMPT_LOST, reason)
    moved = with_attempt(export, status=AttemptStatus.LOST, error=problem)
    moved = add_event(moved, EventType.ATTEMPT_LOST, now, attempt=current_attempt(moved).number, reason=reason)
    made = moved.attempts[moved.earlier_attempts :]
    if len(made) >= limits.max_attempts:
        story = " ".join(f"Attempt {a.number}: {a.error.message}" for a in made if a.error)
        problem = Problem(ErrorCode.ATTEMPTS_EXHAUSTED, f"{story} Look at the trail, then retry the export.")
        return fail(moved, problem, now, limits)
    spread = polling_and_backoff.jitter(export.id, len(made))
    wait = polling_and_backoff.backoff(len(made), limits.poll_floor, jitter=spread)
    return schedule(replace(moved, stage=Stage.PREPARING), now + wait, now)
