"""Cancellation is requested, and carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, Problem, with_attempt
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, GrantKind, Stage, Status, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.ending import end
from shared.exports.transitions.next_due_time import schedule

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def request_cancellation(export: Export, actor: str, now: datetime) -> Export:
    """The export about to be canceled; one that has ended, or is being canceled, is left as it is."""
    if export.status.is_terminal or export.stage is Stage.CANCELING:
        return export
    moved = schedule(replace(export, stage=Stage.CANCELING), now, now)
    return add_event(moved, EventType.CANCEL_REQUESTED, now, actor=actor)


def cancel(export: Export, now: datetime, limits: Limits) -> Export:
    """The end: nobody wants it any more. Graph has no cancel, so a grant that can't be revoked is warned about."""
    if export.attempt is not None:
        grant = export.attempt.grant
        asked = export.attempt.status.may_write and export.attempt.sent_at is not None
        if asked and grant.kind is GrantKind.USER_DELEGATION and now < grant.expires_at:
            message = (
                f"Microsoft can write until {to_iso(grant.expires_at)}, because a user delegation can't be revoked. "
                "Erase the data to take the container away."
            )
            export = add_warning(export, ExportWarning(WarningCode.GRANT_NOT_REVOCABLE, message), now)
        problem = Problem(ErrorCode.CANCELED, "The export was canceled.")
        export = with_attempt(export, status=AttemptStatus.CANCELED, error=problem)
    return add_event(end(export, Status.CANCELED, now, limits), EventType.CANCELED, now)
