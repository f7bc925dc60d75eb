"""The export has not ended for so long that it is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import Export, Problem
from shared.exports.states_and_codes import ErrorCode, Stage
from shared.exports.transitions.ending import fail

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits


def abandon_if_too_old(export: Export, now: datetime, limits: Limits) -> Export:
    """Fails an open export that is older than `limits.abandon_after`, which is longer than Microsoft may take.

    One whose data has arrived may finish checking it, as long as the export account answers.
    """
    is_checking = export.stage is Stage.CHECKING and export.failures == 0
    if export.status.is_terminal or is_checking or now < export.begun_at + limits.abandon_after:
        return export
    message = (
        f"The export did not end within {limits.abandon_after.days} days; Microsoft documents up to 30. "
        "Retry it, or open a support request with Microsoft."
    )
    return fail(export, Problem(ErrorCode.OPERATION_STALLED, message), now, limits)
