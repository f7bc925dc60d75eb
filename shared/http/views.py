"""An export as callers see it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.model import Stage
from shared.exports.moves import iso

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.model import Attempt, Event, Export, File, Problem

_LONGEST_WAIT = timedelta(hours=1)
"""Callers are asked back at least this often, though Microsoft is asked less often."""
_SUBMISSION = timedelta(seconds=2)


def export_view(export: Export) -> dict[str, Any]:
    """The export as JSON (docs/api.md)."""
    attempt = export.attempt
    return {
        "id": export.id,
        "status": export.status.value,
        "stage": export.stage.value,
        "subject": {"type": export.subject.type.value, "id": export.subject.id},
        "reference": export.reference,
        "receivedDateTime": iso(export.received_at),
        "dueDateTime": iso(export.due_at),
        "createdDateTime": iso(export.created_at),
        "lastUpdatedDateTime": iso(export.updated_at),
        "completedDateTime": _time(export.completed_at),
        "progress": export.progress,
        "nextPollDateTime": None if export.status.is_terminal else _time(export.next_step_at),
        "storage": attempt and {"container": attempt.container},
        "grant": attempt
        and {
            "kind": attempt.grant.kind.value,
            "expiresDateTime": iso(attempt.grant.expires_at),
            "revokedDateTime": _time(attempt.grant.revoked_at),
        },
        "attempts": [_attempt_view(a) for a in export.attempts],
        "files": export.files
        and {
            "count": export.files.count,
            "totalBytes": export.files.total_bytes,
            "manifestSha256": export.files.manifest_sha256,
        },
        "erasedDateTime": _time(export.erased_at),
        "warnings": [{"code": w.code, "message": w.message} for w in export.warnings],
        "error": _problem_view(export.error),
    }


def event_view(event: Event) -> dict[str, Any]:
    """A line of the trail as JSON."""
    return {"type": event.type, "dateTime": iso(event.at), "actor": event.actor, "detail": event.detail}


def file_view(file: File) -> dict[str, Any]:
    """A line of the manifest as JSON."""
    return {
        "name": file.name,
        "size": file.size,
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": iso(file.modified_at),
    }


def retry_after(export: Export, now: datetime) -> int | None:
    """In how many seconds to ask again; None where the export has ended."""
    if export.status.is_terminal or export.next_step_at is None:
        return None
    # What is due after a submission is only for the case that its answer is lost; usually there is one in a second.
    expected = now + _SUBMISSION if export.stage is Stage.SUBMITTING else export.next_step_at
    wait = min(expected, export.next_step_at, now + _LONGEST_WAIT) - now
    return max(1, math.ceil(wait.total_seconds()))


def _attempt_view(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "operationId": attempt.operation_id,
        "submittedDateTime": _time(attempt.submitted_at),
        "status": attempt.status.value,
        "error": _problem_view(attempt.error),
    }


def _problem_view(problem: Problem | None) -> dict[str, str] | None:
    return None if problem is None else {"code": problem.code, "message": problem.message}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
