"""An export as callers see it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.moves import iso
from shared.exports.words import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.model import Attempt, Event, Export, File, Files, Problem
    from shared.exports.subscriptions import Subscription
    from shared.http import answers

_LONGEST_WAIT = timedelta(hours=1)
"""Callers are asked back at least this often, though Microsoft is asked less often."""
_SUBMISSION = timedelta(seconds=2)


def export_view(export: Export) -> answers.Export:
    """The export as JSON (docs/api.md)."""
    attempt = export.attempt
    return {
        "id": export.id,
        "status": export.status,
        "stage": export.stage,
        "subject": {"type": export.subject.type, "id": export.subject.id},
        "reference": export.reference,
        "receivedDateTime": iso(export.received_at),
        "dueDateTime": iso(export.due_at),
        "createdDateTime": iso(export.created_at),
        "lastUpdatedDateTime": iso(export.updated_at),
        "completedDateTime": _time(export.completed_at),
        "progress": export.progress,
        "nextPollDateTime": None if export.status.is_terminal else _time(export.next_step_at),
        "storage": None if attempt is None else {"container": attempt.container},
        "grant": None if attempt is None else _grant_view(attempt),
        "attempts": [_attempt_view(a) for a in export.attempts],
        "files": None if export.files is None else _files_view(export.files),
        "erasedDateTime": _time(export.erased_at),
        "warnings": [{"code": w.code, "message": w.message} for w in export.warnings],
        "error": _problem_view(export.error),
    }


def event_view(event: Event) -> answers.Event:
    """A line of the trail as JSON."""
    return {"type": event.type, "dateTime": iso(event.at), "actor": event.actor, "detail": event.detail}


def file_view(file: File) -> answers.File:
    """A line of the manifest as JSON."""
    return {
        "name": file.name,
        "size": file.size,
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": iso(file.modified_at),
    }


def subscription_view(subscription: Subscription) -> answers.Subscription:
    """The subscription as JSON, without its URL."""
    return {
        "id": subscription.id,
        "status": sorted(subscription.statuses) or None,
        "reference": subscription.reference,
        "createdDateTime": iso(subscription.created_at),
    }


def retry_after(export: Export, now: datetime) -> int | None:
    """In how many seconds to ask again; None where the export has ended."""
    if export.status.is_terminal or export.next_step_at is None:
        return None
    # What is due after a submission is only for the case that its answer is lost; usually there is one in a second.
    expected = now + _SUBMISSION if export.stage is Stage.SUBMITTING else export.next_step_at
    wait = min(expected, export.next_step_at, now + _LONGEST_WAIT) - now
    return max(1, math.ceil(wait.total_seconds()))


def _grant_view(attempt: Attempt) -> answers.Grant:
    grant = attempt.grant
    return {
        "kind": grant.kind,
        "expiresDateTime": iso(grant.expires_at),
        "revokedDateTime": _time(grant.revoked_at),
    }


def _attempt_view(attempt: Attempt) -> answers.Attempt:
    return {
        "number": attempt.number,
        "operationId": attempt.operation_id,
        "submittedDateTime": _time(attempt.submitted_at),
        "status": attempt.status,
        "error": _problem_view(attempt.error),
    }


def _files_view(files: Files) -> answers.Arrived:
    return {"count": files.count, "totalBytes": files.total_bytes, "manifestSha256": files.manifest_sha256}


def _problem_view(problem: Problem | None) -> answers.Problem | None:
    return None if problem is None else {"code": problem.code, "message": problem.message}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
