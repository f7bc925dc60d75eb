"""An attempt gets its container, is submitted to Graph, and is answered or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.exports import error_hints
from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import (
    Attempt,
    Export,
    ExportWarning,
    Grant,
    Problem,
    current_attempt,
    has_stored_policy,
    next_attempt_number,
    sent_at,
    with_attempt,
)
from shared.exports.graph_results import STORAGE_ALREADY_USED, Accepted, NotDone, Refused, SubmitResult, Unclear
from shared.exports.states_and_codes import AttemptStatus, EventType, Stage, Status, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.ending import fail
from shared.exports.transitions.next_due_time import back_off, schedule, schedule_poll

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits

PERMISSION_STATUSES = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_MAY_HAVE_OPERATION = {AttemptStatus.SUBMITTING, AttemptStatus.RUNNING, AttemptStatus.COMPLETE}
"""Attempts of which Microsoft may know."""


def start_attempt(
    export: Export, container: str, grant: Grant, now: datetime, limits: Limits, *, slot: datetime | None = None
) -> Export:
    """A fresh container is there. A stored policy takes up to 30 s to count, so the submission waits that long.

    Args:
        export: the export.
        container: the URL of its new container.
        grant: the grant on it.
        now: the present.
        limits: the deployment's limits.
        slot: when the submission may go, by the tenant's daily limit; None for at once.
    """
    attempt = Attempt(
        number=next_attempt_number(export), container=container, grant=grant, status=AttemptStatus.READY, started_at=now
    )
    settle = limits.poll_floor if has_stored_policy(grant) else timedelta()
    moved = replace(
        export, status=Status.RUNNING, stage=Stage.SUBMITTING, attempts=(*export.attempts, attempt), failures=0, polls=0
    )
    return add_event(
        schedule(moved, max(now + settle, slot or now), now),
        EventType.ATTEMPT_STARTED,
        now,
        attempt=attempt.number,
        container=container,
        grant=grant.kind.value,
        grantExpires=to_iso(grant.expires_at),
    )


def record_storage_refusal(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """The account that exports land in refused a call: wait, because roles and limits take time to count.

    Before Microsoft was asked this has an end after `limits.max_attempts` calls; after that only the export's age ends
    it, because its data may be there.
    """
    asked = export.attempt is not None and export.attempt.status in _MAY_HAVE_OPERATION
    if not asked and not export.status.is_terminal and export.failures + 1 >= limits.max_attempts:
        return fail(export, problem, now, limits)
    export = add_warning(export, ExportWarning(WarningCode.STORAGE_REFUSED, problem.message), now)
    return back_off(export, Unclear(problem.code), now, limits)


def mark_submitting(export: Export, grant: Grant, now: datetime, limits: Limits) -> Export:
    """Graph is about to be called: recorded first, so that a crash in the call is known to have been one."""
    moved = with_attempt(export, status=AttemptStatus.SUBMITTING, grant=grant, sent_at=now)
    return add_event(
        schedule(moved, now + limits.grace, now), EventType.SUBMITTING, now, attempt=current_attempt(moved).number
    )


def is_too_late_to_submit(export: Export, now: datetime, limits: Limits) -> bool:
    """Whether so much time has passed since `submitting` that a call now could last longer than the grace time."""
    return now - sent_at(export) >= limits.grace - limits.graph_timeout


def apply_submit_result(export: Export, answer: SubmitResult, now: datetime, limits: Limits) -> Export:
    """What Graph's answer to the submission makes of the export."""
    match answer:
        case Accepted():
            return mark_running(export, answer.operation_id, answer.retry_after, now, limits, event=EventType.SUBMITTED)
        case NotDone():
            return back_off(mark_not_sent(export), answer, now, limits)
        case Unclear():
            return await_recovery(export, answer.reason, now, limits)
        case Refused(code=code) if code == STORAGE_ALREADY_USED:
            return await_recovery(export, code, now, limits)
        case Refused():
            return apply_refusal(mark_not_sent(export), answer, now, limits)


def apply_refusal(export: Export, answer: Refused, now: datetime, limits: Limits) -> Export:
    """Graph said no: the end, unless a permission is missing that may only not count yet."""
    since = export.refused_since or now
    if answer.status not in PERMISSION_STATUSES or now >= since + limits.permission_wait:
        return fail(export, error_hints.explain_graph_refusal(answer, export.subject.type), now, limits)
    message = f"Graph refuses for want of a permission; waiting until {to_iso(since + limits.permission_wait)} for it."
    pending = add_warning(
        export,
        ExportWarning(WarningCode.PERMISSION_PENDING, f"{message} {error_hints.explain_permissions(export)}"),
        now,
    )
    return back_off(replace(pending, refused_since=since), NotDone(answer.code), now, limits)


def mark_not_sent(export: Export) -> Export:
    """The present attempt back to where Graph was not called."""
    return with_attempt(export, status=AttemptStatus.READY, sent_at=None)


def mark_running(
    export: Export, operation_id: str, retry_after: int | None, now: datetime, limits: Limits, *, event: EventType
) -> Export:
    """Graph has an operation for the present attempt."""
    moved = with_attempt(export, status=AttemptStatus.RUNNING, operation_id=operation_id, submitted_at=now)
    moved = replace(moved, stage=Stage.EXPORTING, failures=0, refused_since=None)
    moved = schedule_poll(moved, retry_after, now, limits)
    return add_event(moved, event, now, attempt=current_attempt(moved).number, operationId=operation_id)


def await_recovery(export: Export, reason: str, now: datetime, limits: Limits) -> Export:
    """The answer to the submission is lost: wait until the container can say whether Microsoft began."""
    moved = replace(export, stage=Stage.RECOVERING)
    # From now, not from when it was sent: what was asked may still be on its way.
    moved = schedule(moved, now + limits.grace, now)
    return add_event(moved, EventType.ANSWER_LOST, now, attempt=current_attempt(export).number, reason=reason)
