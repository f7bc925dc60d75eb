"""Schedules an export's next step, poll or backoff."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event
from shared.exports.export import Export, current_attempt
from shared.exports.graph_results import NotDone, Unclear
from shared.exports.states_and_codes import EventType
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def schedule(export: Export, at: datetime, now: datetime) -> Export:
    """The export with its next step due at that time; of an ended one that is its erasure."""
    if export.status.is_terminal:
        return schedule_after_end(replace(export, erase_at=at, updated_at=now))
    return replace(export, next_step_at=at, updated_at=now)


def schedule_after_end(export: Export) -> Export:
    """An ended export with its next step due: a delivery or its erasure, whichever comes first."""
    moments = [*(delivery.next_try_at for delivery in export.deliveries), export.erase_at]
    return replace(export, next_step_at=min((at for at in moments if at is not None), default=None))


def back_off(export: Export, answer: NotDone | Unclear, now: datetime, limits: Limits) -> Export:
    """The export waiting after a call that got no useful answer."""
    failures = export.failures + 1
    retry_after = answer.retry_after if isinstance(answer, NotDone) else None
    spread = polling_and_backoff.jitter(export.id, failures, export.polls)
    wait = polling_and_backoff.backoff(failures, limits.poll_floor, jitter=spread, retry_after=retry_after)
    moved = schedule(replace(export, failures=failures), now + wait, now)
    return add_event(moved, EventType.BACKED_OFF, now, reason=answer.reason, until=to_iso(now + wait))


def schedule_poll(export: Export, retry_after: int | None, now: datetime, limits: Limits) -> Export:
    """The export with its next poll due, by its age and what Graph asked for."""
    age = now - (current_attempt(export).submitted_at or now)
    spread = polling_and_backoff.jitter(export.id, export.polls)
    return schedule(
        export, now + polling_and_backoff.poll_interval(age, retry_after, limits.poll_floor, jitter=spread), now
    )
