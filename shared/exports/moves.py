"""The small moves that every change of an export is made of; `lifecycle` and `attempts` put them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.exports import cadence
from shared.exports.answers import NotDone
from shared.exports.codes import EventType
from shared.exports.model import Event, Subject
from shared.exports.words import AttemptStatus, Stage, Status

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.answers import Unclear
    from shared.exports.model import Attempt, Export, Notice, Problem
    from shared.exports.rules import Rules

MONITOR = "monitor"
"""The actor of what happens without a caller."""


def tell(
    export: Export, event: EventType, now: datetime, *, actor: str = MONITOR, **detail: str | int | None
) -> Export:
    """The export with one more event for its trail."""
    told = Event(event, now, actor, {name: value for name, value in detail.items() if value is not None})
    return replace(export, unsaved=(*export.unsaved, told), event_count=export.event_count + 1)


def due(export: Export, at: datetime, now: datetime) -> Export:
    """The export with its next step due at that time; of an ended one that is its erasure."""
    if export.status.is_terminal:
        return scheduled(replace(export, erase_at=at, updated_at=now))
    return replace(export, next_step_at=at, updated_at=now)


def scheduled(export: Export) -> Export:
    """An ended export with its next step due: a delivery or its erasure, whichever comes first."""
    moments = [*(delivery.next_try_at for delivery in export.deliveries), export.erase_at]
    return replace(export, next_step_at=min((at for at in moments if at is not None), default=None))


def failed(export: Export, problem: Problem, now: datetime, rules: Rules) -> Export:
    """The end: it did not work, and why."""
    if export.attempt is not None and export.attempt.status is not AttemptStatus.LOST:
        export = with_attempt(export, status=AttemptStatus.FAILED, error=problem)
    moved = ended(replace(export, error=problem), Status.FAILED, now, rules)
    return tell(moved, EventType.FAILED, now, code=problem.code, message=problem.message)


def warned(export: Export, notice: Notice, now: datetime, *, event: EventType = EventType.WARNED) -> Export:
    """The export with the warning, which is given once a code."""
    if any(w.code == notice.code for w in export.warnings):
        return export
    moved = replace(export, warnings=(*export.warnings, notice))
    return tell(moved, event, now, code=notice.code, message=notice.message)


def ended(export: Export, status: Status, now: datetime, rules: Rules) -> Export:
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
        erase_at=now + rules.retain_for if export.attempts else None,
        deliveries=(),
        failures=0,
        refused_since=None,
    )
    return scheduled(moved)


def backed_off(export: Export, answer: NotDone | Unclear, now: datetime, rules: Rules) -> Export:
    """The export waiting after a call that got no useful answer."""
    failures = export.failures + 1
    retry_after = answer.retry_after if isinstance(answer, NotDone) else None
    spread = cadence.jitter(export.id, failures, export.polls)
    wait = cadence.backoff(failures, rules.poll_floor, jitter=spread, retry_after=retry_after)
    moved = due(replace(export, failures=failures), now + wait, now)
    return tell(moved, EventType.BACKED_OFF, now, reason=answer.reason, until=iso(now + wait))


def await_poll(export: Export, retry_after: int | None, now: datetime, rules: Rules) -> Export:
    """The export with its next poll due, by its age and what Graph asked for."""
    age = now - (current_attempt(export).submitted_at or now)
    spread = cadence.jitter(export.id, export.polls)
    return due(export, now + cadence.poll_interval(age, retry_after, rules.poll_floor, jitter=spread), now)


def with_attempt(export: Export, **changes: Any) -> Export:  # noqa: ANN401 - the fields of an Attempt
    """The export with changes to its present attempt."""
    return replace(export, attempts=(*export.attempts[:-1], replace(current_attempt(export), **changes)))


def current_attempt(export: Export) -> Attempt:
    """The present attempt; ValueError where none was made yet."""
    if export.attempt is None:
        raise ValueError(f"Export {export.id} has no attempt yet.")
    return export.attempt


def iso(moment: datetime) -> str:
    """The time as it stands in trails and messages: UTC, whole seconds."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def text(number: float | None) -> str | None:
    """The number as text."""
    return None if number is None else str(number)
