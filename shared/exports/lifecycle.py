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
from shared.exports.attempts import lost
from shared.exports.codes import ErrorCode, EventType, WarningCode
from shared.exports.model import AttemptStatus, Export, GrantKind, Notice, Problem, Stage, Status, Subject
from shared.exports.moves import (
    await_poll,
    backed_off,
    current_attempt,
    due,
    ended,
    failed,
    tell,
    text,
    warned,
    with_attempt,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.model import Files, Request
    from shared.exports.steps import Rules


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
        received_at=received,
        due_at=request.due_at or received + due_after,
        updated_at=now,
        next_step_at=now,
        reference=request.reference,
        request_digest=request.digest,
    )
    return tell(export, EventType.ACCEPTED, now, actor=caller, **correlation)


def resolved(export: Export, answer: ResolveAnswer, now: datetime, rules: Rules) -> Export:
    """The user's object id is known (or is not to be had). The principal name is kept no longer than this."""
    match answer:
        case str():
            subject = Subject(export.subject.type, answer)
            moved = replace(export, subject=subject, status=Status.RUNNING, stage=Stage.PREPARING, failures=0)
            return tell(due(moved, now, now), EventType.SUBJECT_RESOLVED, now, subjectId=answer)
        case Refused():
            # Graph's message has the name in it.
            return failed(export, advice.explain(replace(answer, message=""), export.subject.type), now)
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
            problem = Problem(
                ErrorCode.OPERATION_FAILED,
                "Microsoft ended the export as failed and gives no reason. Retry it.",
            )
            return failed(replace(export, progress=answer.progress, polls=export.polls + 1), problem, now)
        case Operation():
            moved = replace(export, progress=answer.progress, polls=export.polls + 1, failures=0)
            if _grant_has_ended(moved, now):
                return lost(moved, "The grant ended before the export did, and can't be extended.", now, rules)
            return await_poll(moved, answer.retry_after, now, rules)
        case Refused():
            notice = Notice(WarningCode.OPERATION_UNREADABLE, advice.explain(answer, export.subject.type).message)
            return backed_off(warned(export, notice, now), Unclear(answer.code), now, rules)
        case NotDone() | Unclear():
            return backed_off(export, answer, now, rules)


def abandoned(export: Export, now: datetime, rules: Rules) -> Export:
    """The export as Failed where it has outlived every documented duration; else unchanged."""
    arrived = export.stage is Stage.CHECKING and export.failures == 0
    if export.status.is_terminal or arrived or now < export.created_at + rules.abandon_after:
        return export
    days = rules.abandon_after.days
    message = f"No end after {days} days; Microsoft documents up to 30. Retry the export, or open a support request."
    return failed(export, Problem(ErrorCode.OPERATION_STALLED, message), now)


def checked(export: Export, files: Files, now: datetime) -> Export:
    """The end: what arrived was counted. A complete operation without data is a success to look at."""
    if files.count == 0:
        message = (
            "Microsoft says the export is complete, but the container holds no data. Check that this person has any, "
            "and retry the export if so."
        )
        export = warned(export, Notice(WarningCode.NO_DATA, message), now)
    moved = ended(replace(export, files=files), Status.SUCCEEDED, now)
    return tell(moved, EventType.SUCCEEDED, now, fileCount=files.count, totalBytes=files.total_bytes)


def _grant_has_ended(export: Export, now: datetime) -> bool:
    grant = current_attempt(export).grant
    return grant.kind is GrantKind.USER_DELEGATION and now >= grant.expires_at
