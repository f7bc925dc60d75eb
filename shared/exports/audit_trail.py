"""Adds events and warnings to an export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.bounded_text import fit
from shared.exports.event_hash import event_sha256
from shared.exports.export import Event, Export, ExportWarning
from shared.exports.states_and_codes import EventType

if TYPE_CHECKING:
    from datetime import datetime

MONITOR_ACTOR = "monitor"
"""The actor of an event that no caller asked for."""
_DETAIL_UNITS = 12_000
"""Of one text among an event's details; all of them together fit into a column."""


def add_event(
    export: Export, event: EventType, now: datetime, *, actor: str = MONITOR_ACTOR, **detail: str | int | None
) -> Export:
    """Adds an event, to be stored together with the export, at the end of the chain of hashes.

    Details that are None are left out. Long texts are cut here, because the hash is of what is stored.
    """
    added = Event(
        event,
        now,
        actor,
        {name: _detail(value) for name, value in detail.items() if value is not None},
        number=export.event_count + 1,
        previous_sha256=export.trail_sha256,
    )
    chained = replace(added, sha256=event_sha256(export.id, added))
    return replace(
        export,
        unsaved=(*export.unsaved, chained),
        event_count=chained.number,
        trail_sha256=chained.sha256,
    )


def _detail(value: str | int) -> str | int:
    return fit(value, _DETAIL_UNITS) if isinstance(value, str) else value


def add_warning(
    export: Export, warning: ExportWarning, now: datetime, *, event: EventType = EventType.WARNED
) -> Export:
    """Adds a warning and an event that reports it, unless the export already has a warning with that code."""
    if any(given.code == warning.code for given in export.warnings):
        return export
    warned = replace(export, warnings=(*export.warnings, warning))
    return add_event(warned, event, now, code=warning.code, message=warning.message)
