"""Writes a document of a package piece by piece, and finds its size and hashes on the way."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

from shared.exports.handover_package import PackageDocument, blob_name
from shared.exports.handover_zip_documents import RENAMED
from shared.protocols import TargetBlob

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.exports.states_and_codes import PackageLanguage
    from shared.protocols import HandoverZipBlobs

BLOCK_BYTES = 2**20
"""A piece of a long document is sent once it has this much."""


class DocumentWriter:
    """Writes one document. It holds a block of it in memory at most, besides what it is given at once."""

    def __init__(self, blobs: HandoverZipBlobs, target: TargetBlob, name: str) -> None:
        """A document with that name in the package, which goes into that blob."""
        self._blobs = blobs
        self._target = target
        self._name = name
        self._buffer = bytearray()
        self._block_ids: list[str] = []
        self._sha256 = hashlib.sha256()
        self._crc32 = 0
        self._size = 0

    async def add(self, piece: bytes) -> None:
        """Adds a piece behind those before."""
        self._sha256.update(piece)
        self._crc32 = zlib.crc32(piece, self._crc32)
        self._size += len(piece)
        self._buffer += piece
        if len(self._buffer) >= BLOCK_BYTES:
            await self._send()

    async def finish(self) -> PackageDocument:
        """Makes the blob of all pieces."""
        if self._buffer:
            await self._send()
        await self._blobs.commit(self._target, self._block_ids)
        return PackageDocument(self._name, self._size, self._crc32)

    def sha256(self) -> str:
        """SHA-256 of the pieces so far, in hex."""
        return self._sha256.hexdigest()

    async def _send(self) -> None:
        block_id = f"d{len(self._block_ids) + 1:06d}"
        await self._blobs.put_block(self._target, block_id, bytes(self._buffer))
        self._block_ids.append(block_id)
        self._buffer.clear()


def document_name(name: str, parts: int) -> str:
    """The name of a document in the folder of its plan, for so many zips.

    How many zips there will be is tried out, and documents tell it. So those of each number are apart: a late process
    that tries another number must not write over those of a plan that is stored.
    """
    return name if parts <= 1 or name == RENAMED else f"of{parts}/{name}"


class DocumentFolder:
    """Where the documents of one plan of a package are written."""

    def __init__(
        self, blobs: HandoverZipBlobs, container_url: str, language: PackageLanguage, plan_number: int
    ) -> None:
        """The folder of a plan, in the container of the export's packages."""
        self._blobs = blobs
        self._container_url = container_url
        self._language = language
        self._plan_number = plan_number

    def target(self, name: str, parts: int = 1) -> TargetBlob:
        """Where a document is, as `document_name`."""
        name = document_name(name, parts)
        return TargetBlob(self._container_url, blob_name(self._language, self._plan_number, name))

    def open(self, name: str, parts: int = 1) -> DocumentWriter:
        """A writer of a document, for so many zips."""
        return DocumentWriter(self._blobs, self.target(name, parts), name)

    async def write(self, name: str, pieces: Iterable[bytes], parts: int = 1) -> tuple[PackageDocument, str]:
        """Writes a document of these pieces, for so many zips; returns it with its SHA-256 in hex."""
        writer = self.open(name, parts)
        for piece in pieces:
            await writer.add(piece)
        return await writer.finish(), writer.sha256()
