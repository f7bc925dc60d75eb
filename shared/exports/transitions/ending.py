"""The export ends: what success, failure and cancellation have in common, and failure itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Export, Problem, Subject, with_attempt
from shared.exports.states_and_codes import AttemptStatus, EventType, Stage, Status
from shared.exports.transitions.deadline import schedule_deadline_warning, stop_clock
from shared.exports.transitions.next_due_time import schedule_after_end

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def end(export: Export, status: Status, now: datetime, limits: Limits) -> Export:
    """Ends the export with a final status, drops a principal name that was never resolved, schedules the erasure.

    Its clock stops, unless it has succeeded and the deployment expects a hand-over (`Limits.expect_handover`).
    """
    awaits_handover = status is Status.SUCCEEDED and limits.expect_handover
    if not awaits_handover:
        export = stop_clock(export, now)
    ended = replace(
        export,
        subject=Subject(export.subject.type, export.subject.id),
        status=status,
        stage=Stage.ENDED,
        completed_at=now,
        awaits_handover=awaits_handover,
        updated_at=now,
        erase_at=now + limits.retain_for if export.attempts else None,
        deliveries=(),
        failures=0,
        refused_since=None,
        slot_at=None,
        expected_at=None,
    )
    return schedule_after_end(schedule_deadline_warning(ended, now, limits.due_soon))


def fail(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """Ends the export as Failed, and with it the current attempt unless that was lost before."""
    if export.attempt is not None and export.attempt.status is not AttemptStatus.LOST:
        export = with_attempt(export, status=AttemptStatus.FAILED, error=problem)
    failed = end(replace(export, error=problem), Status.FAILED, now, limits)
    return add_event(failed, EventType.FAILED, now, code=problem.code, message=problem.message)
