"""The person has been answered: whoever answers requests has handed the data over. That is what meets the deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import ImpossibleHandoverError, NotPossibleError
from shared.exports.states_and_codes import EventType
from shared.exports.timestamps import to_iso
from shared.exports.transitions.deadline import stop_clock

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import HandoverMethod

CALLER_CLOCK_SKEW = timedelta(minutes=5)
"""How far the clock of a caller may be ahead of this one."""


def record_handover(
    export: Export, handed_over_at: datetime | None, method: HandoverMethod | None, actor: str, now: datetime
) -> Export:
    """Records that the person has been answered, and stops the clock of the deadline.

    Whether the data is still there does not matter, nor how the export ended: a person can be answered in other ways.
    The same hand-over again changes nothing.

    Args:
        export: an export that has ended.
        handed_over_at: when the person got the answer; None for now, or for the time that is recorded already.
        method: how; None if the caller does not say.
        actor: the caller.
        now: the present.

    Raises:
        NotPossibleError: the export is open, or another hand-over of it is recorded.
        ImpossibleHandoverError: the time is before the receipt of the request, or in the future.
    """
    if not export.status.is_terminal:
        message = "The export has not ended. Record the hand-over once it has, or cancel the export first."
        raise NotPossibleError("ExportNotEnded", message)
    if export.handed_over_at is not None:
        _check_same(export, export.handed_over_at, handed_over_at, method)
        return export
    at = handed_over_at or now
    # To the second, which is what callers are shown of a time.
    if not export.received_at.replace(microsecond=0) <= at <= now + CALLER_CLOCK_SKEW:
        raise ImpossibleHandoverError
    stopped = stop_clock(export, now, actor=actor)
    recorded = replace(stopped, handed_over_at=at, handover_method=method, updated_at=now)
    return add_event(
        recorded, EventType.HANDED_OVER, now, actor=actor, handedOverDateTime=to_iso(at), method=method and method.value
    )


def _check_same(export: Export, recorded_at: datetime, at: datetime | None, method: HandoverMethod | None) -> None:
    """Passes a hand-over that says nothing else than the one that is recorded; NotPossibleError for any other."""
    if at is not None and to_iso(at) != to_iso(recorded_at):
        raise NotPossibleError("AlreadyHandedOver", f"The hand-over is recorded for {to_iso(recorded_at)}.")
    if method not in {None, export.handover_method}:
        how = f"with the method {export.handover_method}" if export.handover_method else "without a method"
        raise NotPossibleError("AlreadyHandedOver", f"The hand-over is recorded {how}.")
