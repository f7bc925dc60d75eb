"""Lists and hashes the files that arrived, a page at a time, until the manifest is complete."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.export import Export, File, ManifestProgress, current_attempt
from shared.exports.manifest_hash import ManifestHash
from shared.exports.transitions import manifest
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import ListedFile
    from shared.records.export_records import SavedExport
    from shared.services import Services

CHECK_TIME_LIMIT = timedelta(minutes=2)
"""A step starts no further file after this time, so that with the largest file it ends before the host's time-out."""

FILE_TIME_LIMIT = timedelta(minutes=5)
"""A file whose hashing takes longer is listed without hashes."""


async def check_files(saved: SavedExport, services: Services) -> StepResult:
    """Adds files to the manifest: at most the rest of one page of the container's listing.

    Raises:
        StorageRefusedError: the export account refuses to list or to read; what was hashed in this step is dropped.
    """
    export, now = saved.export, services.now()
    container_url = current_attempt(export).container
    progress, stop_at = export.files or ManifestProgress(), now + CHECK_TIME_LIMIT
    page = await services.containers.list_files(container_url, progress.marker)
    files: list[File] = []
    for listed in page.files[progress.in_page :]:
        hashed = await services.containers.hash_file(container_url, listed, FILE_TIME_LIMIT)
        files.append(hashed or _without_hashes(listed))
        if services.now() >= stop_at:
            break
    export = manifest.add_files(export, files, len(page.files), page.marker, services.now())
    if export.files is not None and export.files.is_listed:
        manifest_sha256 = await _hash_manifest(export, files, services)
        export = manifest.complete_manifest(export, manifest_sha256, services.now(), services.limits)
    return StepResult(saved, export, files)


def _without_hashes(listed: ListedFile) -> File:
    return File(name=listed.name, size=listed.size, md5=None, sha256=None, modified_at=listed.modified_at)


async def _hash_manifest(export: Export, new_files: Sequence[File], services: Services) -> str:
    """Hashes the stored lines of the manifest, and the new ones after them."""
    manifest_hash = ManifestHash()
    async for file in services.records.files(export):
        manifest_hash.add(file)
    for file in new_files:
        manifest_hash.add(file)
    return manifest_hash.hexdigest()
