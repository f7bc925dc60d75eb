"""Creates download links to files or a package of an export, and records in its audit trail who got them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.export import Export, current_attempt, ended_at
from shared.exports.handover_package import part_blobs, part_names
from shared.exports.transitions.download_links import record_links, record_package_links
from shared.exports.transitions.handover_packages import needed_package
from shared.use_cases.change_export import change_export

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.exports.states_and_codes import PackageLanguage
    from shared.services import Services

LINK_LIFETIME = timedelta(minutes=15)
MAX_PACKAGE_LINK_LIFETIME = timedelta(days=1)
"""Links to a package can last longer than those to files: the person downloads it, and a large one takes hours."""


@dataclass(frozen=True, slots=True)
class PackageLinksRequest:
    """Which package a caller wants links to."""

    language: PackageLanguage
    lifetime: timedelta
    """How long the links last."""


class FilesNotFoundError(Exception):
    """The manifest has no files with these `names`; no link was created."""

    def __init__(self, names: Sequence[str]) -> None:
        """Missing files with these names."""
        super().__init__(", ".join(names))
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class DownloadLinks:
    """Links that read one file or zip each, in the order of their names."""

    expires_at: datetime
    urls: tuple[str, ...]


async def create_download_links(export: Export, names: Sequence[str], actor: str, services: Services) -> DownloadLinks:
    """Creates a link to each of these files of the manifest.

    Raises:
        NotPossibleError: the export has no files to link to: it has not succeeded, or its data is erased.
        FilesNotFoundError: the manifest lacks some of the files.
        ConflictError: somebody else changed the export at every try; no link was created.
    """
    now = services.now()
    expires_at = now + LINK_LIFETIME
    record_links(export, {}, actor, expires_at, now)  # checks the export's state before the manifest is read
    files = await services.file_names.find(export, names)
    found = {file.name for file in files.values()}
    if missing := [name for name in names if name not in found]:
        raise FilesNotFoundError(missing)
    # Recorded first: a link in the trail that nobody got does no harm, a link that the trail lacks does.
    await change_export(export.id, services, lambda export: record_links(export, files, actor, expires_at, now))
    urls = await services.containers.sign_read_urls(current_attempt(export).container, names, now, expires_at)
    return DownloadLinks(expires_at, tuple(urls))


async def create_package_links(
    export: Export, wanted: PackageLinksRequest, actor: str, services: Services
) -> tuple[list[str], DownloadLinks]:
    """Creates a link to each zip of a package, and returns the names of the zips with the links.

    Raises:
        LookupError: there is no package in that language.
        NotPossibleError: as `create_download_links`, or the package is not made.
        ConflictError: as `create_download_links`.
    """
    now = services.now()
    expires_at = now + wanted.lifetime
    export = await change_export(
        export.id, services, lambda export: record_package_links(export, wanted.language, actor, expires_at, now)
    )
    package, container_url = needed_package(export, wanted.language), services.zip_blobs().container_url(export.id)
    blobs = part_blobs(package, ended_at(export))
    urls = await services.containers.sign_read_urls(container_url, blobs, now, expires_at)
    return part_names(package, ended_at(export)), DownloadLinks(expires_at, tuple(urls))
