"""How an attempt moves: from a fresh container to an operation at Microsoft, and back when the answer is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.exports import advice, cadence
from shared.exports.answers import (
    OPERATION_NOT_FOUND,
    STORAGE_ALREADY_USED,
    Accepted,
    NotDone,
    Operation,
    OperationAnswer,
    Refused,
    SubmitAnswer,
    Unclear,
)
from shared.exports.codes import ErrorCode, EventType, WarningCode
from shared.exports.model import Attempt, Notice, Problem
from shared.exports.moves import await_poll, backed_off, current_attempt, due, failed, iso, tell, warned, with_attempt
from shared.exports.words import AttemptStatus, GrantKind, Stage, Status

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.model import Export, Grant
    from shared.exports.rules import Rules


PERMISSION_STATUS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_ASKED = {AttemptStatus.SUBMITTING, AttemptStatus.RUNNING, AttemptStatus.COMPLETE}
"""Attempts of which Microsoft may know."""


def next_number(export: Export) -> int:
    """The number of the attempt that comes next."""
    return len(export.attempts) + 1


def prepared(
    export: Export, container: str, grant: Grant, now: datetime, rules: Rules, *, slot: datetime | None = None
) -> Export:
    """A fresh container is there. A stored policy takes up to 30 s to count, so the submission waits that long.

    Args:
        export: the export.
        container: the URL of its new container.
        grant: the grant on it.
        now: the present.
        rules: the deployment's limits.
        slot: when the submission may go, by the tenant's daily limit; None for at once.
    """
    attempt = Attempt(
        number=next_number(export), container=container, grant=grant, status=AttemptStatus.READY, started_at=now
    )
    settle = rules.poll_floor if has_policy(grant) else timedelta()
    moved = replace(
        export, status=Status.RUNNING, stage=Stage.SUBMITTING, attempts=(*export.attempts, attempt), failures=0, polls=0
    )
    return tell(
        due(moved, max(now + settle, slot or now), now),
        EventType.ATTEMPT_STARTED,
        now,
        attempt=attempt.number,
        container=container,
        grant=grant.kind.value,
        grantExpires=iso(grant.expires_at),
    )


def storage_refused(export: Export, problem: Problem, now: datetime, rules: Rules) -> Export:
    """The account that exports land in refused a call: wait, because roles and rules take time to count.

    Before Microsoft was asked this has an end after `rules.max_attempts` calls; after that only the export's age ends
    it, because its data may be there.
    """
    asked = export.attempt is not None and export.attempt.status in _ASKED
    if not asked and not export.status.is_terminal and export.failures + 1 >= rules.max_attempts:
        return failed(export, problem, now, rules)
    export = warned(export, Notice(WarningCode.STORAGE_REFUSED, problem.message), now)
    return backed_off(export, Unclear(problem.code), now, rules)


def submitting(export: Export, grant: Grant, now: datetime, rules: Rules) -> Export:
    """Graph is about to be called: recorded first, so that a crash in the call is known to have been one."""
    moved = with_attempt(export, status=AttemptStatus.SUBMITTING, grant=grant, sent_at=now)
    return tell(due(moved, now + rules.grace, now), EventType.SUBMITTING, now, attempt=current_attempt(moved).number)


def is_too_late(export: Export, now: datetime, rules: Rules) -> bool:
    """Whether so much time has passed since `submitting` that a call now could last longer than the grace time."""
    return now - _sent_at(export) >= rules.grace - rules.graph_timeout


def submitted(export: Export, answer: SubmitAnswer, now: datetime, rules: Rules) -> Export:
    """What Graph's answer to the submission makes of the export."""
    match answer:
        case Accepted():
            return _running(export, answer.operation_id, answer.retry_after, now, rules, event=EventType.SUBMITTED)
        case NotDone():
            return backed_off(unsent(export), answer, now, rules)
        case Unclear():
            return _recovering(export, answer.reason, now, rules)
        case Refused(code=code) if code == STORAGE_ALREADY_USED:
            return _recovering(export, code, now, rules)
        case Refused():
            return refused(unsent(export), answer, now, rules)


def refused(export: Export, answer: Refused, now: datetime, rules: Rules) -> Export:
    """Graph said no: the end, unless a permission is missing that may only not count yet."""
    since = export.refused_since or now
    if answer.status not in PERMISSION_STATUS or now >= since + rules.permission_wait:
        return failed(export, advice.explain(answer, export.subject.type), now, rules)
    message = f"Graph refuses for want of a permission; waiting until {iso(since + rules.permission_wait)} for it."
    pending = warned(export, Notice(WarningCode.PERMISSION_PENDING, f"{message} {advice.permissions(export)}"), now)
    return backed_off(replace(pending, refused_since=since), NotDone(answer.code), now, rules)


