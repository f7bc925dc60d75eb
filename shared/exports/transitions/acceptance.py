"""An export is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import ImpossibleDeadlineError
from shared.exports.export import Export, ExportRequest
from shared.exports.states_and_codes import EventType, Stage, Status

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.calendar_period import CalendarPeriod


def accept(
    request: ExportRequest,
    export_id: str,
    caller: str,
    now: datetime,
    *,
    due_after: CalendarPeriod,
    correlation: dict[str, str],
) -> Export:
    """Makes the export of a request, with its first step due now.

    Args:
        request: what the caller asks for.
        export_id: the id of the export.
        caller: the principal that asks: an object id, or `functionKey`.
        now: the present.
        due_after: the time from the receipt of the request to the deadline, unless the request names a deadline.
        correlation: the ids of this call (of the client's request, of the trace), for the audit trail.

    Raises:
        ImpossibleDeadlineError: the deadline that the request names is not after its receipt.
    """
    received_at = request.received_at or now
    due_at = request.due_at or due_after.after(received_at)
    if due_at <= received_at:
        raise ImpossibleDeadlineError
    export = Export(
        id=export_id,
        subject=request.subject,
        status=Status.NOT_STARTED,
        stage=Stage.ACCEPTED,
        caller=caller,
        created_at=now,
        begun_at=now,
        received_at=received_at,
        due_at=due_at,
        updated_at=now,
        next_step_at=now,
        reference=request.reference,
        request_digest=request.digest,
        allow_duplicate=request.allow_duplicate,
        has_callback=request.callback_url is not None,
    )
    return add_event(export, EventType.ACCEPTED, now, actor=caller, **correlation)
