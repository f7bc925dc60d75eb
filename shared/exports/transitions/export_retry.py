"""A failed or canceled export is reopened for another attempt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType, Stage, Status
from shared.exports.transitions.next_due_time import schedule

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export


def reopen(export: Export, actor: str, now: datetime) -> Export:
    """A failed or canceled export open again, for a new attempt; one that is open already is left as it is.

    Raises:
        NotPossibleError: it succeeded, or the person was never found.
    """
    if not export.status.is_terminal:
        return export
    if export.status is Status.SUCCEEDED:
        raise NotPossibleError("ExportNotRetriable", "The export succeeded. Ask for another one.")
    if export.subject.id is None:
        raise NotPossibleError("ExportNotRetriable", "The person was never found. Ask again with another id.")
    moved = replace(
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
        # Whoever was not told of this end yet is told of the next one.
        deliveries=(),
        polls=0,
        earlier_attempts=len(export.attempts),
    )
    return add_event(schedule(moved, now, now), EventType.RETRIED, now, actor=actor)
