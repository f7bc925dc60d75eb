"""What all ends share, and the ends that can come at any stage: failed and abandoned."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.export import Export, Problem, Subject, with_attempt
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage, Status
from shared.exports.transitions.next_due_time import schedule_after_end

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def abandon_if_too_old(export: Export, now: datetime, limits: Limits) -> Export:
    """The export as Failed where it has outlived every documented duration; else unchanged."""
    arrived = export.stage is Stage.CHECKING and export.failures == 0
    if export.status.is_terminal or arrived or now < export.begun_at + limits.abandon_after:
        return export
    days = limits.abandon_after.days
    message = f"No end after {days} days; Microsoft documents up to 30. Retry the export, or open a support request."
    return fail(export, Problem(ErrorCode.OPERATION_STALLED, message), now, limits)


def fail(export: Export, problem: Problem, now: datetime, limits: Limits) -> Export:
    """The end: it did not work, and why."""
    if export.attempt is not None and export.attempt.status is not AttemptStatus.LOST:
        export = with_attempt(export, status=AttemptStatus.FAILED, error=problem)
    moved = end(replace(export, error=problem), Status.FAILED, now, limits)
    return add_event(moved, EventType.FAILED, now, code=problem.code, message=problem.message)


def end(export: Export, status: Status, now: datetime, limits: Limits) -> Export:
    """The export at its end; a principal name that was never resolved goes with it.

    Its next step is to erase what there is, when its retention ends.
    """
    moved = replace(
        export,
        subject=Subject(export.subject.type, export.subject.id),
        status=status,
        stage=Stage.ENDED,
        completed_at=now,
        updated_at=now,
        erase_at=now + limits.retain_for if export.attempts else None,
        deliveries=(),
        failures=0,
        refused_since=None,
    )
    return schedule_after_end(moved)
