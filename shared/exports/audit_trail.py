"""Adds events and warnings to an export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.export import Event, Export, ExportWarning
from shared.exports.states_and_codes import EventType

if TYPE_CHECKING:
    from datetime import datetime

MONITOR_ACTOR = "monitor"
"""The actor of what happens without a caller."""


def add_event(
    export: Export, event: EventType, now: datetime, *, actor: str = MONITOR_ACTOR, **detail: str | int | None
) -> Export:
    """The export with one more event for its trail."""
    told = Event(event, now, actor, {name: value for name, value in detail.items() if value is not None})
    return replace(export, unsaved=(*export.unsaved, told), event_count=export.event_count + 1)


def add_warning(export: Export, notice: ExportWarning, now: datetime, *, event: EventType = EventType.WARNED) -> Export:
    """The export with the warning, which is given once a code."""
    if any(w.code == notice.code for w in export.warnings):
        return export
    moved = replace(export, warnings=(*export.warnings, notice))
    return add_event(moved, event, now, code=notice.code, message=notice.message)
