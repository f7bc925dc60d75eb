"""Exports, events, files and subscriptions as JSON bodies, and when to ask again."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Stage
from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from shared.exports.export import Attempt, Event, Export, File, ManifestProgress, Problem
    from shared.exports.subscription import Subscription
    from shared.http import response_schema

_LONGEST_WAIT = timedelta(hours=1)
"""Callers are asked back at least this often, though Microsoft is asked less often."""
_USUAL_SUBMISSION_TIME = timedelta(seconds=2)


def export_body(export: Export) -> response_schema.Export:
    """The export as JSON (docs/api.md)."""
    attempt = export.attempt
    return {
        "id": export.id,
        "status": export.status,
        "stage": export.stage,
        "subject": {"type": export.subject.type, "id": export.subject.id},
        "reference": export.reference,
        "receivedDateTime": to_iso(export.received_at),
        "dueDateTime": to_iso(export.due_at),
        "createdDateTime": to_iso(export.created_at),
        "lastUpdatedDateTime": to_iso(export.updated_at),
        "completedDateTime": _time(export.completed_at),
        "progress": export.progress,
        "nextPollDateTime": None if export.status.is_terminal else _time(export.next_step_at),
        "storage": None if attempt is None else {"container": attempt.container},
        "grant": None if attempt is None else _grant_body(attempt),
        "attempts": [_attempt_body(a) for a in export.attempts],
        "files": None if export.files is None else _manifest_body(export.files),
        "erasedDateTime": _time(export.erased_at),
        "warnings": [{"code": w.code, "message": w.message} for w in export.warnings],
        "error": _problem_body(export.error),
    }


def event_body(event: Event) -> response_schema.Event:
    """A line of the trail as JSON."""
    return {"type": event.type, "dateTime": to_iso(event.at), "actor": event.actor, "detail": event.detail}


def file_body(file: File) -> response_schema.File:
    """A line of the manifest as JSON."""
    return {
        "name": file.name,
        "size": file.size,
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": to_iso(file.modified_at),
    }


def subscription_body(subscription: Subscription) -> response_schema.Subscription:
    """The subscription as JSON, without its URL."""
    return {
        "id": subscription.id,
        "status": sorted(subscription.statuses) or None,
        "reference": subscription.reference,
        "createdDateTime": to_iso(subscription.created_at),
    }


def retry_after_seconds(export: Export, now: datetime) -> int | None:
    """In how many seconds to ask again; None where the export has ended."""
    if export.status.is_terminal or export.next_step_at is None:
        return None
    # What is due after a submission is only for the case that its answer is lost; usually there is one in a second.
    expected = now + _USUAL_SUBMISSION_TIME if export.stage is Stage.SUBMITTING else export.next_step_at
    wait = min(expected, export.next_step_at, now + _LONGEST_WAIT) - now
    return max(1, math.ceil(wait.total_seconds()))


def _grant_body(attempt: Attempt) -> response_schema.Grant:
    grant = attempt.grant
    return {
        "kind": grant.kind,
        "expiresDateTime": to_iso(grant.expires_at),
        "revokedDateTime": _time(grant.revoked_at),
    }


def _attempt_body(attempt: Attempt) -> response_schema.Attempt:
    return {
        "number": attempt.number,
        "operationId": attempt.operation_id,
        "submittedDateTime": _time(attempt.submitted_at),
        "status": attempt.status,
        "error": _problem_body(attempt.error),
    }


def _manifest_body(files: ManifestProgress) -> response_schema.Arrived:
    return {"count": files.count, "totalBytes": files.total_bytes, "manifestSha256": files.manifest_sha256}


def _problem_body(problem: Problem | None) -> response_schema.Problem | None:
    return None if problem is None else {"code": problem.code, "message": problem.message}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else to_iso(moment)
