"""Writes the blocks of a zip, a few at once: small files are read and sent, the others copied inside storage."""

from __future__ import annotations

import asyncio
import zlib
from collections import deque
from typing import TYPE_CHECKING, Self

from shared.bounded_concurrency import for_each
from shared.exports.exceptions import SourceChangedError
from shared.exports.handover_zip_layout import CopiedBlock, FileBytes, MemoryBlock, block_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.exports.handover_zip_layout import Block, Position
    from shared.exports.handover_zip_records import ZipEntry
    from shared.protocols import HandoverZipBlobs, SourceBlob, TargetBlob

BLOCKS_AT_ONCE = 4
"""Of about 1 MiB each in memory, or as many copies inside storage."""
READS_AT_ONCE = 8
"""Of one block."""


class BlockWriters:
    """Writes blocks of one zip. What is not awaited is canceled at the end, so it is used as a context."""

    def __init__(self, blobs: HandoverZipBlobs, target: TargetBlob, position: Position, documents: int) -> None:
        """Writers of a zip.

        Args:
            blobs: where it is written.
            target: the zip.
            position: where the zip stands.
            documents: how many files come before those of the manifest.
        """
        self._blobs = blobs
        self._target = target
        self._documents = documents
        self._sources: dict[int, SourceBlob] = {}
        self._tasks: deque[tuple[asyncio.Task[None], Position]] = deque()
        self.position = position
        """Behind the last block before which all blocks are written."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task, _ in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def know(self, entry: ZipEntry, source: SourceBlob) -> None:
        """Says where the bytes of a file are, until its last block is written."""
        if entry.size:
            self._sources[entry.number] = source

    async def write(self, blocks: Iterable[Block]) -> None:
        """Begins to write the next blocks, as soon as few enough are under way.

        Raises:
            SourceChangedError: a file has changed or is gone.
            StorageRefusedError, StorageFailedError: the export account refuses or fails.
        """
        for block in blocks:
            if len(self._tasks) == BLOCKS_AT_ONCE:
                await self._await_first()
            self._tasks.append((asyncio.create_task(self._start(block)), block.after))

    async def finish(self) -> None:
        """Waits until all blocks are written; errors as for `write`."""
        while self._tasks:
            await self._await_first()

    async def _await_first(self) -> None:
        task, after = self._tasks[0]
        await task
        self._tasks.popleft()
        self.position = after

    async def _start(self, block: Block) -> None:
        match block:
            case MemoryBlock():
                await self._send(block)
            case CopiedBlock():
                await self._copy(block)

    async def _send(self, block: MemoryBlock) -> None:
        contents: dict[int, bytes] = {}

        async def read(entry: ZipEntry) -> None:
            contents[entry.number] = await self._read(entry)

        files = [piece.entry for piece in block.pieces if isinstance(piece, FileBytes)]
        await for_each(files, read, at_once=READS_AT_ONCE)
        content = b"".join(
            contents[piece.entry.number] if isinstance(piece, FileBytes) else piece for piece in block.pieces
        )
        await self._blobs.put_block(self._target, block_id(block), content)
        for entry in files:
            del self._sources[entry.number]

    async def _read(self, entry: ZipEntry) -> bytes:
        try:
            content = await self._blobs.read(self._sources[entry.number], 0, entry.size)
        except SourceChangedError:
            raise self._changed(entry) from None
        if zlib.crc32(content) != entry.crc32:
            raise self._changed(entry)
        return content

    async def _copy(self, block: CopiedBlock) -> None:
        source = self._sources[block.entry.number]
        if block.offset + block.size == block.entry.size:  # those before it have begun, and have the source
            del self._sources[block.entry.number]
        try:
            await self._blobs.copy_block(self._target, block_id(block), source, block.offset, block.size)
        except SourceChangedError:
            raise self._changed(block.entry) from None

    def _changed(self, entry: ZipEntry) -> SourceChangedError:
        return SourceChangedError(max(entry.number - self._documents, 0))
