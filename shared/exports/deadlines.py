"""The legal clock: when an open export is warned about. Pure functions of their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.codes import EventType, WarningCode
from shared.exports.model import Notice
from shared.exports.moves import iso, warned

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.model import Export


def next_reminder(export: Export, now: datetime, due_soon: timedelta) -> datetime | None:
    """When to warn next; None where nothing is left to warn of before the end."""
    moments = (export.due_at - due_soon, export.due_at)
    return next((moment for moment in moments if moment > now), None)


def reminded(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """The export with the warning that the time calls for, once each; an ended one needs none."""
    if export.status.is_terminal or now < export.due_at - due_soon:
        return export
    if now < export.due_at:
        notice = Notice(WarningCode.DUE_SOON, f"It is due at {iso(export.due_at)} and has not ended.")
        return warned(export, notice, now, event=EventType.DUE_SOON)
    notice = Notice(WarningCode.OVERDUE, f"It was due at {iso(export.due_at)} and has not ended.")
    return warned(export, notice, now, event=EventType.OVERDUE)
