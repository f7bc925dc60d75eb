"""What to do next for an export, from its state and the time alone."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports import deadlines, deliveries
from shared.exports.attempts import to_revoke
from shared.exports.codes import WarningCode
from shared.exports.words import AttemptStatus, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.model import Export
    from shared.exports.rules import Rules


WAITED_FOR = timedelta(minutes=5)
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
    if deliveries.due(export, now):
        return Step.NOTIFY
    given_up = any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings)
    return Step.REVOKE if to_revoke(export) and not given_up else Step.END


def come_back_at(export: Export, now: datetime, rules: Rules) -> datetime | None:
    """When the monitor looks at the export again; None where it has nothing more to do with it.

    For what is more than `WAITED_FOR` after the end no monitor waits: the reconciler starts one in time.
    """
    if export.next_step_at is None or (export.status.is_terminal and export.next_step_at > now + WAITED_FOR):
        return None
    reminder = None if export.status.is_terminal else deadlines.next_reminder(export, now, rules.due_soon)
    return export.next_step_at if reminder is None else min(export.next_step_at, reminder)
