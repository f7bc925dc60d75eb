"""Zips written by doing what the blocks of the layout say, into a file on disk that may have holes."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.exports.handover_zip_layout import BlockLayout, DirectoryLayout, FileBytes, MemoryBlock, Position
from shared.exports.handover_zip_records import ZipEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from shared.exports.handover_zip_layout import Block

MODIFIED_AT = datetime(2026, 11, 26, 12, 0, 2, tzinfo=UTC)
Content = bytes | None
"""The bytes of a file; None for a file of zeros, of which nothing is written."""


def entries_of(files: Iterable[tuple[str, bytes]]) -> list[ZipEntry]:
    """An entry for each path and content."""
    return [
        ZipEntry(number, path, len(content), zlib.crc32(content), MODIFIED_AT)
        for number, (path, content) in enumerate(files, 1)
    ]


def blocks_of(entries: Sequence[ZipEntry], position: Position | None = None) -> Iterator[Block]:
    """All blocks of a zip with these entries, or those behind the position."""
    at = position or Position()
    if not at.listed:
        files = BlockLayout(at)
        for entry in entries[at.entries :]:
            yield from files.add(entry)
        yield from files.flush()
        at = files.position
    directory = DirectoryLayout(at)
    for entry in entries[at.listed :]:
        yield from directory.add(entry)
    yield from directory.finish()


def write_zip(file: BinaryIO, blocks: Iterable[Block], content: Callable[[ZipEntry], Content]) -> None:
    """Writes what the blocks say, and sees that each has the size that it says."""
    for block in blocks:
        start = file.tell()
        if isinstance(block, MemoryBlock):
            file.writelines(
                (content(piece.entry) or b"") if isinstance(piece, FileBytes) else piece for piece in block.pieces
            )
        else:
            copied = content(block.entry)
            if copied is None:
                file.seek(start + block.size)
            else:
                file.write(copied[block.offset : block.offset + block.size])
        assert file.tell() == start + block.size == block.after.offset


def crc32_of_zeros(size: int) -> int:
    """The CRC-32 of that many zero bytes."""
    crc32, zeros = 0, bytes(2**20)
    for _ in range(size // len(zeros)):
        crc32 = zlib.crc32(zeros, crc32)
    return zlib.crc32(zeros[: size % len(zeros)], crc32)
