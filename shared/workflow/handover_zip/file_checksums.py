"""Finds the CRC-32 of files that the manifest lacks one for: those of earlier versions, and those too large to hash."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, SourceChangedError
from shared.exports.export import ManifestProgress, current_attempt
from shared.exports.handover_package import ChecksumProgress
from shared.protocols import SourceBlob
from shared.records.export_records import MANIFEST_LINES_PER_CALL, MANIFEST_LINES_PER_WRITE
from shared.workflow.step_failures import log_step_failure

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export, File
    from shared.services import Services

READ_BYTES = 4 * 2**20
"""How much of a file is in memory at once."""


class FileChecksums:
    """Goes through the manifest of an export, from where an earlier step stopped."""

    def __init__(self, export: Export, progress: ChecksumProgress, services: Services) -> None:
        """A look at an export's files that goes on at `progress`."""
        self._export = export
        self._services = services
        self._begin = progress
        self.progress = progress
        """How far it has come."""
        self.found: dict[int, File] = {}
        """Lines of which the CRC-32 is known now, by their numbers."""

    @property
    def is_complete(self) -> bool:
        """Whether all files have a CRC-32."""
        return self.progress.lines == (self._export.files or ManifestProgress()).count

    async def find(self, stop_at: datetime) -> None:
        """Reads files until that time, at least a piece, or until as many lines are found as can be stored at once.

        What was read is kept, whatever becomes of the file after it.

        Raises:
            ConflictError: the manifest lacks lines, because somebody has erased it.
            SourceChangedError: a file has changed or is gone.
            Exception: whatever reading the first file raised.
        """
        try:
            while not self.is_complete and not self._is_over(stop_at):
                await self._find_on_page(stop_at)
        except (ConflictError, SourceChangedError):
            raise
        except Exception as error:
            if self.progress == self._begin:
                raise
            log_step_failure(self._export.id, error)

    async def _find_on_page(self, stop_at: datetime) -> None:
        lines = self.progress.lines
        page = await self._services.records.files_page(self._export, lines, MANIFEST_LINES_PER_CALL)
        if not page:
            raise ConflictError(self._export.id)
        for number, file in enumerate(page, lines + 1):
            if file.crc32 is None:
                if self._is_over(stop_at) or not await self._read(number, file, stop_at):
                    return
                self.found[number] = replace(file, crc32=self.progress.crc32)
            self.progress = ChecksumProgress(lines=number)

    async def _read(self, number: int, file: File, stop_at: datetime) -> bool:
        """Reads the file of a line, from where that stopped; returns whether it came to the end in time."""
        source = SourceBlob(current_attempt(self._export).container, file.name, file.size, file.modified_at)
        blobs = self._services.zip_blobs()
        while self.progress.offset < file.size:
            offset = self.progress.offset
            try:
                content = await blobs.read(source, offset, min(READ_BYTES, file.size - offset))
            except SourceChangedError:
                raise SourceChangedError(number) from None
            crc32 = zlib.crc32(content, self.progress.crc32)
            self.progress = replace(self.progress, offset=offset + len(content), crc32=crc32)
            if self._services.now() >= stop_at:
                break
        return self.progress.offset == file.size

    def _is_over(self, stop_at: datetime) -> bool:
        is_late = self.progress != self._begin and self._services.now() >= stop_at
        return is_late or len(self.found) == MANIFEST_LINES_PER_WRITE
