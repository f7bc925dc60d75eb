"""How the files of a package are divided among zips, found before any is written."""

from __future__ import annotations

from dataclasses import dataclass

from shared.exports.handover_zip_layout import COPIED_BYTES, BlockLayout, DirectoryLayout, Position, next_part
from shared.exports.handover_zip_records import ZipEntry, ending

MAX_FILE_BLOCKS = 49_000
"""The blocks of a zip that have files. Storage takes 50,000 in a blob; the rest is for the directory."""
MAX_ENTRIES = 1_000_000
"""The files of a zip. The directory of so many has less than 1,000 blocks, however long their paths are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """One zip of a package."""

    number: int
    """From 1."""
    first: int
    """How many entries the zips before it have."""
    entries: int
    """How many entries it has: as many as `BlockLayout` is to be given before its directory follows."""
    size: int
    """How many bytes the whole zip has."""
    blocks: int
    """How many blocks it has."""


class PartsPlan:
    """Divides entries among zips: each has as many as fit.

    An entry that no zip has blocks for, which takes 12 TiB, gets a zip of its own, and storage refuses that.
    """

    def __init__(self) -> None:
        self._parts: list[PlannedPart] = []
        self._begin(Position())

    def add(self, entry: ZipEntry) -> None:
        """Adds the next entry."""
        if self._directory.position.listed and not self._has_room(entry):
            self._end()
            self._begin(next_part(self._files.position))
        self._files.add(entry)
        self._directory.add(entry)

    def finish(self) -> tuple[PlannedPart, ...]:
        """All zips; one without files where there is no entry."""
        self._end()
        return tuple(self._parts)

    def _begin(self, position: Position) -> None:
        self._first = position.entries
        self._files = BlockLayout(position)
        self._directory = DirectoryLayout(Position())

    def _has_room(self, entry: ZipEntry) -> bool:
        in_memory, with_header, copies = 1, 1, -(-entry.size // COPIED_BYTES)
        blocks = self._files.position.blocks + in_memory + with_header + copies
        return blocks <= MAX_FILE_BLOCKS and self._directory.position.listed < MAX_ENTRIES

    def _end(self) -> None:
        self._files.flush()
        files, directory = self._files.position, self._directory.position
        end = ending(directory.listed, files.offset, directory.listed_bytes)
        self._parts.append(
            PlannedPart(
                number=files.part,
                first=self._first,
                entries=directory.listed,
                size=files.offset + directory.listed_bytes + len(end),
                blocks=files.blocks + directory.blocks + 1,
            )
        )