def recovered(
    export: Export, operation_id: str | None, answer: OperationAnswer | None, now: datetime, rules: Rules
) -> Export:
    """What the container of an unanswered submission says.

    Args:
        export: the export.
        operation_id: the id in the container's RequestInfo.json, None where there is none.
        answer: what Graph says of that operation; None where there was no id to ask for.
        now: the present.
        rules: the deployment's limits.
    """
    if operation_id is None:
        return lost(export, "Microsoft never began: the container is empty.", now, rules)
    match answer:
        case Operation():
            return _running(export, operation_id, answer.retry_after, now, rules, event=EventType.OPERATION_ADOPTED)
        case Refused(code=code) if code == OPERATION_NOT_FOUND and now >= _sent_at(export) + rules.patience:
            return lost(export, "Microsoft began, but knows no such operation.", now, rules)
        case Refused():
            return backed_off(export, Unclear(answer.code), now, rules)
        case NotDone() | Unclear():
            return backed_off(export, answer, now, rules)
        case None:
            raise ValueError("An operation id was found but Graph was not asked.")


def unsent(export: Export) -> Export:
    """The present attempt back to where Graph was not called."""
    return with_attempt(export, status=AttemptStatus.READY, sent_at=None)


def has_policy(grant: Grant) -> bool:
    """Whether the grant rests on a stored policy of the container, which can be extended and taken away."""
    return grant.kind is GrantKind.STORED_POLICY


def is_running(export: Export) -> bool:
    """Whether Microsoft is at work on the present attempt."""
    return export.attempt is not None and export.attempt.status is AttemptStatus.RUNNING


def lost(export: Export, reason: str, now: datetime, rules: Rules) -> Export:
    """The present attempt can't bring data any more; another takes its place, up to `rules.max_attempts`.

    Each waits longer than the one before, so that an outage of hours does not use them up.
    """
    problem = Problem(ErrorCode.ATTEMPT_LOST, reason)
    moved = with_attempt(export, status=AttemptStatus.LOST, error=problem)
    moved = tell(moved, EventType.ATTEMPT_LOST, now, attempt=current_attempt(moved).number, reason=reason)
    made = moved.attempts[moved.earlier_attempts :]
    if len(made) >= rules.max_attempts:
        story = " ".join(f"Attempt {a.number}: {a.error.message}" for a in made if a.error)
        problem = Problem(ErrorCode.ATTEMPTS_EXHAUSTED, f"{story} Look at the trail, then retry the export.")
        return failed(moved, problem, now, rules)
    spread = cadence.jitter(export.id, len(made))
    wait = cadence.backoff(len(made), rules.poll_floor, jitter=spread)
    return due(replace(moved, stage=Stage.PREPARING), now + wait, now)


def extended(export: Export, expires_at: datetime, now: datetime) -> Export:
    """The stored policy of the present attempt now lasts until `expires_at`."""
    attempt = current_attempt(export)
    moved = with_attempt(export, grant=replace(attempt.grant, expires_at=expires_at))
    return tell(moved, EventType.GRANT_EXTENDED, now, attempt=attempt.number, grantExpires=iso(expires_at))


def settling(export: Export, now: datetime, rules: Rules) -> Export:
    """The export waiting for its new stored policy to count."""
    return due(export, now + rules.poll_floor, now)


def revoked(export: Export, attempt: Attempt, now: datetime) -> Export:
    """Microsoft's right to write into an attempt's container is gone."""
    ended = replace(attempt, grant=replace(attempt.grant, revoked_at=now))
    moved = replace(export, attempts=tuple(ended if a.number == attempt.number else a for a in export.attempts))
    return tell(moved, EventType.GRANT_REVOKED, now, attempt=attempt.number)


def over(export: Export) -> tuple[Attempt, ...]:
    """The attempts with a stored policy for which Microsoft has no use any more."""
    ends = export.status.is_terminal or export.stage is Stage.CANCELING
    return tuple(a for a in export.attempts if has_policy(a.grant) and (ends or not a.status.may_write))


def to_revoke(export: Export) -> tuple[Attempt, ...]:
    """Those of them whose policy is still there."""
    return tuple(attempt for attempt in over(export) if attempt.grant.revoked_at is None)


def _running(
    export: Export, operation_id: str, retry_after: int | None, now: datetime, rules: Rules, *, event: EventType
) -> Export:
    moved = with_attempt(export, status=AttemptStatus.RUNNING, operation_id=operation_id, submitted_at=now)
    moved = replace(moved, stage=Stage.EXPORTING, failures=0, refused_since=None)
    moved = await_poll(moved, retry_after, now, rules)
    return tell(moved, event, now, attempt=current_attempt(moved).number, operationId=operation_id)


def _recovering(export: Export, reason: str, now: datetime, rules: Rules) -> Export:
    moved = replace(export, stage=Stage.RECOVERING)
    # From now, not from when it was sent: what was asked may still be on its way.
    moved = due(moved, now + rules.grace, now)
    return tell(moved, EventType.ANSWER_LOST, now, attempt=current_attempt(export).number, reason=reason)


def _sent_at(export: Export) -> datetime:
    attempt = current_attempt(export)
    return attempt.sent_at or attempt.started_at
