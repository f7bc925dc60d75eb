"""The manifest: files are added as they are hashed, until it is complete and the export has succeeded."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, File, ManifestProgress, current_attempt
from shared.exports.states_and_codes import EventType, Status, WarningCode
from shared.exports.transitions.ending import end
from shared.exports.transitions.next_due_time import schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.configured_limits import Limits

FORCED_COMPLETION_AGE = timedelta(days=30)
"""At the longest documented duration the service is reported to call an operation complete, whether it is or not."""


def add_files(export: Export, files: Sequence[File], in_page: int, marker: str | None, now: datetime) -> Export:
    """More of the manifest is made.

    Args:
        export: the export.
        files: the next files of the present page of the listing, from where the last step stopped.
        in_page: how many files that page has.
        marker: where the listing goes on after that page, None where it ends.
        now: the present.
    """
    before = export.files or ManifestProgress()
    done = before.in_page + len(files)
    is_page_done = done >= in_page
    counted = ManifestProgress(
        count=before.count + len(files),
        total_bytes=before.total_bytes + sum(file.size for file in files),
        marker=marker if is_page_done else before.marker,
        in_page=0 if is_page_done else done,
        is_listed=is_page_done and marker is None,
    )
    if any(file.sha256 is None for file in files):
        message = "Some files are too large to be hashed; the manifest has their size and last change only."
        export = add_warning(export, ExportWarning(WarningCode.FILES_NOT_HASHED, message), now)
    return schedule(replace(export, files=counted, failures=0), now, now)


def complete_manifest(export: Export, manifest_sha256: str, now: datetime, limits: Limits) -> Export:
    """The end: the manifest is whole. A complete operation without data is a success to look at."""
    files = replace(export.files or ManifestProgress(), manifest_sha256=manifest_sha256)
    if files.total_bytes == 0:
        message = (
            "Microsoft says the export is complete, but the container holds no data. Check that this person has any, "
            "and ask again if so."
        )
        export = add_warning(export, ExportWarning(WarningCode.NO_DATA, message), now)
    began = current_attempt(export).submitted_at or export.begun_at
    if now - began >= FORCED_COMPLETION_AGE:
        message = f"It took {(now - began).days} days, the longest that Microsoft documents: some data may be missing."
        export = add_warning(export, ExportWarning(WarningCode.COMPLETED_AT_LIMIT, message), now)
    moved = end(replace(export, files=files), Status.SUCCEEDED, now, limits)
    return add_event(moved, EventType.SUCCEEDED, now, fileCount=files.count, totalBytes=files.total_bytes)


NOT_HASHED = "-" * 64


class ManifestHash:
    """SHA-256 of the lines `<sha256>  <name>`, each with a newline, in the order of the container's listing."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, file: File) -> None:
        """Takes one more file into account."""
        self._hash.update(f"{file.sha256 or NOT_HASHED}  {file.name}\n".encode())

    def hexdigest(self) -> str:
        """The hash of what was added so far."""
        return self._hash.hexdigest()
