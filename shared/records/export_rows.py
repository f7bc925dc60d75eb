"""An export as a flat row of the table `Exports`, and back (columns: docs/outcomes.md).

People read these rows from Power BI, Logic Apps and scripts, so the columns are flat, typed and named as in the API.
Lists (attempts, warnings, deliveries) are JSON, for the app itself.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.exports.export import Attempt, Delivery, Export, ExportWarning, Grant, ManifestProgress, Problem, Subject
from shared.exports.states_and_codes import AttemptStatus, DeliveryState, GrantKind, Stage, Status, SubjectType
from shared.protocols import Int64

if TYPE_CHECKING:
    from shared.protocols import Row

EXPORT_KEY = "export"


def to_export_row(export: Export) -> Row:
    """The row of an export; a column without a value is left out."""
    attempt = export.attempt
    row: Row = {
        "PartitionKey": export.id,
        "RowKey": EXPORT_KEY,
        "status": export.status.value,
        "stage": export.stage.value,
        "subjectType": export.subject.type.value,
        "subjectId": export.subject.id,
        "subjectPrincipalName": export.subject.principal_name,
        "reference": export.reference,
        "requestDigest": export.request_digest,
        "allowDuplicate": export.allow_duplicate,
        "caller": export.caller,
        "receivedDateTime": export.received_at,
        "dueDateTime": export.due_at,
        "createdDateTime": export.created_at,
        "begunDateTime": export.begun_at,
        "lastUpdatedDateTime": export.updated_at,
        "completedDateTime": export.completed_at,
        "nextStepDateTime": export.next_step_at,
        "progress": export.progress,
        "polls": export.polls,
        "failures": export.failures,
        "waitReason": export.wait_reason,
        "refusedSinceDateTime": export.refused_since,
        "graphRetryDateTime": export.graph_retry_at,
        "slotDateTime": export.slot_at,
        "expectedSubmissionDateTime": export.expected_at,
        "retries": export.retries,
        "eraseDateTime": export.erase_at,
        "erasedDateTime": export.erased_at,
        "hasCallback": export.has_callback,
        "deliveries": compact_json([_delivery_json(d) for d in export.deliveries]),
        "earlierAttempts": export.earlier_attempts,
        "attemptCount": len(export.attempts),
        "attempts": compact_json([_attempt_json(a) for a in export.attempts]),
        "warningCodes": ",".join(w.code for w in export.warnings),
        "warnings": compact_json([{"code": w.code, "message": w.message} for w in export.warnings]),
        "errorCode": export.error and export.error.code,
        "errorMessage": export.error and export.error.message,
        "eventCount": export.event_count,
    }
    if attempt is not None:
        row |= {
            "container": attempt.container,
            "operationId": attempt.operation_id,
            "submittedDateTime": attempt.submitted_at,
            "grantKind": attempt.grant.kind.value,
            "grantExpiresDateTime": attempt.grant.expires_at,
            "grantRevokedDateTime": attempt.grant.revoked_at,
        }
    if export.files is not None:
        row |= {
            "fileCount": export.files.count,
            "totalBytes": Int64(export.files.total_bytes),
            "listingMarker": export.files.marker,
            "listingInPage": export.files.in_page,
            "isListed": export.files.is_listed,
            "listingTries": export.files.tries,
            "manifestSha256": export.files.manifest_sha256,
        }
    return {name: value for name, value in row.items() if value is not None}


def export_from_row(row: Row) -> Export:
    """The export that a row holds."""
    return Export(
        id=row["PartitionKey"],
        subject=Subject(SubjectType(row["subjectType"]), row.get("subjectId"), row.get("subjectPrincipalName")),
        status=Status(row["status"]),
        stage=Stage(row["stage"]),
        caller=row["caller"],
        created_at=row["createdDateTime"],
        begun_at=row["begunDateTime"],
        received_at=row["receivedDateTime"],
        due_at=row["dueDateTime"],
        updated_at=row["lastUpdatedDateTime"],
        completed_at=row.get("completedDateTime"),
        next_step_at=row.get("nextStepDateTime"),
        reference=row.get("reference"),
        request_digest=row.get("requestDigest"),
        allow_duplicate=row.get("allowDuplicate", False),
        progress=row.get("progress"),
        attempts=tuple(_attempt(a) for a in json.loads(row["attempts"])),
        warnings=tuple(ExportWarning(w["code"], w["message"]) for w in json.loads(row["warnings"])),
        error=Problem(row["errorCode"], row["errorMessage"]) if "errorCode" in row else None,
        files=_files(row) if "fileCount" in row else None,
        polls=row["polls"],
        failures=row["failures"],
        wait_reason=row.get("waitReason"),
        refused_since=row.get("refusedSinceDateTime"),
        graph_retry_at=row.get("graphRetryDateTime"),
        slot_at=row.get("slotDateTime"),
        expected_at=row.get("expectedSubmissionDateTime"),
        retries=row.get("retries", 0),
        erase_at=_erase_at(row),
        erased_at=row.get("erasedDateTime"),
        has_callback=row.get("hasCallback", False),
        deliveries=tuple(_delivery(d) for d in json.loads(row.get("deliveries", "[]"))),
        earlier_attempts=row["earlierAttempts"],
        event_count=row["eventCount"],
    )


def _files(row: Row) -> ManifestProgress:
    return ManifestProgress(
        count=row["fileCount"],
        total_bytes=row["totalBytes"],
        marker=row.get("listingMarker"),
        in_page=row["listingInPage"],
        is_listed=row["isListed"],
        tries=row.get("listingTries", 0),
        manifest_sha256=row.get("manifestSha256"),
    )


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "container": attempt.container,
        "status": attempt.status.value,
        "started": attempt.started_at.isoformat(),
        "sent": _iso(attempt.sent_at),
        "operationId": attempt.operation_id,
        "submitted": _iso(attempt.submitted_at),
        "grantKind": attempt.grant.kind.value,
        "grantExpires": attempt.grant.expires_at.isoformat(),
        "grantRevoked": _iso(attempt.grant.revoked_at),
        "errorCode": attempt.error and attempt.error.code,
        "errorMessage": attempt.error and attempt.error.message,
    }


def _attempt(data: dict[str, Any]) -> Attempt:
    return Attempt(
        number=data["number"],
        container=data["container"],
        status=AttemptStatus(data["status"]),
        started_at=datetime.fromisoformat(data["started"]),
        sent_at=_parse_time(data["sent"]),
        operation_id=data["operationId"],
        submitted_at=_parse_time(data["submitted"]),
        grant=Grant(
            GrantKind(data["grantKind"]),
            datetime.fromisoformat(data["grantExpires"]),
            _parse_time(data["grantRevoked"]),
        ),
        error=Problem(data["errorCode"], data["errorMessage"]) if data["errorCode"] else None,
    )


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "target": delivery.target,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "nextTry": _iso(delivery.next_try_at),
    }


def _delivery(data: dict[str, Any]) -> Delivery:
    return Delivery(
        id=data["id"],
        target=data["target"],
        state=DeliveryState(data["state"]),
        tries=data["tries"],
        next_try_at=_parse_time(data["nextTry"]),
    )


def _erase_at(row: Row) -> datetime | None:
    """When to erase the data. In rows of earlier versions it is all that an ended export waits for."""
    if "deliveries" not in row and Status(row["status"]).is_terminal:
        return row.get("nextStepDateTime")
    return row.get("eraseDateTime")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def compact_json(value: object) -> str:
    """The value as JSON without needless spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
