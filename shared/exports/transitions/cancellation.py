"""An export is to be canceled, and is canceled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Attempt, Export, ExportWarning, Problem, has_stored_policy, with_attempt
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, Stage, Status, WarningCode
from shared.exports.timestamps import to_iso
from shared.exports.transitions.ending import end
from shared.exports.transitions.next_due_time import schedule_next_step
from shared.exports.transitions.write_grant import is_revocation_due

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def request_cancellation(export: Export, actor: str, now: datetime) -> Export:
    """Makes the cancellation the next step. An export that has ended or is being canceled stays as it is."""
    if export.status.is_terminal or export.stage is Stage.CANCELING:
        return export
    canceling = schedule_next_step(replace(export, stage=Stage.CANCELING, expected_at=None), now, now)
    return add_event(canceling, EventType.CANCEL_REQUESTED, now, actor=actor)


def cancel(export: Export, now: datetime, limits: Limits) -> Export:
    """Ends the export as Canceled, with a warning if Microsoft can still write: Graph can't cancel an operation."""
    if export.attempt is not None:
        export = _warn_if_still_writable(export, export.attempt, now)
        problem = Problem(ErrorCode.CANCELED, "The export was canceled.")
        export = with_attempt(export, status=AttemptStatus.CANCELED, error=problem)
    return add_event(end(export, Status.CANCELED, now, limits), EventType.CANCELED, now)


def is_cancellation_pending(export: Export) -> bool:
    """Whether the export is still to be ended as Canceled, or has ended and Microsoft can still write."""
    return export.stage is Stage.CANCELING or (export.status.is_terminal and is_revocation_due(export))


def _warn_if_still_writable(export: Export, attempt: Attempt, now: datetime) -> Export:
    has_url = attempt.sent_at is not None and attempt.status.may_write
    if not has_url or has_stored_policy(attempt.grant) or now >= attempt.grant.expires_at:
        return export
    message = (
        f"Microsoft can write until {to_iso(attempt.grant.expires_at)}, because a user delegation can't be revoked. "
        "Erase the data to delete the container."
    )
    return add_warning(export, ExportWarning(WarningCode.GRANT_NOT_REVOCABLE, message), now)
