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


def reopen(export: Export, actor: str, now: datetime) -> Export:
    """Opens a failed or canceled export again, for a new attempt. An open export stays as it is.

    Raises:
        NotPossibleError: the export succeeded, or its subject was never found.
    """
    if not export.status.is_terminal:
        return export
    if export.status is Status.SUCCEEDED:
        raise NotPossibleError("ExportNotRetriable", "The export has succeeded. Request another one if you need it.")
    if export.subject.id is None:
        raise NotPossibleError("ExportNotRetriable", "The person was never found. Request an export with another id.")
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
        erased_at=None,
        # Receivers that have not heard of this end will hear of the next one.
        deliveries=(),
        polls=0,
        earlier_attempts=len(export.attempts),
    )
    return add_event(schedule_next_step(reopened, now, now), EventType.RETRIED, now, actor=actor)
