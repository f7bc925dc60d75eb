"""The deadline: when an open export is warned about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_warning
from shared.exports.export import Export, ExportWarning
from shared.exports.states_and_codes import EventType, WarningCode
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def next_deadline_warning_at(export: Export, now: datetime, due_soon: timedelta) -> datetime | None:
    """When to warn next; None where nothing is left to warn of before the end."""
    moments = (export.due_at - due_soon, export.due_at)
    return next((moment for moment in moments if moment > now), None)


def warn_of_deadline(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """The export with the warning that the time calls for, once each; an ended one needs none."""
    if export.status.is_terminal or now < export.due_at - due_soon:
        return export
    if now < export.due_at:
        notice = ExportWarning(WarningCode.DUE_SOON, f"It is due at {to_iso(export.due_at)} and has not ended.")
        return add_warning(export, notice, now, event=EventType.DUE_SOON)
    notice = ExportWarning(WarningCode.OVERDUE, f"It was due at {to_iso(export.due_at)} and has not ended.")
    return add_warning(export, notice, now, event=EventType.OVERDUE)
