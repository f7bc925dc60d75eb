"""An export is accepted, and its user's object id is resolved or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Export, ExportRequest, Problem, Subject
from shared.exports.graph_results import NotDone, Refused, ResolveResult, Unclear
from shared.exports.states_and_codes import ErrorCode, EventType, Stage, Status
from shared.exports.transitions.ending import fail
from shared.exports.transitions.next_due_time import back_off, schedule
from shared.exports.transitions.submission import apply_refusal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.configured_limits import Limits


def fail_as_duplicate(export: Export, other_id: str, now: datetime, limits: Limits) -> Export:
    """The end: another export of the person, who was asked for by name, is open."""
    message = f"The export {other_id} of the same person is open. Wait for it, or ask again with allowDuplicate."
    return fail(export, Problem(ErrorCode.EXPORT_IN_PROGRESS, message), now, limits)


def accept(
    request: ExportRequest,
    export_id: str,
    caller: str,
    now: datetime,
    *,
    due_after: timedelta,
    correlation: dict[str, str],
) -> Export:
    """A new export.

    Args:
        request: what was asked for. Without a due time of its own it is due `due_after` after it was received.
        export_id: the id that it gets.
        caller: the principal that asks.
        now: the present.
        due_after: the deployment's usual time to the deadline.
        correlation: the caller's own ids of this call, for the trail.
    """
    received = request.received_at or now
    export = Export(
        id=export_id,
        subject=request.subject,
        status=Status.NOT_STARTED,
        stage=Stage.ACCEPTED,
        caller=caller,
        created_at=now,
        begun_at=now,
        received_at=received,
        due_at=request.due_at or received + due_after,
        updated_at=now,
        next_step_at=now,
        reference=request.reference,
        request_digest=request.digest,
        allow_duplicate=request.allow_duplicate,
        has_callback=request.callback_url is not None,
    )
    return add_event(export, EventType.ACCEPTED, now, actor=caller, **correlation)


def apply_resolve_result(export: Export, answer: ResolveResult, now: datetime, limits: Limits) -> Export:
    """The user's object id is known (or is not to be had). The principal name is kept no longer than this."""
    match answer:
        case str():
            subject = Subject(export.subject.type, answer)
            moved = replace(export, subject=subject, status=Status.RUNNING, stage=Stage.PREPARING, failures=0)
            moved = replace(moved, refused_since=None)
            return add_event(schedule(moved, now, now), EventType.SUBJECT_RESOLVED, now, subjectId=answer)
        case Refused():
            # Graph's message has the name in it.
            return apply_refusal(export, replace(answer, message=""), now, limits)
        case NotDone() | Unclear():
            return back_off(export, answer, now, limits)
