"""Decides what to do next for an export, and when to look at it again, from its state and the time alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import AttemptStatus, Stage, WarningCode
from shared.exports.transitions import callback_deliveries, deadline
from shared.exports.transitions.write_grant import attempts_to_revoke

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits
    from shared.exports.export import Export

MONITOR_WAIT_AFTER_END = timedelta(minutes=5)
"""A retry finds no monitor asleep for longer than this."""


class Step(StrEnum):
    """The one thing to do next for an export."""

    WAIT = "wait"
    RESOLVE = "resolve"
    PREPARE = "prepare"
    SUBMIT = "submit"
    RECOVER = "recover"
    POLL = "poll"
    CHECK = "check"
    CANCEL = "cancel"
    REVOKE = "revoke"
    NOTIFY = "notify"
    ERASE = "erase"
    END = "end"


_BY_ATTEMPT = {
    AttemptStatus.READY: Step.SUBMIT,
    AttemptStatus.SUBMITTING: Step.RECOVER,
    AttemptStatus.RUNNING: Step.POLL,
    AttemptStatus.COMPLETE: Step.CHECK,
    # Of an open export these are behind it: the next attempt takes their place.
    AttemptStatus.LOST: Step.PREPARE,
    AttemptStatus.FAILED: Step.PREPARE,
    AttemptStatus.CANCELED: Step.PREPARE,
}


def next_step(export: Export, now: datetime) -> Step:
    """What to do for the export at this moment."""
    if export.status.is_terminal:
        return _after_the_end(export, now)
    if export.next_step_at is None or now < export.next_step_at:
        return Step.WAIT
    if export.stage is Stage.CANCELING:
        return Step.CANCEL
    if export.subject.id is None:
        return Step.RESOLVE
    if export.attempt is None:
        return Step.PREPARE
    return _BY_ATTEMPT[export.attempt.status]


def _after_the_end(export: Export, now: datetime) -> Step:
    """What a caller wants erased does not wait for receivers.

    The grants go once the end is stored; a process that died in between left them to the next step.
    """
    if export.erase_at is not None and now >= export.erase_at:
        return Step.ERASE
    if callback_deliveries.due_deliveries(export, now):
        return Step.NOTIFY
    given_up = any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings)
    return Step.REVOKE if attempts_to_revoke(export) and not given_up else Step.END


def next_look_at(export: Export, now: datetime, limits: Limits) -> datetime | None:
    """When the monitor looks at the export again; None where it has nothing more to do with it.

    For what is more than `WAITED_FOR` after the end no monitor waits: the reconciler starts one in time.
    """
    if export.next_step_at is None or (
        export.status.is_terminal and export.next_step_at > now + MONITOR_WAIT_AFTER_END
    ):
        return None
    reminder = None if export.status.is_terminal else deadline.next_deadline_warning_at(export, now, limits.due_soon)
    return export.next_step_at if reminder is None else min(export.next_step_at, reminder)
