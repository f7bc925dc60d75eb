"""The files that arrived are hashed; once all are, the export has succeeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event, add_warning
from shared.exports.export import Export, ExportWarning, File, ManifestProgress, operation_age
from shared.exports.graph_results import Unclear
from shared.exports.states_and_codes import EventType, Status, WarningCode
from shared.exports.transitions.ending import end
from shared.exports.transitions.failed_call import back_off
from shared.exports.transitions.next_due_time import schedule_next_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.configured_limits import Limits

FORCED_COMPLETION_AGE = timedelta(days=30)
"""At this age, the longest that it documents, Microsoft is reported to call any operation complete."""


MAX_HASH_TRIES = 3
"""How many times hashing a file may take too long; then it is listed without hashes."""
_HASHING_SHARE_OF_AGE = 0.9
"""Past this share of the age limit nothing is hashed any more, so that the files are at least listed in time."""


def may_hash(export: Export, tries: int, now: datetime, limits: Limits) -> bool:
    """Whether to hash the next file, which took too long `tries` times; otherwise it is listed without hashes."""
    return tries < MAX_HASH_TRIES and now < export.begun_at + _HASHING_SHARE_OF_AGE * limits.abandon_after


def record_slow_file(export: Export, size: int, now: datetime, limits: Limits) -> Export:
    """Lets the export wait because hashing the next file, which has `size` bytes, took too long."""
    files = export.files or ManifestProgress()
    slow = replace(export, files=replace(files, tries=files.tries + 1))
    return back_off(slow, Unclear(f"A file of {size} bytes could not be read and hashed in time."), now, limits)


def wait_for_other_files(export: Export, now: datetime, limits: Limits) -> Export:
    """Lets the export wait because the process was hashing the files of other exports for all of the step's time."""
    return back_off(export, Unclear("The files of other exports were read first."), now, limits)


def add_files(
    export: Export, files: Sequence[File], in_page: int, marker: str | None, now: datetime, *, tries: int = 0
) -> Export:
    """Adds files to the manifest, and schedules the next step at once.

    Args:
        export: the export.
        files: the next files of the current page of the container's listing, from where the last step stopped.
        in_page: how many files that page has.
        marker: where the next page starts; None if this page is the last.
        now: the present.
        tries: how many times hashing the file after these took too long.
    """
    before = export.files or ManifestProgress()
    done = before.in_page + len(files)
    is_page_done = done >= in_page
    after = ManifestProgress(
        count=before.count + len(files),
        total_bytes=before.total_bytes + sum(file.size for file in files),
        marker=marker if is_page_done else before.marker,
        in_page=0 if is_page_done else done,
        is_listed=is_page_done and marker is None,
        tries=tries,
    )
    if any(file.sha256 is None for file in files):
        message = (
            "Some files are too large, or are read too slowly, to be hashed. Check them by their size in the manifest."
        )
        export = add_warning(export, ExportWarning(WarningCode.FILES_NOT_HASHED, message), now)
    return schedule_next_step(replace(export, files=after, failures=0), now, now)


def complete_manifest(export: Export, manifest_sha256: str, now: datetime, limits: Limits) -> Export:
    """Ends the export as Succeeded, with warnings if there is no data or Microsoft may have stopped early.

    Args:
        export: an export whose files have all been added.
        manifest_sha256: the hash of its manifest (`ManifestHash`), in hex.
        now: the present.
        limits: the deployment's limits.
    """
    files = replace(export.files or ManifestProgress(), manifest_sha256=manifest_sha256)
    export = _warn_of_no_data(replace(export, files=files), files, now)
    export = end(_warn_of_forced_completion(export, now), Status.SUCCEEDED, now, limits)
    # The trail, whose head goes out in callbacks and receipts, thereby stands for the files too.
    return add_event(
        export,
        EventType.SUCCEEDED,
        now,
        fileCount=files.count,
        totalBytes=files.total_bytes,
        manifestSha256=manifest_sha256,
    )


def _warn_of_no_data(export: Export, files: ManifestProgress, now: datetime) -> Export:
    if files.total_bytes > 0:
        return export
    message = (
        "Microsoft says that the export is complete, but the container holds no data. Check whether the person has "
        "any; if so, request another export."
    )
    return add_warning(export, ExportWarning(WarningCode.NO_DATA, message), now)


def _warn_of_forced_completion(export: Export, now: datetime) -> Export:
    age = operation_age(export, now)
    if age < FORCED_COMPLETION_AGE:
        return export
    message = (
        f"The export took {age.days} days, the longest that Microsoft documents, so some data may be missing. Compare "
        "with what you expect; if data is missing, request another export."
    )
    return add_warning(export, ExportWarning(WarningCode.COMPLETED_AT_LIMIT, message), now)
