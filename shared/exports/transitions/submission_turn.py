"""An export waits in the queue for its turn to be submitted, and is given a slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.fair_submission_order import SLOT_LIFETIME
from shared.exports.states_and_codes import AttemptStatus, EventType, Stage
from shared.exports.timestamps import to_iso
from shared.exports.transitions.deadline import next_deadline_warning_at
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits
    from shared.exports.export import Export

LONGEST_UNSEEN = timedelta(hours=12)
"""How long at most an export is in the queue without looking whether it still has its place."""
_SHORTEST_MARGIN = timedelta(minutes=10)
_MARGIN_DIVISOR = 20


def has_slot(export: Export, now: datetime) -> bool:
    """Whether an export may be submitted now: it has a slot that is neither used nor too old (`SLOT_LIFETIME`)."""
    return export.slot_at is not None and abs(now - export.slot_at) < SLOT_LIFETIME


def is_slot_wasted(export: Export, now: datetime) -> bool:
    """Whether the slot of an open export has become too old, and nothing came of the step that was to use it.

    A step that fails or succeeds schedules the next one. So that step died or hung each time, or was never begun.
    """
    return export.slot_at is not None and export.slot_at == export.next_step_at and not has_slot(export, now)


def join_queue(export: Export, expected_at: datetime, now: datetime, limits: Limits) -> Export:
    """Records that an open export has a place in the queue, or has it still.

    Its turn comes to it. In case that fails, it looks for itself some time after the turn was expected.

    Args:
        export: an open export without a slot.
        expected_at: when its turn is expected.
        now: the present.
        limits: the deployment's limits.
    """
    margin = max(_SHORTEST_MARGIN, (expected_at - now) / _MARGIN_DIVISOR)
    warning_at = next_deadline_warning_at(export, now, limits.due_soon)
    look_at = min(expected_at + margin, now + LONGEST_UNSEEN)
    queued = schedule_next_step(
        replace(export, stage=Stage.QUEUED, expected_at=expected_at),
        look_at if warning_at is None else min(look_at, warning_at),
        now,
    )
    if export.stage is Stage.QUEUED:
        return queued
    return add_event(queued, EventType.QUEUED, now, expected=to_iso(expected_at))


def give_slot(export: Export, now: datetime) -> Export:
    """Gives an open export a slot, so that its submission is due."""
    is_ready = export.attempt is not None and export.attempt.status is AttemptStatus.READY
    stage = Stage.SUBMITTING if is_ready else Stage.PREPARING
    return schedule_next_step(replace(export, stage=stage, slot_at=now, expected_at=None), now, now)
