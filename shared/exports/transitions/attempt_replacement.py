"""An attempt will bring no data: it is given up, and another takes its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event
from shared.exports.export import Export, Problem, current_attempt, with_attempt
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage
from shared.exports.transitions.ending import fail
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def give_up_attempt(export: Export, reason: str, now: datetime, limits: Limits) -> Export:
    """Marks the current attempt as lost and schedules the next one, or fails the export after `limits.max_attempts`.

    Each attempt waits longer than the one before, so that an outage of hours does not use them up.

    Args:
        export: an open export with an attempt.
        reason: what happened, as a sentence.
        now: the present.
        limits: the deployment's limits.
    """
    lost = with_attempt(export, status=AttemptStatus.LOST, error=Problem(ErrorCode.ATTEMPT_LOST, reason))
    lost = add_event(lost, EventType.ATTEMPT_LOST, now, attempt=current_attempt(lost).number, reason=reason)
    attempts = lost.attempts[lost.earlier_attempts :]
    if len(attempts) >= limits.max_attempts:
        reasons = " ".join(f"Attempt {a.number}: {a.error.message}" for a in attempts if a.error)
        message = f"{reasons} Look at the audit trail for the cause, then retry the export."
        return fail(lost, Problem(ErrorCode.ATTEMPTS_EXHAUSTED, message), now, limits)
    jitter = polling_and_backoff.jitter(export.id, len(attempts))
    wait = polling_and_backoff.backoff(len(attempts), limits.poll_floor, jitter=jitter)
    again_at = max(now + wait, lost.graph_retry_at or now)
    return schedule_next_step(replace(lost, stage=Stage.PREPARING, failures=0), again_at, now)
