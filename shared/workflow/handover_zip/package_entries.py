"""The files of a package in their order: its documents, then those of the manifest, each with where its bytes are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError
from shared.exports.export import current_attempt, ended_at
from shared.exports.handover_package import blob_name
from shared.exports.handover_zip_names import zip_path
from shared.exports.handover_zip_records import ZipEntry
from shared.protocols import SourceBlob
from shared.records.export_records import MANIFEST_LINES_PER_CALL
from shared.workflow.handover_zip.document_writer import document_name

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from shared.exports.export import Export, File
    from shared.exports.handover_package import PackageDocument, PackagePlan
    from shared.exports.states_and_codes import PackageLanguage
    from shared.records.export_records import ExportRecords


@dataclass(frozen=True, slots=True)
class PackageEntries:
    """The files of one package."""

    export: Export
    language: PackageLanguage
    plan: PackagePlan
    container_url: str
    """Where the package and its documents are."""
    bitmap: bytes
    """Which lines have their number in their path (`NamePlan`)."""
    records: ExportRecords

    async def range(self, first: int, end: int) -> AsyncIterator[tuple[ZipEntry, SourceBlob]]:
        """The files behind the first `first`, up to and with number `end`.

        Raises:
            ConflictError: the manifest lacks lines, because somebody has erased it.
        """
        documents = self.plan.documents
        for entry in document_entries(self.export, documents)[first:end]:
            document = document_name(entry.path, len(self.plan.parts))
            name = blob_name(self.language, self.plan.number, document)
            yield entry, SourceBlob(self.container_url, name, entry.size)
        container_url = current_attempt(self.export).container
        lines, last = max(first - len(documents), 0), end - len(documents)
        while lines < last:
            page = await self.records.files_page(self.export, lines, min(MANIFEST_LINES_PER_CALL, last - lines))
            if not page:
                raise ConflictError(self.export.id)
            for file in page:
                lines += 1
                entry = file_entry(len(documents), lines, file, self.bitmap)
                yield entry, SourceBlob(container_url, file.name, file.size, file.modified_at)


def document_entries(export: Export, documents: Sequence[PackageDocument]) -> list[ZipEntry]:
    """The documents of a package as files in its zip, which are as old as the end of the export."""
    written_at = ended_at(export)
    return [
        ZipEntry(number, document.name, document.size, document.crc32, written_at)
        for number, document in enumerate(documents, 1)
    ]


def file_entry(documents: int, number: int, file: File, bitmap: bytes) -> ZipEntry:
    """A line of the manifest as a file in the zip, behind so many documents.

    Raises:
        ValueError: its CRC-32 is not known.
    """
    if file.crc32 is None:
        raise ValueError(f"Line {number} of the manifest has no CRC-32.")
    return ZipEntry(documents + number, zip_path(number, file.name, bitmap), file.size, file.crc32, file.modified_at)
