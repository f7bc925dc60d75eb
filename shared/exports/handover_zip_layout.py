"""A zip as a sequence of blocks: what each block has in it, and where the next one goes on.

Small files are read and put into blocks of about 1 MiB, together with the headers around them. The others are copied
inside storage. The layout follows from the entries alone. So whoever begins again at `after` of a block, with the same
entries from there on, gets the same blocks.

Storage takes 50,000 blocks in a blob, of 4,000 MiB each ("Scalability and performance targets for Blob Storage").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.exports.handover_zip_records import ZipEntry, directory_line, ending, header, header_size

SMALL_FILE_BYTES = 256 * 2**10
"""Up to this size a file is read into memory, because a block and a copy of its own cost more."""
MEMORY_BLOCK_BYTES = 2**20
"""A block is written once it has this much. It has less than a small file and a header more."""
MEMORY_BLOCK_FILES = 1000
"""A block is written once it has so many files too, so that those of the blocks under way take little memory."""
COPIED_BYTES = 256 * 2**20
"""The most that one copy takes, so that it is done in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a package is laid out. All fields are numbers or bools, so that a column can hold them."""

    part: int = 1
    """The number of the zip, from 1."""
    entries: int = 0
    """How many entries are laid out wholly, in all zips together."""
    in_entry: int = 0
    """How many bytes of the next entry are laid out, its header among them; 0 where it has not begun."""
    offset: int = 0
    """How many bytes this zip has so far."""
    blocks: int = 0
    """How many blocks this zip has so far."""
    listed: int = 0
    """How many of this zip's entries its directory has."""
    listed_bytes: int = 0
    """How many bytes its directory has."""
    header_offset: int = 0
    """Where the header of the next entry that the directory lists begins, in bytes from the beginning of the zip."""
    is_complete: bool = False
    """Whether the directory and the ending of this zip are laid out too."""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """All bytes of a small file, which are to be read."""

    entry: ZipEntry


@dataclass(frozen=True, slots=True)
class MemoryBlock:
    """A block that is put together in memory."""

    pieces: tuple[bytes | FileBytes, ...]
    """What it consists of, in order. A file without bytes is no piece."""
    size: int
    """How many bytes it has."""
    after: Position
    """Where the layout stands after this block."""


@dataclass(frozen=True, slots=True)
class CopiedBlock:
    """A block that storage copies from a file."""

    entry: ZipEntry
    offset: int
    """Where in the file the copy begins, in bytes."""
    size: int
    """How many bytes it has."""
    after: Position
    """Where the layout stands after this block."""


Block = MemoryBlock | CopiedBlock


def block_id(block: Block) -> str:
    """The block's name in its blob: the same whenever the block is laid out anew, and of one length in all blocks."""
    return _block_id(block.after.part, block.after.blocks)


def block_ids(position: Position) -> list[str]:
    """The names of all blocks that a zip has so far, in their order."""
    return [_block_id(position.part, number) for number in range(1, position.blocks + 1)]


def _block_id(part: int, number: int) -> str:
    return f"p{part:03d}-b{number:06d}"


def next_part(position: Position) -> Position:
    """Where the next zip begins, once this one is complete."""
    return Position(part=position.part + 1, entries=position.entries)


class BlockLayout:
    """Lays out the files of one zip, with their headers."""

    def __init__(self, position: Position) -> None:
        """Goes on at `position`: the default one, `next_part`, or `after` of a block."""
        self._memory = _Memory(position)

    @property
    def position(self) -> Position:
        """Where the layout stands, with what is not in a block yet. To begin again takes `after` of a block."""
        return self._memory.position

    def add(self, entry: ZipEntry) -> list[Block]:
        """The blocks that are full with the next entry: the one behind the `entries` of the position."""
        before = header(entry)
        at = self._memory.position
        if entry.size <= SMALL_FILE_BYTES:
            pieces = (before, FileBytes(entry)) if entry.size else (before,)
            self._memory.put(pieces, replace(at, entries=at.entries + 1, offset=at.offset + len(before) + entry.size))
            return list(self._memory.flush_full())
        blocks: list[Block] = []
        if not at.in_entry:
            self._memory.put((before,), replace(at, in_entry=len(before), offset=at.offset + len(before)))
            blocks += self._memory.flush()
        while self._memory.position.in_entry:
            blocks.append(self._copy(entry, len(before)))
        return blocks

    def flush(self) -> list[Block]:
        """The last block of the files, which need not be full; none where nothing is left."""
        return list(self._memory.flush())

    def _copy(self, entry: ZipEntry, header_size: int) -> CopiedBlock:
        """The next copy from a file whose header is laid out."""
        at = self._memory.position
        start = at.in_entry - header_size
        size = min(COPIED_BYTES, entry.size - start)
        is_last = start + size == entry.size
        after = replace(
            at,
            entries=at.entries + is_last,
            in_entry=0 if is_last else at.in_entry + size,
            offset=at.offset + size,
            blocks=at.blocks + 1,
        )
        self._memory.position = after
        return CopiedBlock(entry, start, size, after)


class DirectoryLayout:
    """Lays out the directory of a zip and its ending, once all its files are laid out and flushed."""

    def __init__(self, position: Position) -> None:
        """Goes on at `position`: `after` of the last block of the files, or of a block of the directory."""
        self._memory = _Memory(position)

    @property
    def position(self) -> Position:
        """Where the layout stands, with what is not in a block yet. To begin again takes `after` of a block."""
        return self._memory.position

    def add(self, entry: ZipEntry) -> list[MemoryBlock]:
        """The block that is full with the next entry: the one behind the first `listed` entries of this zip."""
        at = self._memory.position
        line = directory_line(entry, at.header_offset)
        after = replace(
            at,
            offset=at.offset + len(line),
            listed=at.listed + 1,
            listed_bytes=at.listed_bytes + len(line),
            header_offset=at.header_offset + header_size(entry) + entry.size,
        )
        self._memory.put((line,), after)
        return self._memory.flush_full()

    def finish(self) -> list[MemoryBlock]:
        """The last block of the zip, with the ending; none where the position is complete.

        Raises:
            ValueError: the entries are not those that were laid out before.
        """
        at = self._memory.position
        if at.is_complete:
            return []
        if at.offset - at.listed_bytes != at.header_offset:
            raise ValueError("The directory has other entries than the zip.")
        end = ending(at.listed, at.header_offset, at.listed_bytes)
        self._memory.put((end,), replace(at, offset=at.offset + len(end), is_complete=True))
        return self._memory.flush()


class _Memory:
    """The pieces of the block that is not full yet, and the position behind them."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self._pieces: list[bytes | FileBytes] = []
        self._began = position

    def put(self, pieces: tuple[bytes | FileBytes, ...], after: Position) -> None:
        """Adds pieces, behind which the layout stands at `after`."""
        if not self._pieces:
            self._began = self.position
        self._pieces += pieces
        self.position = after

    def flush_full(self) -> list[MemoryBlock]:
        """The block if it is full, otherwise none."""
        at, began = self.position, self._began
        is_full = at.offset - began.offset >= MEMORY_BLOCK_BYTES or at.entries - began.entries >= MEMORY_BLOCK_FILES
        return self.flush() if is_full else []

    def flush(self) -> list[MemoryBlock]:
        """The block, full or not; none where it has no pieces."""
        if not self._pieces:
            return []
        self.position = replace(self.position, blocks=self.position.blocks + 1)
        block = MemoryBlock(tuple(self._pieces), self.position.offset - self._began.offset, self.position)
        self._pieces = []
        return [block]
