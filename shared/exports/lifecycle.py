"""How an export moves: each thing that happens to it, and what it makes of it.

Every function takes an export and returns another; what is to go into the trail is in its `unsaved` events. Nothing
here does I/O or looks at a clock, so the same code decides in Azure, in a test and in a simulation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import advice
from shared.exports.answers import (
    NotDone,
    Operation,
    OperationAnswer,
    OperationStatus,
    Refused,
    ResolveAnswer,
    Unclear,
)
from shared.exports.attempts import lost, refused
from shared.exports.codes import ErrorCode, EventType, WarningCode
from shared.exports.grants import ENDS_SOON
from shared.exports.model import Export, Notice, Problem, Subject
from shared.exports.moves import (
    await_poll,
    backed_off,
    current_attempt,
    due,
    failed,
    iso,
    tell,
    text,
    warned,
    with_attempt,
)
from shared.exports.words import AttemptStatus, GrantKind, Stage, Status

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.model import Request
    from shared.exports.rules import Rules


def accept(
    request: Request, export_id: str, caller: str, now: datetime, *, due_after: timedelta, correlation: dict[str, str]
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
    return tell(export, EventType.ACCEPTED, now, actor=caller, **correlation)


def resolved(export: Export, answer: ResolveAnswer, now: datetime, rules: Rules) -> Export:
    """The user's object id is known (or is not to be had). The principal name is kept no longer than this."""
    match answer:
        case str():
            subject = Subject(export.subject.type, answer)
            moved = replace(export, subject=subject, status=Status.RUNNING, stage=Stage.PREPARING, failures=0)
            moved = replace(moved, refused_since=None)
            return tell(due(moved, now, now), EventType.SUBJECT_RESOLVED, now, subjectId=answer)
        case Refused():
            # Graph's message has the name in it.
            return refused(export, replace(answer, message=""), now, rules)
        case NotDone() | Unclear():
            return backed_off(export, answer, now, rules)


def observed(export: Export, answer: OperationAnswer, now: datetime, rules: Rules) -> Export:
    """What a poll of the operation makes of the export."""
    match answer:
        case Operation(status=OperationStatus.COMPLETE):
            moved = with_attempt(export, status=AttemptStatus.COMPLETE)
            moved = replace(moved, stage=Stage.CHECKING, progress=answer.progress, polls=export.polls + 1, failures=0)
            return tell(due(moved, now, now), EventType.OPERATION_COMPLETE, now, progress=text(answer.progress))
        case Operation(status=OperationStatus.FAILED):
            message = "Microsoft ended the export as failed and gives no reason. Retry it."
            moved = replace(export, progress=answer.progress, polls=export.polls + 1)
            return failed(moved, Problem(ErrorCode.OPERATION_FAILED, message), now, rules)
        case Operation():
            moved = replace(export, progress=answer.progress, polls=export.polls + 1, failures=0)
            return _still_running(moved, answer, now, rules)
        case Refused():
            notice = Notice(WarningCode.OPERATION_UNREADABLE, advice.explain(answer, export.subject.type).message)
            return backed_off(warned(export, notice, now), Unclear(answer.code), now, rules)
        case NotDone() | Unclear():
            return backed_off(export, answer, now, rules)


def _still_running(export: Export, operation: Operation, now: datetime, rules: Rules) -> Export:
    grant = current_attempt(export).grant
    if grant.kind is GrantKind.USER_DELEGATION and now >= grant.expires_at:
        return lost(export, "The grant ended before the export did, and can't be extended.", now, rules)
    if grant.kind is GrantKind.USER_DELEGATION and now >= grant.expires_at - ENDS_SOON:
        message = f"Microsoft can write until {iso(grant.expires_at)} only; if it takes longer, a new attempt is made."
        export = warned(export, Notice(WarningCode.GRANT_ENDS_SOON, message), now)
    return await_poll(export, operation.retry_after, now, rules)


def abandoned(export: Export, now: datetime, rules: Rules) -> Export:
    """The export as Failed where it has outlived every documented duration; else unchanged."""
    arrived = export.stage is Stage.CHECKING and export.failures == 0
    if export.status.is_terminal or arrived or now < export.begun_at + rules.abandon_after:
        return export
    days = rules.abandon_after.days
    message = f"No end after {days} days; Microsoft documents up to 30. Retry the export, or open a support request."
    return failed(export, Problem(ErrorCode.OPERATION_STALLED, message), now, rules)
