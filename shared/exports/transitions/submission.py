"""An attempt is prepared and submitted to Graph, which accepts it, refuses it, or leaves the outcome unclear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import (
    Attempt,
    Export,
    Grant,
    current_attempt,
    has_stored_policy,
    next_attempt_number,
    sent_at,
    with_attempt,
)
from shared.exports.graph_results import STORAGE_ALREADY_USED, Accepted, NotDone, Refused, SubmitResult, Unclear
from shared.exports.states_and_codes import AttemptStatus, EventType, Stage, Status
from shared.exports.timestamps import to_iso
from shared.exports.transitions.failed_call import back_off, record_graph_refusal
from shared.exports.transitions.next_due_time import schedule_next_step, schedule_poll

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits


def start_attempt(export: Export, container: str, grant: Grant, now: datetime, limits: Limits) -> Export:
    """Adds an attempt whose container and grant are ready, and schedules its submission.

    With a stored policy the submission waits until the policy works, which takes Azure up to 30 s.

    Args:
        export: an open export.
        container: the URL of the attempt's container.
        grant: the grant on it.
        now: the present.
        limits: the deployment's limits.
    """
    attempt = Attempt(
        number=next_attempt_number(export), container=container, grant=grant, status=AttemptStatus.READY, started_at=now
    )
    works_at = now + (limits.policy_delay if has_stored_policy(grant) else timedelta())
    started = replace(
        export, status=Status.RUNNING, stage=Stage.SUBMITTING, attempts=(*export.attempts, attempt), failures=0, polls=0
    )
    return add_event(
        schedule_next_step(started, works_at, now),
        EventType.ATTEMPT_STARTED,
        now,
        attempt=attempt.number,
        container=container,
        grant=grant.kind.value,
        grantExpires=to_iso(grant.expires_at),
    )


def mark_submitting(export: Export, grant: Grant, now: datetime, limits: Limits) -> Export:
    """Records that Graph is about to be called with this grant, so that a crash in the call is noticed afterwards.

    The call uses up the export's slot, whatever comes of it.
    """
    submitting = with_attempt(replace(export, slot_at=None), status=AttemptStatus.SUBMITTING, grant=grant, sent_at=now)
    scheduled = schedule_next_step(submitting, now + limits.recovery_delay, now)
    return add_event(scheduled, EventType.SUBMITTING, now, attempt=current_attempt(export).number)


def is_too_late_to_submit(export: Export, now: datetime, limits: Limits) -> bool:
    """Whether a call now could last beyond the time at which `mark_submitting` scheduled the recovery."""
    return now - sent_at(export) >= limits.recovery_delay - limits.graph_timeout


def apply_submit_result(export: Export, result: SubmitResult, now: datetime, limits: Limits) -> Export:
    """Applies what the submission came back with."""
    match result:
        case Accepted():
            return mark_running(export, result.operation_id, result.retry_after, now, limits, event=EventType.SUBMITTED)
        case NotDone():
            return back_off(_mark_not_sent(_note_retry_after(export, result, now)), result, now, limits)
        case Unclear():
            return _await_recovery(_note_retry_after(export, result, now), result, now, limits)
        case Refused(code=code) if code == STORAGE_ALREADY_USED:
            return _await_recovery(export, Unclear(code), now, limits)
        case _:  # Refused for any other reason
            return record_graph_refusal(_mark_not_sent(export), result, now, limits)


def mark_running(
    export: Export, operation_id: str, retry_after: int | None, now: datetime, limits: Limits, *, event: EventType
) -> Export:
    """Records the operation that Graph has for the current attempt, and schedules its first poll."""
    submitted = with_attempt(export, status=AttemptStatus.RUNNING, operation_id=operation_id, submitted_at=now)
    running = replace(submitted, stage=Stage.EXPORTING, failures=0, refused_since=None, graph_retry_at=None)
    scheduled = schedule_poll(running, retry_after, now, limits)
    return add_event(scheduled, event, now, attempt=current_attempt(export).number, operationId=operation_id)


def _mark_not_sent(export: Export) -> Export:
    return with_attempt(export, status=AttemptStatus.READY, sent_at=None)


def _note_retry_after(export: Export, result: NotDone | Unclear, now: datetime) -> Export:
    """Keeps how long Graph takes no submission, because another attempt may come first."""
    if result.retry_after is None:
        return export
    return replace(export, graph_retry_at=now + timedelta(seconds=result.retry_after))


def _await_recovery(export: Export, result: Unclear, now: datetime, limits: Limits) -> Export:
    recovering = replace(export, stage=Stage.RECOVERING)
    # From now, not from when Graph was called: the request may still be on its way.
    recovers_at = max(now + limits.recovery_delay, export.graph_retry_at or now)
    number = current_attempt(export).number
    return add_event(
        schedule_next_step(recovering, recovers_at, now),
        EventType.ANSWER_LOST,
        now,
        attempt=number,
        reason=result.reason,
        code=result.code,
    )
