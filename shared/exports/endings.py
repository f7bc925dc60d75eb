"""How an export ends, and what is kept after it: what arrived, cancellation, retries, erasure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.codes import ErrorCode, EventType, WarningCode
from shared.exports.model import Files, Notice, Problem
from shared.exports.moves import current_attempt, due, ended, failed, iso, scheduled, tell, warned, with_attempt
from shared.exports.words import AttemptStatus, GrantKind, Stage, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.model import Export, File
    from shared.exports.rules import Rules

FORCED_AGE = timedelta(days=30)
"""At the longest documented duration the service is reported to call an operation complete, whether it is or not."""


class NotPossibleError(Exception):
    """What a caller asks of an export can't be done in its state; `code` and the message say why."""

    def __init__(self, code: str, message: str) -> None:
        """A refusal with that code."""
        super().__init__(message)
        self.code = code


def hashed(export: Export, files: Sequence[File], in_page: int, marker: str | None, now: datetime) -> Export:
    """More of the manifest is made.

    Args:
        export: the export.
        files: the next files of the present page of the listing, from where the last step stopped.
        in_page: how many files that page has.
        marker: where the listing goes on after that page, None where it ends.
        now: the present.
    """
    before = export.files or Files()
    done = before.in_page + len(files)
    is_page_done = done >= in_page
    counted = Files(
        count=before.count + len(files),
        total_bytes=before.total_bytes + sum(file.size for file in files),
        marker=marker if is_page_done else before.marker,
        in_page=0 if is_page_done else done,
        is_listed=is_page_done and marker is None,
    )
    if any(file.sha256 is None for file in files):
        message = "Some files are too large to be hashed; the manifest has their size and last change only."
        export = warned(export, Notice(WarningCode.FILES_NOT_HASHED, message), now)
    return due(replace(export, files=counted, failures=0), now, now)


def checked(export: Export, manifest_sha256: str, now: datetime, rules: Rules) -> Export:
    """The end: the manifest is whole. A complete operation without data is a success to look at."""
    files = replace(export.files or Files(), manifest_sha256=manifest_sha256)
    if files.total_bytes == 0:
        message = (
            "Microsoft says the export is complete, but the container holds no data. Check that this person has any, "
            "and ask again if so."
        )
        export = warned(export, Notice(WarningCode.NO_DATA, message), now)
    began = current_attempt(export).submitted_at or export.begun_at
    if now - began >= FORCED_AGE:
        message = f"It took {(now - began).days} days, the longest that Microsoft documents: some data may be missing."
        export = warned(export, Notice(WarningCode.COMPLETED_AT_LIMIT, message), now)
    moved = ended(replace(export, files=files), Status.SUCCEEDED, now, rules)
    return tell(moved, EventType.SUCCEEDED, now, fileCount=files.count, totalBytes=files.total_bytes)


def cancel_requested(export: Export, actor: str, now: datetime) -> Export:
    """The export about to be canceled; one that has ended, or is being canceled, is left as it is."""
    if export.status.is_terminal or export.stage is Stage.CANCELING:
        return export
    moved = due(replace(export, stage=Stage.CANCELING), now, now)
    return tell(moved, EventType.CANCEL_REQUESTED, now, actor=actor)


def canceled(export: Export, now: datetime, rules: Rules) -> Export:
    """The end: nobody wants it any more. Graph has no cancel, so a grant that can't be revoked is warned about."""
    if export.attempt is not None:
        grant = export.attempt.grant
        asked = export.attempt.status.may_write and export.attempt.sent_at is not None
        if asked and grant.kind is GrantKind.USER_DELEGATION and now < grant.expires_at:
            message = (
                f"Microsoft can write until {iso(grant.expires_at)}, because a user delegation can't be revoked. "
                "Erase the data to take the container away."
            )
            export = warned(export, Notice(WarningCode.GRANT_NOT_REVOCABLE, message), now)
        problem = Problem(ErrorCode.CANCELED, "The export was canceled.")
        export = with_attempt(export, status=AttemptStatus.CANCELED, error=problem)
    return tell(ended(export, Status.CANCELED, now, rules), EventType.CANCELED, now)


def duplicate(export: Export, other_id: str, now: datetime, rules: Rules) -> Export:
    """The end: another export of the person, who was asked for by name, is open."""
    message = f"The export {other_id} of the same person is open. Wait for it, or ask again with allowDuplicate."
    return failed(export, Problem(ErrorCode.EXPORT_IN_PROGRESS, message), now, rules)


def retried(export: Export, actor: str, now: datetime) -> Export:
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
    return tell(due(moved, now, now), EventType.RETRIED, now, actor=actor)


def erase_requested(export: Export, actor: str, now: datetime) -> Export:
    """The export with its data about to be erased; one without data is left as it is.

    Raises:
        NotPossibleError: it has not ended.
    """
    if not export.status.is_terminal:
        raise NotPossibleError("ExportNotEnded", "The export has not ended. Cancel it first.")
    if export.erase_at is None or export.erase_at <= now:
        return export
    return tell(due(export, now, now), EventType.ERASE_REQUESTED, now, actor=actor)


def erased(export: Export, now: datetime) -> Export:
    """The containers are gone, and the manifest's names with them; the row and the trail stay."""
    moved = scheduled(replace(export, erased_at=now, updated_at=now, erase_at=None))
    return tell(moved, EventType.ERASED, now, containers=len(export.attempts))


def linked(export: Export, names: Sequence[str], actor: str, until: datetime, now: datetime) -> Export:
    """Somebody was given links to files that arrived: each is told.

    Raises:
        NotPossibleError: there is nothing to link to.
    """
    if export.status is not Status.SUCCEEDED:
        raise NotPossibleError("ExportNotSucceeded", "Only an export that succeeded has files to link to.")
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased.")
    for name in names:
        export = tell(export, EventType.LINK_CREATED, now, actor=actor, file=name, until=iso(until))
    return export
