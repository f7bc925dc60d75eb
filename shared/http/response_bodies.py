"""What responses carry: exports, batches, files and the rest as JSON bodies, and when to ask again."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.export import Export, ended_at
from shared.exports.handover_package import part_names
from shared.exports.preflight_check import Verdict
from shared.exports.states_and_codes import BatchItemStatus, HoldStatus, PackageStatus, Stage
from shared.exports.timestamps import to_iso
from shared.use_cases.refusals import BUSY_HOLD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.exports.export import Attempt, Event, File, Hold, ManifestProgress, Problem
    from shared.exports.handover_package import Package
    from shared.exports.preflight_check import PreflightCheck
    from shared.exports.subscription import Subscription
    from shared.http import batch_schema, callback_schema, error_schema, export_schema, file_schema, service_schema
    from shared.records.batch_records import Batch
    from shared.use_cases.create_batch import Outcome
    from shared.use_cases.create_download_links import DownloadLinks
    from shared.use_cases.hold_exports import HoldOutcome, HoldOutcomes
    from shared.use_cases.manage_subscriptions import Subscribed

_LONGEST_WAIT = timedelta(hours=1)
"""Callers may ask again at least this often, though Graph is polled less often."""
_ITEM_STATUS = {"Busy": BatchItemStatus.BUSY, "RecordUnreadable": BatchItemStatus.UNREADABLE}
"""By the code of its error, what an item of a batch is if it was not refused for good."""
_SHORTEST_PACKAGE_WAIT = timedelta(seconds=5)
"""A package takes a few steps at least."""
_USUAL_SUBMISSION_TIME = timedelta(seconds=2)


def export_body(export: Export) -> export_schema.Export:
    """An export."""
    attempt = export.attempt
    return {
        "id": export.id,
        "status": export.status,
        "stage": export.stage,
        "subject": {"type": export.subject.type, "id": export.subject.id},
        "reference": export.reference,
        "requestedBy": export.caller,
        "receivedDateTime": to_iso(export.received_at),
        "dueDateTime": to_iso(export.due_at),
        "pausedDateTime": _time(export.paused_at),
        "createdDateTime": to_iso(export.created_at),
        "lastUpdatedDateTime": to_iso(export.updated_at),
        "completedDateTime": _time(export.completed_at),
        "awaitsHandover": export.awaits_handover,
        "handedOverDateTime": _time(export.handed_over_at),
        "handoverMethod": export.handover_method,
        "progress": export.progress,
        "nextPollDateTime": None if export.status.is_terminal else _time(export.next_step_at),
        "waitReason": export.wait_reason,
        "expectedSubmissionDateTime": _time(export.expected_at),
        "storage": None if attempt is None else {"container": attempt.container},
        "grant": None if attempt is None else _grant_body(attempt),
        "attempts": [_attempt_body(each) for each in export.attempts],
        "files": None if export.files is None else _manifest_body(export.files),
        "erasureDueDateTime": _time(export.erase_at),
        "erasedDateTime": _time(export.erased_at),
        "hold": None if export.hold is None else _hold_body(export.hold),
        "packages": [package_body(export, each) for each in export.packages],
        "trail": {"eventCount": export.event_count, "sha256": export.trail_sha256},
        "warnings": [{"code": warning.code, "message": warning.message} for warning in export.warnings],
        "error": _problem_body(export.error),
    }


def event_body(event: Event) -> export_schema.Event:
    """A line of the audit trail."""
    return {
        "number": event.number,
        "type": event.type,
        "dateTime": to_iso(event.at),
        "actor": event.actor,
        "detail": event.detail,
        "previousSha256": event.previous_sha256,
        "sha256": event.sha256,
    }


def file_body(number: int, file: File) -> file_schema.File:
    """A line of the manifest, which has this number."""
    return {
        "number": number,
        "name": file.name,
        "size": file.size,
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": to_iso(file.modified_at),
    }


def links_body(names: Sequence[str], links: DownloadLinks) -> file_schema.FileLinks:
    """Download links to files with these names."""
    value: list[file_schema.FileLink] = [
        {"name": name, "url": url} for name, url in zip(names, links.urls, strict=True)
    ]
    return {"expiresDateTime": to_iso(links.expires_at), "value": value}


def package_body(export: Export, package: Package) -> file_schema.Package:
    """A package of an export; its zips are in it once it is made."""
    plan = package.plan if package.status is PackageStatus.READY else None
    parts = () if plan is None else zip(part_names(package, ended_at(export)), plan.parts, strict=True)
    return {
        "exportId": export.id,
        "language": package.language,
        "status": package.status,
        "requestedDateTime": to_iso(package.requested_at),
        "madeDateTime": _time(package.made_at),
        "progress": round(package.progress, 4),
        "totalBytes": package.total_bytes,
        "files": [{"name": name, "size": part.size} for name, part in parts],
        "sha256SumsSha256": None if plan is None else plan.sums_sha256,
        "receiptSha256": None if plan is None else plan.receipt_sha256,
        "error": _problem_body(package.error),
    }


def seconds_until_package(package: Package, now: datetime) -> int:
    """In how many seconds to ask again about a package that is being made."""
    return seconds_until(max(package.next_step_at or now, now + _SHORTEST_PACKAGE_WAIT), now)


def batch_body(batch: Batch, outcomes: Sequence[Outcome]) -> batch_schema.Batch:
    """A batch, with what became of each of its items, in order."""
    items = [_batch_item_body(item.number, each) for item, each in zip(batch.items, outcomes, strict=True)]
    is_open = any(isinstance(each, Export) and not each.status.is_terminal for each in outcomes)
    return {
        "id": batch.id,
        "status": "Running" if is_open else "Completed",
        "createdDateTime": to_iso(batch.created_at),
        "counts": dict(sorted(Counter(str(item["status"]) for item in items).items())),
        "items": items,
    }


def holds_body(outcomes: HoldOutcomes, done: HoldStatus) -> batch_schema.HoldPage:
    """What became of exports whose holds were placed or lifted; `done` is what those without an error are."""
    return {"value": [_hold_result_body(outcome, done) for outcome in outcomes.value]}


def subscription_body(subscription: Subscription) -> callback_schema.Subscription:
    """A subscription, without its secrets."""
    return {
        "id": subscription.id,
        "events": sorted(subscription.events),
        "status": sorted(subscription.statuses) or None,
        "reference": subscription.reference,
        "createdBy": subscription.caller,
        "createdDateTime": to_iso(subscription.created_at),
        "expiresDateTime": _time(subscription.expires_at),
    }


def new_subscription_body(subscribed: Subscribed) -> callback_schema.Subscription:
    """The same for the caller that subscribed, with the signing secret if it was made now."""
    return {**subscription_body(subscribed.subscription), "signingSecret": subscribed.signing_secret}


def report_body(checks: Iterable[PreflightCheck]) -> service_schema.Report:
    """The report of a preflight, which fails where one of its checks does."""
    found: list[service_schema.Check] = [
        {"name": check.name, "status": check.verdict, "message": check.message} for check in checks
    ]
    failed = any(check["status"] is Verdict.FAILED for check in found)
    return {"status": "Failed" if failed else "Passed", "checks": found}


def retry_after_seconds(export: Export, now: datetime) -> int | None:
    """In how many seconds to ask again; None for an export that has ended."""
    if export.status.is_terminal or export.next_step_at is None:
        return None
    return seconds_until(min(_expected_news_at(export, now) or export.next_step_at, export.next_step_at), now)


def seconds_until(moment: datetime, now: datetime) -> int:
    """In how many seconds to ask again about what is due at that moment: 1 at least, an hour at most."""
    return max(1, math.ceil((min(moment, now + _LONGEST_WAIT) - now).total_seconds()))


def _expected_news_at(export: Export, now: datetime) -> datetime | None:
    """When news of an export is expected, if its next step is only scheduled in case that fails; otherwise None."""
    match export.stage:
        case Stage.QUEUED:
            return export.expected_at
        case Stage.SUBMITTING:  # Graph's response usually comes within seconds
            return now + _USUAL_SUBMISSION_TIME
        case _:
            return None


def _grant_body(attempt: Attempt) -> export_schema.Grant:
    grant = attempt.grant
    return {
        "kind": grant.kind,
        "expiresDateTime": to_iso(grant.expires_at),
        "revokedDateTime": _time(grant.revoked_at),
    }


def _hold_body(hold: Hold) -> export_schema.Hold:
    return {"placedDateTime": to_iso(hold.placed_at), "reason": hold.reason, "placedBy": hold.actor}


def _attempt_body(attempt: Attempt) -> export_schema.Attempt:
    return {
        "number": attempt.number,
        "operationId": attempt.operation_id,
        "submittedDateTime": _time(attempt.submitted_at),
        "status": attempt.status,
        "error": _problem_body(attempt.error),
    }


def _manifest_body(files: ManifestProgress) -> export_schema.Arrived:
    return {"count": files.count, "totalBytes": files.total_bytes, "manifestSha256": files.manifest_sha256}


def _batch_item_body(number: int, outcome: Outcome) -> batch_schema.BatchItem:
    error: error_schema.Fault | None = None
    if isinstance(outcome, Export):
        if outcome.error is not None:
            error = {"code": outcome.error.code, "message": outcome.error.message, "target": None}
        status = BatchItemStatus(outcome.status)
        return {"number": number, "exportId": outcome.id, "status": status, "error": error}
    error = {"code": outcome.code, "message": outcome.message, "target": outcome.target}
    status = _ITEM_STATUS.get(outcome.code, BatchItemStatus.REFUSED)
    return {"number": number, "exportId": None, "status": status, "error": error}


def _hold_result_body(outcome: HoldOutcome, done: HoldStatus) -> batch_schema.HoldResult:
    error = outcome.error
    if error is None:
        return {"exportId": outcome.export_id, "status": done, "error": None}
    status = HoldStatus.BUSY if error.code == BUSY_HOLD.code else HoldStatus.REFUSED
    fault: error_schema.Fault = {"code": error.code, "message": error.message, "target": error.target}
    return {"exportId": outcome.export_id, "status": status, "error": fault}


def _problem_body(problem: Problem | None) -> error_schema.Problem | None:
    return None if problem is None else {"code": problem.code, "message": problem.message}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else to_iso(moment)
