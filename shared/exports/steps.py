"""What to do next for an export, and the limits that a deployment sets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.model import AttemptStatus

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.model import Export


class Step(StrEnum):
    """The one thing to do next for an export."""

    WAIT = "wait"
    RESOLVE = "resolve"
    PREPARE = "prepare"
    SUBMIT = "submit"
    RECOVER = "recover"
    POLL = "poll"
    CHECK = "check"
    END = "end"


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits that a deployment sets for its exports."""

    poll_floor: timedelta
    """The shortest time between two polls, and the first backoff."""
    graph_timeout: timedelta
    """How long a call to Graph may take."""
    abandon_after: timedelta
    """At this age an export that has not ended ends as Failed."""
    max_attempts: int

    @property
    def grace(self) -> timedelta:
        """How long an unanswered submission may still be under way: after it, what the container holds is the truth."""
        return 2 * self.graph_timeout

    @property
    def patience(self) -> timedelta:
        """How long an operation found in a container may stay unknown to Graph before the attempt is given up."""
        return 10 * self.grace


def next_step(export: Export, now: datetime) -> Step:
    """What to do for the export at this moment."""
    if export.status.is_terminal:
        return Step.END
    if export.next_step_at is not None and now < export.next_step_at:
        return Step.WAIT
    if export.subject.id is None:
        return Step.RESOLVE
    if export.attempt is None:
        return Step.PREPARE
    return {
        AttemptStatus.READY: Step.SUBMIT,
        AttemptStatus.SUBMITTING: Step.RECOVER,
        AttemptStatus.RUNNING: Step.POLL,
        AttemptStatus.COMPLETE: Step.CHECK,
        AttemptStatus.FAILED: Step.END,
        AttemptStatus.LOST: Step.PREPARE,
    }[export.attempt.status]
