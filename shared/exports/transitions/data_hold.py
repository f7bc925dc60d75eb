"""A hold is placed on the exported data and lifted: until then nothing erases it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Hold
from shared.exports.states_and_codes import EventType
from shared.exports.transitions.next_due_time import schedule_after_end, schedule_erasure

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export


def place_hold(export: Export, reason: str, actor: str, now: datetime) -> Export:
    """Keeps the data of an export, open or ended, from being erased. With the same reason a held one stays as it is.

    With another reason the hold is replaced; the trail keeps both.

    Raises:
        NotPossibleError: the data was erased, or its erasure has begun.
    """
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased, so nothing is left to keep.")
    if export.erasure_begun_at is not None:
        raise NotPossibleError("ErasureBegun", "The exported data is being erased, and some of it may be gone.")
    if export.hold is not None and export.hold.reason == reason:
        return export
    held = replace(export, hold=Hold(now, reason, actor), updated_at=now)
    scheduled = schedule_after_end(held) if held.status.is_terminal else held
    return add_event(scheduled, EventType.HOLD_PLACED, now, actor=actor, reason=reason)


def lift_hold(export: Export, actor: str, now: datetime) -> Export:
    """Lets the data be erased again: at its date, or now if that has passed. Without a hold nothing changes."""
    if export.hold is None:
        return export
    lifted = replace(export, hold=None, updated_at=now)
    if lifted.erase_at is not None:
        # Not in the past: the step would count as one that its process failed to do.
        lifted = schedule_erasure(lifted, max(lifted.erase_at, now), now)
    return add_event(lifted, EventType.HOLD_LIFTED, now, actor=actor)
