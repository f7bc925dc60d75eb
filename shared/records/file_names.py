"""Finds files of a manifest by their names, in a bounded number of calls however long the manifest is.

A short manifest is read whole, in one call. A long one gets an index when it is complete: rows that say at which line
a name is, by a hash of the name. The hash has the export's id in it, so that nobody can choose names of files that all
fall into one row. The keys have the hash of the manifest in them, so that an index fits the manifest that it was made
for. An erasure deletes it with the manifest.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from shared.bounded_concurrency import for_each
from shared.exports.exceptions import ConflictError
from shared.exports.export import ManifestProgress
from shared.protocols import Replace, RowChangedError, RowMissingError, Upsert
from shared.records.column_reader import ColumnError, only_readable, reading
from shared.records.event_and_file_rows import (
    EVENT_KEYS,
    file_from_row,
    file_key_range,
    file_row,
    names_file,
    without_file_name,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.exports.export import Export, File
    from shared.protocols import Row, Table

LINES_WITHOUT_INDEX = 1000
"""A manifest with no more lines than this has no index: one call to a table returns so many rows."""
NAMES_PER_ROW = 200
"""About how many names a row of the index has; a column takes four times as many."""
_ROWS_PER_WRITE = 90
_READS_AT_ONCE = 10
_HASH_DIGITS = 32
_INDEX_KEY = "filename-{}-{:05d}"


class FileNameIndex:
    """The index of a manifest, as its files are added in their order."""

    def __init__(self, export_id: str, count: int) -> None:
        """An empty index of a manifest that will have `count` lines."""
        self._export_id = export_id
        self._rows = [bytearray() for _ in range(_row_count(count))]
        self._added = 0

    def add(self, file: File) -> None:
        """Adds the file of the next line."""
        self._added += 1
        if self._rows:
            name_hash = _hash(self._export_id, file.name)
            self._rows[_place(name_hash, len(self._rows))] += f'"{name_hash}":{self._added},'.encode()

    def rows(self, manifest_sha256: str) -> list[Row]:
        """The rows to store, for a manifest with that hash; none for a short one."""
        return [
            {
                "PartitionKey": self._export_id,
                "RowKey": _INDEX_KEY.format(manifest_sha256, place),
                "numbers": f"{{{entries.decode().removesuffix(',')}}}",
            }
            for place, entries in enumerate(self._rows)
        ]


class FileNames:
    """Stores the indexes of manifests, and finds files by their names."""

    def __init__(self, exports: Table) -> None:
        """The files of the exports in that table."""
        self._table = exports

    async def store(self, export: Export, rows: Sequence[Row]) -> None:
        """Stores the index of the present attempt's manifest, as long as the manifest is there.

        Each write depends on the manifest's first line. So a process that is late leaves nothing behind an erasure.

        Raises:
            ConflictError: the manifest was erased meanwhile, or somebody else is storing its index.
        """
        if not rows:
            return
        line = await self._table.get(export.id, file_key_range(export)[0])
        if line is None:
            raise ConflictError(export.id)
        first, etag = file_row(export, 1, file_from_row(line.row)), line.etag
        for start in range(0, len(rows), _ROWS_PER_WRITE):
            upserts = [Upsert(row) for row in rows[start : start + _ROWS_PER_WRITE]]
            try:
                etag = (await self._table.transact([Replace(first, etag), *upserts]))[0]
            except (RowChangedError, RowMissingError):
                raise ConflictError(export.id) from None

    async def find(self, export: Export, names: Collection[str]) -> dict[int, File]:
        """The lines of the present attempt's manifest with these names, by their numbers, in the order of the names.

        A name that the manifest lacks is left out. A long manifest without an index, which version 1.0.0 has written,
        is read whole.

        Raises:
            UnreadableRowError: a line or a row of the index can't be read.
        """
        progress = export.files or ManifestProgress()
        numbers = await self._numbers(export.id, progress, names)
        if numbers is None:
            lines = await self._scan(export, progress.count, set(names))
        else:
            lines = await self._read(export, numbers)
        places = {file.name: number for number, file in lines.items()}
        return {places[name]: lines[places[name]] for name in names if name in places}

    async def remove_from_trail(self, export: Export) -> None:
        """Puts numbers and hashes in place of the names that are in the trail, where version 1.0.0 recorded links.

        The manifest says which they are, so it has to be erased later. Where it is gone, the names are only removed.
        """
        events = self._table.range(export.id, *EVENT_KEYS, columns=["PartitionKey", "RowKey", "eventType", "detail"])
        with_names = [row async for row in events if names_file(row)]
        if not with_names:
            return
        lines: dict[str, tuple[int, File]] = {}
        number = 0
        async for row in self._table.range(export.id, *file_key_range(export)):
            number += 1
            lines |= {file.name: (number, file) for file in only_readable([row], file_from_row)}
        for start in range(0, len(with_names), _ROWS_PER_WRITE):
            rows = with_names[start : start + _ROWS_PER_WRITE]
            await self._table.transact([Upsert(without_file_name(row, lines)) for row in rows])

    async def _numbers(self, export_id: str, of: ManifestProgress, names: Collection[str]) -> list[int] | None:
        """At which lines the index says that these names are; None where there is no index."""
        count = _row_count(of.count)
        if not count:
            return None
        keys = {
            name_hash: _INDEX_KEY.format(of.manifest_sha256, _place(name_hash, count))
            for name_hash in (_hash(export_id, name) for name in names)
        }
        rows: dict[str, dict[str, int]] = {}

        async def read(key: str) -> None:
            stored = await self._table.get(export_id, key)
            if stored is not None:
                rows[key] = _numbers_in(stored.row)

        await for_each(set(keys.values()), read, at_once=_READS_AT_ONCE)
        if not all(key in rows for key in keys.values()):
            return None
        return [rows[key][name_hash] for name_hash, key in keys.items() if name_hash in rows[key]]

    async def _read(self, export: Export, numbers: Collection[int]) -> dict[int, File]:
        """The lines with these numbers."""
        lines: dict[int, File] = {}

        async def read(number: int) -> None:
            stored = await self._table.get(export.id, file_key_range(export, number)[0])
            if stored is not None:
                lines[number] = file_from_row(stored.row)

        await for_each(numbers, read, at_once=_READS_AT_ONCE)
        return lines

    async def _scan(self, export: Export, count: int, names: set[str]) -> dict[int, File]:
        """The lines with these names, from the whole manifest, which has `count` lines."""
        lines: dict[int, File] = {}
        number = 0
        at_once = LINES_WITHOUT_INDEX if count <= LINES_WITHOUT_INDEX else None
        async for row in self._table.range(export.id, *file_key_range(export), limit=at_once):
            number += 1
            file = file_from_row(row)
            if file.name in names:
                lines[number] = file
        return lines


def _row_count(lines: int) -> int:
    """How many rows the index of a manifest has."""
    return 0 if lines <= LINES_WITHOUT_INDEX else -(-lines // NAMES_PER_ROW)


def _hash(export_id: str, name: str) -> str:
    return hashlib.sha256(f"{export_id} {name}".encode()).hexdigest()[:_HASH_DIGITS]


def _place(name_hash: str, rows: int) -> int:
    """In which row of the index a name is."""
    return int(name_hash, 16) % rows


def _numbers_in(row: Row) -> dict[str, int]:
    with reading(row) as columns:
        numbers = json.loads(columns.need("numbers", str))
        if not isinstance(numbers, dict) or not all(type(number) is int for number in numbers.values()):
            raise ColumnError("numbers is no object of numbers")
        return numbers
