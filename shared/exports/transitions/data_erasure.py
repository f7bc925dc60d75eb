"""Erasure of the exported data is requested, and carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType
from shared.exports.transitions.next_due_time import schedule, schedule_after_end

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export


def request_erasure(export: Export, actor: str, now: datetime) -> Export:
    """The export with its data about to be erased; one without data is left as it is.

    Raises:
        NotPossibleError: it has not ended.
    """
    if not export.status.is_terminal:
        raise NotPossibleError("ExportNotEnded", "The export has not ended. Cancel it first.")
    if export.erase_at is None or export.erase_at <= now:
        return export
    return add_event(schedule(export, now, now), EventType.ERASE_REQUESTED, now, actor=actor)


def mark_erased(export: Export, now: datetime) -> Export:
    """The containers are gone, and the manifest's names with them; the row and the trail stay."""
    moved = schedule_after_end(replace(export, erased_at=now, updated_at=now, erase_at=None))
    return add_event(moved, EventType.ERASED, now, containers=len(export.attempts))
