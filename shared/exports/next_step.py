"""Decides what to do next for an export, and when to look at it again, from its state and the time alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import AttemptStatus, Stage
from shared.exports.transitions import abandonment, callback_deliveries, deadline, handover_packages
from shared.exports.transitions.next_due_time import is_erasure_due
from shared.exports.transitions.submission_turn import has_slot
from shared.exports.transitions.write_grant import is_revocation_due

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits
    from shared.exports.export import Export

MONITOR_WAIT_AFTER_END = timedelta(minutes=5)
"""The longest wait that a monitor holds for an ended export; beyond it the reconciler takes over.

So a retry never has to wait long for the monitor of the end before it.
"""
PAUSED_LOOK_INTERVAL = timedelta(hours=1)
"""How long at most a monitor waits while the clock is paused: it has to warn in time once a caller has resumed it."""


class Step(StrEnum):
    """The one thing to do next for an export."""

    WAIT = "wait"
    """Nothing: the next step is not due yet."""
    RESOLVE = "resolve"
    """Look up the object id of a user who was requested by principal name."""
    QUEUE = "queue"
    """Take a slot for the next submission, or a place in the queue."""
    PREPARE = "prepare"
    """Create the next attempt's container and grant."""
    SUBMIT = "submit"
    """Submit the attempt to Graph."""
    RECOVER = "recover"
    """Find out from the container what became of a submission whose answer was lost."""
    POLL = "poll"
    """Read the operation, and extend the grant."""
    CHECK = "check"
    """List and hash the files that arrived."""
    CANCEL = "cancel"
    """Carry out a cancellation."""
    ABANDON = "abandon"
    """End an export that is too old."""
    REVOKE = "revoke"
    """Remove the stored policies that outlived the end."""
    NOTIFY = "notify"
    """Send the callbacks that are due."""
    PACKAGE = "package"
    """Do a piece of a package."""
    WARN = "warn"
    """Warn that the hand-over of an ended export is due soon, or overdue."""
    ERASE = "erase"
    """Delete the containers, and the names of the files."""
    END = "end"
    """Nothing: the export has ended and nothing is due."""


_STEP_FOR_ATTEMPT = {
    AttemptStatus.READY: Step.SUBMIT,
    AttemptStatus.SUBMITTING: Step.RECOVER,
    AttemptStatus.RUNNING: Step.POLL,
    AttemptStatus.COMPLETE: Step.CHECK,
    # The export is open, so another attempt takes the place of one with these.
    AttemptStatus.LOST: Step.PREPARE,
    AttemptStatus.FAILED: Step.PREPARE,
    AttemptStatus.CANCELED: Step.PREPARE,
}
_NEEDS_SLOT = {Step.PREPARE, Step.SUBMIT}
"""Nothing is prepared before its turn: a grant must not end before it is used."""


def next_step(export: Export, now: datetime, limits: Limits) -> Step:
    """What to do for the export now."""
    if export.status.is_terminal:
        return _next_step_after_end(export, now)
    if abandonment.is_too_old(export, now, limits):
        return Step.ABANDON
    if export.next_step_at is None or now < export.next_step_at:
        return Step.WAIT
    if export.stage is Stage.CANCELING:
        return Step.CANCEL
    return Step.RESOLVE if export.subject.id is None else _step_of_attempt(export, now)


def _step_of_attempt(export: Export, now: datetime) -> Step:
    step = Step.PREPARE if export.attempt is None else _STEP_FOR_ATTEMPT[export.attempt.status]
    return Step.QUEUE if step in _NEEDS_SLOT and not has_slot(export, now) else step


def _next_look_after_end(export: Export, now: datetime, limits: Limits) -> datetime | None:
    due = [export.next_step_at] if export.next_step_at and export.next_step_at <= now + MONITOR_WAIT_AFTER_END else []
    if is_revocation_due(export):
        due.append(now + limits.poll_floor)
    return min(due, default=None)


def _next_step_after_end(export: Export, now: datetime) -> Step:
    """Erases first, because an erasure that a caller requested must not wait for receivers.

    Policies are removed right after the end is stored. If the process dies in between, `Step.REVOKE` does it.
    """
    if is_erasure_due(export, now):
        return Step.ERASE
    if callback_deliveries.due_deliveries(export, now):
        return Step.NOTIFY
    if export.warn_at is not None and now >= export.warn_at:
        return Step.WARN
    if handover_packages.due_package(export, now) is not None:
        return Step.PACKAGE
    return Step.REVOKE if is_revocation_due(export) else Step.END


def next_look_at(export: Export, now: datetime, limits: Limits) -> datetime | None:
    """When the monitor looks at the export again; None if the monitor can end.

    That is when the next step is due, or earlier if a deadline warning comes first, or may come once a paused clock is
    resumed. The monitor ends if nothing is left to do, if the export is in the queue, or if an ended export has nothing
    due within `MONITOR_WAIT_AFTER_END`: the reconciler starts one in time.
    """
    if export.status.is_terminal:
        return _next_look_after_end(export, now, limits)
    if export.next_step_at is None or export.stage is Stage.QUEUED:
        return None
    if export.paused_at is not None:
        return min(export.next_step_at, now + PAUSED_LOOK_INTERVAL)
    warning_at = deadline.next_deadline_warning_at(export, now, limits.due_soon)
    return export.next_step_at if warning_at is None else min(export.next_step_at, warning_at)
