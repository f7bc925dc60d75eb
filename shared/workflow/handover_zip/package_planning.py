"""Plans a package: the paths of its files, its documents, and how it is divided among zips.

The manifest is read three times, because paths depend on all names, and the documents on all paths. Nothing of it is
kept in memory but some bytes for each line. All that is written follows from the state of the export alone, so a plan
that is made again, or by two processes at once, writes the same bytes in the same place.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError
from shared.exports.export import ManifestProgress, TrailHead, ended_at
from shared.exports.handover_package import PackageDocument, PackagePart, PackagePlan
from shared.exports.handover_zip_contents import ContentsTally
from shared.exports.handover_zip_documents import (
    INDEX,
    RECEIPT,
    RENAMED,
    SUMS,
    PackageFacts,
    RenamedFilesJson,
    receipt_json,
    sums_line,
)
from shared.exports.handover_zip_index import index_pieces
from shared.exports.handover_zip_names import NamePlan, zip_path
from shared.exports.handover_zip_plan import PartsPlan
from shared.exports.states_and_codes import WarningCode
from shared.workflow.handover_zip.document_writer import DocumentFolder
from shared.workflow.handover_zip.package_entries import document_entries, file_entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.exports.export import Export, File
    from shared.exports.handover_package import Package
    from shared.exports.handover_zip_contents import Contents
    from shared.exports.handover_zip_plan import PlannedPart
    from shared.services import Services

BITMAP = "paths"
"""The blob that has `NamePlan.finish`; no document, and in no zip."""
_UNKNOWN_SHA256 = "0" * 64
_MOST_TRIES = 5


def bitmap_size(export: Export) -> int:
    """How many bytes that blob has."""
    return ((export.files or ManifestProgress()).count + 7) // 8


async def plan_package(export: Export, package: Package, services: Services) -> PackagePlan:
    """Writes the documents of a package, and returns what its zips will consist of.

    Raises:
        ConflictError: the manifest lacks lines, because somebody has erased it.
        StorageRefusedError, StorageFailedError: the export account refuses or fails.
    """
    container_url = await services.zip_blobs().create(export.id)
    folder = DocumentFolder(services.zip_blobs(), container_url, package.language, export.event_count)
    return await _Planning(export, package, folder, services).run()


@dataclass(frozen=True, slots=True)
class _Listing:
    """What reading all paths has found."""

    contents: Contents
    sums_size: int
    """How many bytes the lines of the manifest's files take in SHA256SUMS."""
    renamed: tuple[PackageDocument, str] | None
    """The list of changed names, and its SHA-256; None without any."""


class _Planning:
    """The planning of one package."""

    def __init__(self, export: Export, package: Package, folder: DocumentFolder, services: Services) -> None:
        self._export = export
        self._package = package
        self._folder = folder
        self._services = services
        self._bitmap = b""

    async def run(self) -> PackagePlan:
        names = NamePlan()
        async for number, file in self._lines():
            names.add(number, file.name)
        self._bitmap = await asyncio.to_thread(names.finish)  # because other exports share this event loop
        await self._services.zip_blobs().write(self._folder.target(BITMAP), self._bitmap)
        listing = await self._list()
        parts = 1
        for _ in range(_MOST_TRIES):
            plan = await self._write(listing, parts)
            if len(plan.parts) == parts:
                return plan
            parts = len(plan.parts)
        raise ValueError(f"The number of zips of a package of export {self._export.id} can't be found.")

    async def _list(self) -> _Listing:
        """Counts the files by their paths, and writes the list of changed names."""
        tally, sums_size, renamed, document = ContentsTally(), 0, RenamedFilesJson(), self._folder.open(RENAMED)
        has_renamed = False
        async for number, file in self._lines():
            path = zip_path(number, file.name, self._bitmap)
            tally.add(path, file)
            if file.sha256 is not None:
                sums_size += len(sums_line(path, file.sha256))
            if path != file.name:
                has_renamed = True
                await document.add(renamed.add(number, file.name, path))
        if not has_renamed:
            return _Listing(tally.contents(), sums_size, None)
        await document.add(renamed.finish())
        return _Listing(tally.contents(), sums_size, (await document.finish(), document.sha256()))

    async def _write(self, listing: _Listing, parts: int) -> PackagePlan:
        """Writes the documents for so many zips, and counts how many there will be."""
        facts = self._facts(listing.contents, parts)
        index, index_sha256 = await self._folder.write(INDEX, index_pieces(facts), parts)
        first_sums = sums_line(INDEX, index_sha256)
        last = () if listing.renamed is None else (listing.renamed[0],)
        if listing.renamed is not None:
            first_sums += sums_line(RENAMED, listing.renamed[1])
        receipt_size = len(receipt_json(facts, sums_sha256=_UNKNOWN_SHA256))
        expected = (
            index,
            PackageDocument(SUMS, len(first_sums) + listing.sums_size, 0),
            PackageDocument(RECEIPT, receipt_size, 0),
            *last,
        )
        sums, sums_sha256, planned = await self._write_sums(first_sums, expected, parts)
        receipt_pieces = [receipt_json(facts, sums_sha256=sums_sha256)]
        receipt, receipt_sha256 = await self._folder.write(RECEIPT, receipt_pieces, parts)
        return PackagePlan(
            number=self._export.event_count,
            documents=(index, sums, receipt, *last),
            parts=tuple(PackagePart(part.entries, part.size) for part in planned),
            sums_sha256=sums_sha256,
            receipt_sha256=receipt_sha256,
        )

    async def _write_sums(
        self, first: bytes, documents: tuple[PackageDocument, ...], parts: int
    ) -> tuple[PackageDocument, str, tuple[PlannedPart, ...]]:
        """Writes SHA256SUMS, which begins with `first`, and divides all files among zips on the way."""
        plan, writer = PartsPlan(), self._folder.open(SUMS, parts)
        for entry in document_entries(self._export, documents):
            plan.add(entry)
        await writer.add(first)
        async for number, file in self._lines():
            entry = file_entry(len(documents), number, file, self._bitmap)
            plan.add(entry)
            if file.sha256 is not None:
                await writer.add(sums_line(entry.path, file.sha256))
        return await writer.finish(), writer.sha256(), plan.finish()

    async def _lines(self) -> AsyncIterator[tuple[int, File]]:
        """The lines of the manifest with their numbers; ConflictError where they are not as many as they were."""
        number = 0
        async for file in self._services.records.files(self._export):
            number += 1
            yield number, file
        if number != (self._export.files or ManifestProgress()).count:
            raise ConflictError(self._export.id)

    def _facts(self, contents: Contents, parts: int) -> PackageFacts:
        export, files = self._export, self._export.files or ManifestProgress()
        sha256 = export.trail_sha256
        return PackageFacts(
            language=self._package.language,
            export_id=export.id,
            subject=export.subject,
            reference=export.reference,
            received_at=export.received_at,
            due_at=export.due_at,
            completed_at=ended_at(export),
            requested_at=self._package.requested_at,
            parts=parts,
            contents=contents,
            warnings=tuple(code for code in WarningCode if any(each.code == code for each in export.warnings)),
            manifest_sha256=files.manifest_sha256,
            trail=None if sha256 is None else TrailHead(export.event_count, sha256),
        )
