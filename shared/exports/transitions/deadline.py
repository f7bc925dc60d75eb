"""The deadline comes near or passes, and an open export is warned about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_warning
from shared.exports.export import Export, ExportWarning
from shared.exports.states_and_codes import EventType, WarningCode
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def next_deadline_warning_at(export: Export, now: datetime, due_soon: timedelta) -> datetime | None:
    """When to warn next: `due_soon` before the deadline, then at the deadline; None if both have passed."""
    moments = (export.due_at - due_soon, export.due_at)
    return next((moment for moment in moments if moment > now), None)


def warn_of_deadline(export: Export, now: datetime, due_soon: timedelta) -> Export:
    """Warns of an open export whose deadline is at most `due_soon` away or has passed, once for each."""
    if export.status.is_terminal or now < export.due_at - due_soon:
        return export
    if now < export.due_at:
        message = f"The export is due at {to_iso(export.due_at)} and has not ended. Tell whoever answers the person."
        return add_warning(export, ExportWarning(WarningCode.DUE_SOON, message), now, event=EventType.DUE_SOON)
    message = f"The export was due at {to_iso(export.due_at)} and has not ended. Tell whoever answers the person."
    return add_warning(export, ExportWarning(WarningCode.OVERDUE, message), now, event=EventType.OVERDUE)
