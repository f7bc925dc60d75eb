"""A failed or canceled export is retried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType, Stage, Status
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export


MAX_RETRIES = 100
"""How many times an export may be retried, and how many attempts one may have that is retried: its row is bounded."""


def reopen(export: Export, actor: str, now: datetime) -> Export:
    """Opens a failed or canceled export again, for a new attempt. An open export stays as it is.

    Raises:
        NotPossibleError: the person has been answered, the export succeeded, its subject was never found, its data is
            being erased, or it was retried too often.
    """
    if not export.status.is_terminal:
        return export
    if export.handed_over_at is not None:
        message = "The person has been answered, so this request is closed. Request another export if you need one."
        raise NotPossibleError("AlreadyHandedOver", message)
    if export.status is Status.SUCCEEDED:
        raise NotPossibleError("ExportNotRetriable", "The export has succeeded. Request another one if you need it.")
    if export.subject.id is None:
        raise NotPossibleError("ExportNotRetriable", "The person was never found. Request an export with another id.")
    if export.erasure_begun_at is not None and export.erased_at is None:
        # The erasure would go on with what the new attempt brings.
        raise NotPossibleError("ErasureBegun", "The exported data is being erased. Retry the export once it is.")
    if export.retries >= MAX_RETRIES or len(export.attempts) >= MAX_RETRIES:
        message = f"The export was retried or attempted {MAX_RETRIES} times, which is the most. Request another one."
        raise NotPossibleError("TooManyRetries", message)
    reopened = replace(
        export,
        status=Status.RUNNING,
        stage=Stage.PREPARING,
        begun_at=now,
        completed_at=None,
        error=None,
        progress=None,
        files=None,
        erase_at=None,
        erasure_begun_at=None,
        erased_at=None,
        # Receivers that have not heard of this end will hear of the next one.
        announcements=(),
        deliveries=(),
        polls=0,
        slot_at=None,
        retries=export.retries + 1,
        earlier_attempts=len(export.attempts),
    )
    # What Graph said about when to call again holds for the next attempt too.
    begins_at = max(now, export.graph_retry_at or now)
    return add_event(schedule_next_step(reopened, begins_at, now), EventType.RETRIED, now, actor=actor)
