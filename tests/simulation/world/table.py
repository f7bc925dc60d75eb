"""A table in memory: rows with ETags, and transactions that are done as a whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.protocols import Row


class RowExistsError(Exception):
    """There is a row with that key."""


class RowChangedError(Exception):
    """The row is not as it was when its ETag was given."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A row as it is stored."""

    etag: str
    row: Row


class Table:
    """Rows by partition and key."""

    def __init__(self) -> None:
        self._partitions: dict[str, dict[str, Entity]] = {}
        self._before: dict[tuple[str, str], Entity] = {}
        self._writes = 0

    def partitions(self) -> list[str]:
        """The keys of all partitions, the oldest first."""
        return list(self._partitions)

    def get(self, partition: str, key: str) -> Entity | None:
        """The row with that key."""
        return self._partitions.get(partition, {}).get(key)

    def get_stale(self, partition: str, key: str) -> Entity | None:
        """The row as it was before its last change; as it is where it never changed."""
        return self._before.get((partition, key)) or self.get(partition, key)

    def between(self, partition: str, first: str, end: str) -> Iterator[Entity]:
        """The rows with keys from `first` to below `end`, in order."""
        rows = self._partitions.get(partition, {})
        return (rows[key] for key in sorted(rows) if first <= key < end)

    def insert(self, partition: str, rows: Sequence[Row]) -> str:
        """Stores new rows; gives the ETag of the first. RowExistsError: nothing was stored."""
        self._check_new(partition, rows)
        return self._put(partition, rows)

    def replace(self, partition: str, row: Row, etag: str, creations: Sequence[Row], upserts: Sequence[Row]) -> str:
        """Replaces a row that still has that ETag and stores others with it; gives its new ETag.

        Raises:
            RowChangedError: it has another ETag; nothing was stored.
            RowExistsError: one of `creations` is there; nothing was stored.
        """
        found = self.get(partition, row["RowKey"])
        if found is None or found.etag != etag:
            raise RowChangedError
        self._check_new(partition, creations)
        return self._put(partition, [row, *creations, *upserts])

    def delete(self, partition: str, keys: Sequence[str]) -> None:
        """Takes rows away; one that is gone is no error."""
        for key in keys:
            self._partitions.get(partition, {}).pop(key, None)

    def _check_new(self, partition: str, rows: Sequence[Row]) -> None:
        if any(self.get(partition, row["RowKey"]) is not None for row in rows):
            raise RowExistsError

    def _put(self, partition: str, rows: Sequence[Row]) -> str:
        stored = self._partitions.setdefault(partition, {})
        for row in rows:
            self._writes += 1
            key = row["RowKey"]
            if key in stored:
                self._before[partition, key] = stored[key]
            stored[key] = Entity(f'W/"{self._writes}"', dict(row))
        return stored[rows[0]["RowKey"]].etag
