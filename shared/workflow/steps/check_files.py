"""Lists and hashes the files that arrived, a page at a time, until the manifest is complete."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.export import Export, File, ManifestProgress, current_attempt
from shared.exports.manifest_hash import ManifestHash
from shared.exports.transitions import manifest
from shared.records.file_names import FileNameIndex
from shared.workflow.step_failures import log_step_failure
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import ListedFile
    from shared.records.export_records import SavedExport
    from shared.services import Services

CHECK_TIME_LIMIT = timedelta(seconds=90)
"""A step starts no further file after this time."""
HASH_TIME_LIMIT = timedelta(seconds=150)
"""How long reading and hashing one file may take."""


async def check_files(saved: SavedExport, services: Services) -> StepResult:
    """Adds files to the manifest: at most the rest of one page of the container's listing.

    What was hashed is kept, whatever becomes of the file after it. A file that takes too long, repeatedly, is listed
    without hashes.

    Raises:
        StorageRefusedError, StorageFailedError: the export account refuses to list or to read the first file, or fails.
        ConflictError: somebody else is completing or has erased the manifest.
    """
    export, limits = saved.export, services.limits
    container_url, progress = current_attempt(export).container, export.files or ManifestProgress()
    page = await services.containers.list_files(container_url, progress.marker)
    try:
        files, tries = await _read_files(export, page.files[progress.in_page :], services)
    except TimeoutError:
        return StepResult(saved, manifest.wait_for_other_files(export, services.now(), limits))
    if tries > progress.tries and not files:
        size = page.files[progress.in_page].size
        return StepResult(saved, manifest.record_slow_file(export, size, services.now(), limits))
    export = manifest.add_files(export, files, len(page.files), page.marker, services.now(), tries=tries)
    if export.files is not None and export.files.is_listed:
        manifest_sha256 = await _end_manifest(export, export.files.count, files, services)
        export = manifest.complete_manifest(export, manifest_sha256, services.now(), limits)
    return StepResult(saved, export, files)


async def _read_files(export: Export, listed_files: Sequence[ListedFile], services: Services) -> tuple[list[File], int]:
    """Reads files until the time is up.

    Returns:
        The files that were read, and how many times the one after them took too long.

    Raises:
        TimeoutError: the turn of the first file did not come, because the process was reading others.
        Exception: whatever reading the first file raised. After that, what was read is returned instead.
    """
    files: list[File] = []
    tries = 0 if export.files is None else export.files.tries
    stop_at = services.now() + CHECK_TIME_LIMIT
    for listed in listed_files:
        try:
            async with asyncio.timeout((stop_at + HASH_TIME_LIMIT - services.now()).total_seconds()):
                file = await _read_file(export, listed, tries, services)
        except Exception as error:
            if not files:
                raise
            log_step_failure(export.id, error)
            return files, tries
        if file is None:
            return files, tries + 1
        files.append(file)
        tries = 0
        if services.now() >= stop_at:
            break
    return files, tries


async def _read_file(export: Export, listed: ListedFile, tries: int, services: Services) -> File | None:
    """The file with its hashes, or without them where it is not to be read; None where reading it took too long."""
    if manifest.may_hash(export, tries, services.now(), services.limits):
        return await services.containers.hash_file(current_attempt(export).container, listed, HASH_TIME_LIMIT)
    return File(name=listed.name, size=listed.size, md5=None, sha256=None, modified_at=listed.modified_at)


async def _end_manifest(export: Export, count: int, new_files: Sequence[File], services: Services) -> str:
    """Hashes the stored lines of the manifest, and the new ones after them, and stores where which name is.

    Raises:
        ConflictError: somebody else is doing so, or has erased the manifest.
    """
    manifest_hash, index = ManifestHash(), FileNameIndex(export.id, count)

    def add(file: File) -> None:
        manifest_hash.add(file)
        index.add(file)

    async for file in services.records.files(export):
        add(file)
    for file in new_files:
        add(file)
    manifest_sha256 = manifest_hash.hexdigest()
    await services.file_names.store(export, index.rows(manifest_sha256))
    return manifest_sha256
