"""An export as a flat row of the table `Exports`, and back; its events as rows beside it (columns: docs/outcomes.md).

People read these rows from Power BI, Logic Apps and scripts, so the columns are flat, typed and named as in the API.
What is a list (attempts, warnings) is there as JSON too, for the app itself.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azure.data.tables import EdmType, EntityProperty

from shared.exports.model import Attempt, Delivery, Event, Export, File, Files, Grant, Notice, Problem, Subject
from shared.exports.words import AttemptStatus, DeliveryState, GrantKind, Stage, Status, SubjectType

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPORT_ROW = "export"
EVENT_ROWS = ("event-", "event.")
"""The row keys of events: from the first text to below the second."""
FILE_ROWS = ("file-", "file.")
"""The same of the lines of the manifests of all attempts."""
_EVENT_ROW = "event-{:06d}"
_FILE_ROW = "file-{:03d}-{:08d}"

Row = dict[str, Any]
"""A row as the tables SDK takes and gives it."""


def export_row(export: Export) -> Row:
    """The row of an export; a column without a value is left out."""
    attempt = export.attempt
    row: Row = {
        "PartitionKey": export.id,
        "RowKey": EXPORT_ROW,
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
        "refusedSinceDateTime": export.refused_since,
        "eraseDateTime": export.erase_at,
        "erasedDateTime": export.erased_at,
        "hasCallback": export.has_callback,
        "deliveries": _dump([_delivery_json(d) for d in export.deliveries]),
        "earlierAttempts": export.earlier_attempts,
        "attemptCount": len(export.attempts),
        "attempts": _dump([_attempt_json(a) for a in export.attempts]),
        "warningCodes": ",".join(w.code for w in export.warnings),
        "warnings": _dump([{"code": w.code, "message": w.message} for w in export.warnings]),
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
            "totalBytes": _int64(export.files.total_bytes),
            "listingMarker": export.files.marker,
            "listingInPage": export.files.in_page,
            "isListed": export.files.is_listed,
            "manifestSha256": export.files.manifest_sha256,
        }
    return {name: value for name, value in row.items() if value is not None}


def event_rows(export: Export) -> list[Row]:
    """The rows of the events that are not stored yet; their numbers go on where the stored ones end."""
    first = export.event_count - len(export.unsaved) + 1
    return [_event_row(export.id, number, event) for number, event in enumerate(export.unsaved, first)]


def export_from(row: Row) -> Export:
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
        warnings=tuple(Notice(w["code"], w["message"]) for w in json.loads(row["warnings"])),
        error=Problem(row["errorCode"], row["errorMessage"]) if "errorCode" in row else None,
        files=_files(row) if "fileCount" in row else None,
        polls=row["polls"],
        failures=row["failures"],
        refused_since=row.get("refusedSinceDateTime"),
        erase_at=_erase_at(row),
        erased_at=row.get("erasedDateTime"),
        has_callback=row.get("hasCallback", False),
        deliveries=tuple(_delivery(d) for d in json.loads(row.get("deliveries", "[]"))),
        earlier_attempts=row["earlierAttempts"],
        event_count=row["eventCount"],
    )


def event_from(row: Row) -> Event:
    """The event that a row holds."""
    return Event(row["eventType"], row["eventDateTime"], row["actor"], json.loads(row["detail"]))


def file_rows(export: Export, files: Sequence[File]) -> list[Row]:
    """The rows of the last lines of the present attempt's manifest; `export.files` counts them already."""
    first = export.files.count - len(files) + 1 if export.files else 1
    return [_file_row(export, number, file) for number, file in enumerate(files, first)]


def file_row_keys(export: Export, first: int = 1, end: int | None = None) -> tuple[str, str]:
    """The row keys of lines of the present attempt's manifest: from the first text to below the second.

    Args:
        export: the export.
        first: the number of the first line.
        end: the number of the line after the last one; None for the end of the manifest.
    """
    attempt = len(export.attempts)
    last = _FILE_ROW.format(attempt + 1, 0) if end is None else _FILE_ROW.format(attempt, end)
    return _FILE_ROW.format(attempt, first), last


def _file_row(export: Export, number: int, file: File) -> Row:
    row = {
        "PartitionKey": export.id,
        "RowKey": _FILE_ROW.format(len(export.attempts), number),
        "fileName": file.name,
        "fileSize": _int64(file.size),
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": file.modified_at,
    }
    return {name: value for name, value in row.items() if value is not None}


def file_from(row: Row) -> File:
    """The line of the manifest that a row holds."""
    return File(
        name=row["fileName"],
        size=_integer(row["fileSize"]),
        md5=row.get("md5"),
        sha256=row.get("sha256"),
        modified_at=row["lastModifiedDateTime"],
    )


def _files(row: Row) -> Files:
    return Files(
        count=row["fileCount"],
        total_bytes=_integer(row["totalBytes"]),
        marker=row.get("listingMarker"),
        in_page=row["listingInPage"],
        is_listed=row["isListed"],
        manifest_sha256=row.get("manifestSha256"),
    )


def _event_row(export_id: str, number: int, event: Event) -> Row:
    return {
        "PartitionKey": export_id,
        "RowKey": _EVENT_ROW.format(number),
        "eventType": event.type,
        "eventDateTime": event.at,
        "actor": event.actor,
        "detail": _dump(event.detail),
    }


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
        sent_at=_moment(data["sent"]),
        operation_id=data["operationId"],
        submitted_at=_moment(data["submitted"]),
        grant=Grant(
            GrantKind(data["grantKind"]), datetime.fromisoformat(data["grantExpires"]), _moment(data["grantRevoked"])
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
        next_try_at=_moment(data["nextTry"]),
    )


def _erase_at(row: Row) -> datetime | None:
    """Rows from before there were deliveries lack the column: erasure was all that an ended export waited for."""
    if "deliveries" not in row and Status(row["status"]).is_terminal:
        return row.get("nextStepDateTime")
    return row.get("eraseDateTime")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _int64(value: int) -> EntityProperty:
    return EntityProperty(value, EdmType.INT64)


def _integer(value: int | EntityProperty) -> int:
    return int(value.value) if isinstance(value, EntityProperty) else value


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
