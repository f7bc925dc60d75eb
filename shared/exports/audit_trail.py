"""Adds events and warnings to an export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.export import Event, Export, ExportWarning
from shared.exports.states_and_codes import EventType

if TYPE_CHECKING:
    from datetime import datetime

MONITOR_ACTOR = "monitor"
"""The actor of an event that no caller asked for."""


def add_event(
    export: Export, event: EventType, now: datetime, *, actor: str = MONITOR_ACTOR, **detail: str | int | None
) -> Export:
    """Adds an event, to be stored together with the export. Details that are None are left out."""
    added = Event(event, now, actor, {name: value for name, value in detail.items() if value is not None})
    return replace(export, unsaved=(*export.unsaved, added), event_count=export.event_count + 1)


def add_warning(
    export: Export, warning: ExportWarning, now: datetime, *, event: EventType = EventType.WARNED
) -> Export:
    """Adds a warning and an event that reports it, unless the export already has a warning with that code."""
    if any(given.code == warning.code for given in export.warnings):
        return export
    warned = replace(export, warnings=(*export.warnings, warning))
    return add_event(warned, event, now, code=warning.code, message=warning.message)
