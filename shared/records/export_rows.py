"""An export as a flat row of the table `Exports`, and back (columns: docs/outcomes.md).

People read these rows from Power BI, Logic Apps and scripts, so the columns are flat, typed and named as in the API.
Lists (attempts, warnings, deliveries) are JSON, for the app itself. No text takes more than a column holds: lists go on
in further columns, and messages from outside are cut.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.exports.bounded_text import fit
from shared.exports.export import (
    Announcement,
    Attempt,
    Delivery,
    Export,
    ExportWarning,
    Grant,
    Hold,
    ManifestProgress,
    Problem,
    Subject,
    TrailHead,
)
from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryEvent,
    DeliveryState,
    GrantKind,
    HandoverMethod,
    Stage,
    Status,
    SubjectType,
)
from shared.protocols import Int64
from shared.records.column_reader import ColumnError, ColumnReader, reading
from shared.records.wide_columns import COLUMN_UNITS, list_columns, read_list

if TYPE_CHECKING:
    from shared.exports.handover_package import Package
    from shared.protocols import Row

EXPORT_KEY = "export"
_CODE_UNITS = 120
_LISTED_MESSAGE_UNITS = 820
"""Of an attempt or a warning: with 120 attempts, a dozen warnings and 202 deliveries a row has half a MiB at most."""


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
        "pausedDateTime": export.paused_at,
        "completedDateTime": export.completed_at,
        "awaitsHandover": export.awaits_handover,
        "warnDateTime": export.warn_at,
        "handedOverDateTime": export.handed_over_at,
        "handoverMethod": export.handover_method and export.handover_method.value,
        "nextStepDateTime": export.next_step_at,
        "progress": export.progress,
        "polls": export.polls,
        "failures": export.failures,
        "waitReason": export.wait_reason and fit(export.wait_reason, COLUMN_UNITS),
        "refusedSinceDateTime": export.refused_since,
        "graphRetryDateTime": export.graph_retry_at,
        "slotDateTime": export.slot_at,
        "expectedSubmissionDateTime": export.expected_at,
        "retries": export.retries,
        "eraseDateTime": export.erase_at,
        "erasureBegunDateTime": export.erasure_begun_at,
        "erasedDateTime": export.erased_at,
        "hasCallback": export.has_callback,
        **_package_columns(export.packages),
        **list_columns("announcements", map(_announcement_json, export.announcements)),
        **list_columns("deliveries", map(_delivery_json, export.deliveries)),
        "earlierAttempts": export.earlier_attempts,
        "attemptCount": len(export.attempts),
        **list_columns("attempts", map(_attempt_json, export.attempts)),
        "warningCodes": ",".join(w.code for w in export.warnings),
        **list_columns("warnings", map(_warning_json, export.warnings)),
        "errorCode": export.error and fit(export.error.code, _CODE_UNITS),
        "errorMessage": export.error and fit(export.error.message, COLUMN_UNITS),
        "eventCount": export.event_count,
        "trailSha256": export.trail_sha256,
    }
    if export.hold is not None:
        row |= {
            "holdDateTime": export.hold.placed_at,
            "holdReason": export.hold.reason,
            "holdBy": export.hold.actor,
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
    """The export that a row holds.

    Raises:
        UnreadableRowError: it holds none that this version can read.
    """
    with reading(row) as columns:
        return _export(row, columns)


def _export(row: Row, columns: ColumnReader) -> Export:
    attempts = tuple(_attempt(ColumnReader(each)) for each in read_list(row, "attempts"))
    if len(attempts) != columns.find("attemptCount", int):
        raise ColumnError("attempts are not as many as attemptCount")
    return Export(
        id=columns.need("PartitionKey", str),
        subject=_subject(columns),
        status=columns.choice("status", Status),
        stage=columns.choice("stage", Stage),
        caller=columns.need("caller", str),
        created_at=columns.need("createdDateTime", datetime),
        begun_at=columns.need("begunDateTime", datetime),
        received_at=columns.need("receivedDateTime", datetime),
        due_at=columns.need("dueDateTime", datetime),
        updated_at=columns.need("lastUpdatedDateTime", datetime),
        paused_at=columns.find("pausedDateTime", datetime),
        completed_at=columns.find("completedDateTime", datetime),
        awaits_handover=columns.find("awaitsHandover", bool) or False,
        warn_at=columns.find("warnDateTime", datetime),
        handed_over_at=columns.find("handedOverDateTime", datetime),
        handover_method=columns.choice("handoverMethod", HandoverMethod) if columns.has("handoverMethod") else None,
        next_step_at=columns.find("nextStepDateTime", datetime),
        reference=columns.find("reference", str),
        request_digest=columns.find("requestDigest", str),
        allow_duplicate=columns.find("allowDuplicate", bool) or False,
        progress=columns.find("progress", float),
        attempts=attempts,
        warnings=tuple(_warning(ColumnReader(each)) for each in read_list(row, "warnings")),
        error=_problem(columns),
        files=_files(columns) if columns.has("fileCount") else None,
        polls=columns.need("polls", int),
        failures=columns.need("failures", int),
        wait_reason=columns.find("waitReason", str),
        refused_since=columns.find("refusedSinceDateTime", datetime),
        graph_retry_at=columns.find("graphRetryDateTime", datetime),
        slot_at=columns.find("slotDateTime", datetime),
        expected_at=columns.find("expectedSubmissionDateTime", datetime),
        retries=columns.find("retries", int) or 0,
        erase_at=_erase_at(columns),
        erasure_begun_at=_erasure_begun_at(columns),
        erased_at=columns.find("erasedDateTime", datetime),
        hold=_hold(columns) if columns.has("holdDateTime") else None,
        has_callback=columns.find("hasCallback", bool) or False,
        packages=_packages(row) if columns.has("packages") else (),
        announcements=tuple(_announcement(ColumnReader(each)) for each in read_list(row, "announcements")),
        deliveries=tuple(_delivery(ColumnReader(each)) for each in read_list(row, "deliveries")),
        earlier_attempts=columns.need("earlierAttempts", int),
        event_count=columns.need("eventCount", int),
        trail_sha256=columns.find("trailSha256", str),
    )


def _subject(columns: ColumnReader) -> Subject:
    kind = columns.choice("subjectType", SubjectType)
    return Subject(kind, columns.find("subjectId", str), columns.find("subjectPrincipalName", str))


def _problem(columns: ColumnReader) -> Problem | None:
    """The error of an export, or of an attempt: their columns and members have the same names."""
    if not columns.find("errorCode", str):
        return None
    return Problem(columns.need("errorCode", str), columns.need("errorMessage", str))


def _hold(columns: ColumnReader) -> Hold:
    return Hold(columns.need("holdDateTime", datetime), columns.need("holdReason", str), columns.need("holdBy", str))


def _files(columns: ColumnReader) -> ManifestProgress:
    return ManifestProgress(
        count=columns.need("fileCount", int),
        total_bytes=columns.need("totalBytes", int),
        marker=columns.find("listingMarker", str),
        in_page=columns.need("listingInPage", int),
        is_listed=columns.need("isListed", bool),
        tries=columns.find("listingTries", int) or 0,
        manifest_sha256=columns.find("manifestSha256", str),
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
        "errorCode": attempt.error and fit(attempt.error.code, _CODE_UNITS),
        "errorMessage": attempt.error and fit(attempt.error.message, _LISTED_MESSAGE_UNITS),
    }


def _attempt(data: ColumnReader) -> Attempt:
    return Attempt(
        number=data.need("number", int),
        container=data.need("container", str),
        status=data.choice("status", AttemptStatus),
        started_at=_needed_time(data, "started"),
        sent_at=data.time_text("sent"),
        operation_id=data.find("operationId", str),
        submitted_at=data.time_text("submitted"),
        grant=Grant(
            data.choice("grantKind", GrantKind), _needed_time(data, "grantExpires"), data.time_text("grantRevoked")
        ),
        error=_problem(data),
    )


def _warning_json(warning: ExportWarning) -> dict[str, Any]:
    return {"code": fit(warning.code, _CODE_UNITS), "message": fit(warning.message, _LISTED_MESSAGE_UNITS)}


def _warning(data: ColumnReader) -> ExportWarning:
    return ExportWarning(data.need("code", str), data.need("message", str))


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "target": delivery.target,
        "event": delivery.event.value,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "nextTry": _iso(delivery.next_try_at),
    }


def _delivery(data: ColumnReader) -> Delivery:
    return Delivery(
        id=data.need("id", str),
        target=data.need("target", str),
        event=data.choice("event", DeliveryEvent) if data.has("event") else DeliveryEvent.ENDED,
        state=data.choice("state", DeliveryState),
        tries=data.need("tries", int),
        next_try_at=data.time_text("nextTry"),
    )


def _package_columns(packages: tuple[Package, ...]) -> dict[str, str]:
    """The columns of the packages; none without any, so that most exports import nothing of them."""
    if not packages:
        return {}
    from shared.records.package_rows import package_json  # noqa: PLC0415 - see above

    return list_columns("packages", map(package_json, packages))


def _packages(row: Row) -> tuple[Package, ...]:
    from shared.records.package_rows import package_from_json  # noqa: PLC0415 - as for `_package_columns`

    return tuple(package_from_json(ColumnReader(each)) for each in read_list(row, "packages"))


def _announcement_json(announcement: Announcement) -> dict[str, Any]:
    return {
        "event": announcement.event.value,
        "at": announcement.at.isoformat(),
        "trailCount": announcement.trail and announcement.trail.event_count,
        "trailSha256": announcement.trail and announcement.trail.sha256,
    }


def _announcement(data: ColumnReader) -> Announcement:
    return Announcement(data.choice("event", DeliveryEvent), _needed_time(data, "at"), _trail_head(data))


def _trail_head(data: ColumnReader) -> TrailHead | None:
    if data.find("trailSha256", str) is None:
        return None
    return TrailHead(data.need("trailCount", int), data.need("trailSha256", str))


def _erase_at(columns: ColumnReader) -> datetime | None:
    """When to erase the data. In rows of earlier versions it is all that an ended export waits for."""
    if not columns.has("deliveries") and columns.choice("status", Status).is_terminal:
        return columns.find("nextStepDateTime", datetime)
    return columns.find("eraseDateTime", datetime)


def _erasure_begun_at(columns: ColumnReader) -> datetime | None:
    """When the erasure was begun. In rows of version 1.0.0, which did not record it, one that failed had begun."""
    is_of_1_0_0 = not columns.has("awaitsHandover")
    if is_of_1_0_0 and columns.choice("status", Status).is_terminal and columns.need("failures", int) > 0:
        return columns.need("lastUpdatedDateTime", datetime)
    return columns.find("erasureBegunDateTime", datetime)


def _needed_time(data: ColumnReader, name: str) -> datetime:
    moment = data.time_text(name)
    if moment is None:
        raise ColumnError(f"{name} is missing")
    return moment


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
