"""The export has not ended for so long that it is given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.export import Export, Problem
from shared.exports.states_and_codes import ErrorCode, Stage
from shared.exports.transitions.cancellation import cancel
from shared.exports.transitions.ending import fail

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def abandon_at(export: Export, limits: Limits) -> datetime:
    """When an open export is given up: that is later than Microsoft may take."""
    return export.begun_at + limits.abandon_after


def is_too_old(export: Export, now: datetime, limits: Limits) -> bool:
    """Whether the export is open and has to be given up, whatever it waits for."""
    return not export.status.is_terminal and now >= abandon_at(export, limits)


def abandon(export: Export, now: datetime, limits: Limits) -> Export:
    """Ends an open export: as Canceled if that was requested, else as Failed."""
    if export.stage is Stage.CANCELING:
        return cancel(export, now, limits)
    problem = Problem(ErrorCode.OPERATION_STALLED, _explain(export.stage, limits.abandon_after.days))
    return fail(export, problem, now, limits)


def _explain(stage: Stage, days: int) -> str:
    if stage is Stage.QUEUED:
        return (
            f"The export's turn to be submitted did not come within {days} days, because the tenant's daily limit was "
            "in use. Raise GRAPH_SUBMISSIONS_PER_DAY if Microsoft allows more, or retry the export."
        )
    if stage is Stage.CHECKING:
        return (
            f"Microsoft finished, but the files could not be checked within {days} days of the request. The audit "
            "trail says why. Mend the cause, then retry the export."
        )
    return (
        f"The export did not end within {days} days; Microsoft documents up to 30. The audit trail says what it "
        "waited for. Retry it, or open a support request with Microsoft."
    )


def wake_to_abandon(export: Export, limits: Limits) -> Export:
    """Brings the next step of an open export forward to the time at which it is given up, if it would come later.

    If that time had passed already, giving it up has just failed: then the next try waits as long as after any failure.
    """
    gives_up_at = abandon_at(export, limits)
    if export.status.is_terminal or export.next_step_at is None or gives_up_at <= export.updated_at:
        return export
    return replace(export, next_step_at=min(export.next_step_at, gives_up_at))
