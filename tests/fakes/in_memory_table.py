"""A fake of `Table`: a table in memory that behaves like Azure's, limits and errors included."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import count
from typing import TYPE_CHECKING

from shared.protocols import (
    Create,
    Delete,
    Int64,
    Replace,
    RowChangedError,
    RowExistsError,
    RowMissingError,
    StoredRow,
    Upsert,
)
from tests.fakes.table_limits import check_key, check_payload, check_transaction, keys_of, to_stored

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from datetime import datetime

    from shared.protocols import Operation, Row
    from tests.fakes.table_limits import SizedRow

PAGE = 1000
"""How many rows the service returns at once. A write between two pages shows in the second."""


class _Partition:
    """The rows of a partition. Their keys are sorted at the next read, because writes come in batches."""

    def __init__(self) -> None:
        self.rows: dict[str, StoredRow] = {}
        self._order: list[str] | None = []

    def put(self, key: str, row: StoredRow) -> None:
        position = _position(key)
        if position not in self.rows:
            self._order = None
        self.rows[position] = row

    def remove(self, key: str) -> None:
        del self.rows[_position(key)]
        self._order = None

    def find(self, key: str) -> StoredRow | None:
        return self.rows.get(_position(key))

    def between(self, first: str, end: str, after: str | None, limit: int) -> list[StoredRow]:
        order = self.ordered()
        start = bisect_left(order, _position(first))
        if after is not None:
            start = max(start, bisect_right(order, _position(after)))
        stop = min(bisect_left(order, _position(end)), start + limit)
        return [self.rows[position] for position in order[start:stop]]

    def ordered(self) -> list[str]:
        if self._order is None:
            self._order = sorted(self.rows)
        return self._order


class InMemoryTable:
    """A `Table` that never waits. A subclass can wait, or raise, in `before` and `after`.

    Rows are copied on their way in and out.
    """

    def __init__(self) -> None:
        self._partitions: dict[str, _Partition] = {}
        self._writes = count(1)

    async def before(self, call: str) -> None:
        """Called right before each call to the service: `get`, `transact`, and each page of `range` and `scan`."""

    async def after(self, call: str) -> None:
        """Called when the service has done the call, before the caller knows."""

    async def get(self, partition: str, key: str, columns: Sequence[str] | None = None) -> StoredRow | None:
        check_key(partition)
        check_key(key)
        await self.before("get")
        found = self.row(partition, key)
        await self.after("get")
        return None if found is None else StoredRow(_selected(found.row, columns), found.etag)

    async def range(
        self,
        partition: str,
        first: str,
        end: str,
        *,
        after: str | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> AsyncIterator[Row]:
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            await self.before("range")
            page = self.rows(partition, first, end, after, size)
            await self.after("range")
            for found in page:
                yield _selected(found.row, columns)
            if len(page) < size:
                return
            after = page[-1].row["RowKey"]
            left = None if left is None else left - size

    async def scan(
        self, key: str, column: str, before: datetime, columns: Sequence[str], *, after: str | None = None
    ) -> AsyncIterator[Row]:
        order = sorted(self._partitions, key=_position)
        start = 0 if after is None else bisect_right(order, _position(after), key=_position)
        for names in _pages(order[start:]):
            await self.before("scan")
            rows = [found.row for name in names if (found := self.row(name, key)) is not None]
            await self.after("scan")
            for row in rows:
                if column in row and row[column] < before:
                    yield _selected(row, columns)

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        await self.before("transact")
        etags = self.apply(operations)
        await self.after("transact")
        return etags

    def apply(self, operations: Sequence[Operation]) -> list[str]:
        """Carries out a transaction without waiting."""
        check_transaction(operations)
        given = [None if isinstance(operation, Delete) else to_stored(operation.row) for operation in operations]
        check_payload([sized for sized in given if sized is not None])
        name = keys_of(operations[0])[0]
        partition = self._partitions.get(name) or _Partition()
        # A row is in one operation at most, so all of them can be decided on what is stored now.
        rows = [_decided(partition, operation, sized) for operation, sized in zip(operations, given, strict=True)]
        self._partitions[name] = partition
        return [self._write(partition, keys_of(each)[1], row) for each, row in zip(operations, rows, strict=True)]

    def _write(self, partition: _Partition, key: str, row: Row | None) -> str:
        if row is None:
            partition.remove(key)
            return ""
        etag = f'W/"{next(self._writes)}"'
        partition.put(key, StoredRow(row, etag))
        return etag

    def row(self, partition: str, key: str) -> StoredRow | None:
        """The stored row with these keys, not a copy."""
        found = self._partitions.get(partition)
        return None if found is None else found.find(key)

    def rows(
        self, partition: str, first: str, end: str, after: str | None = None, limit: int = 2**31
    ) -> list[StoredRow]:
        """The stored rows of a range, not copies."""
        found = self._partitions.get(partition)
        return [] if found is None else found.between(first, end, after, limit)

    def partitions(self) -> list[str]:
        """The keys of all partitions that ever had a row, oldest first."""
        return list(self._partitions)

    def all_rows(self) -> Iterator[StoredRow]:
        """All stored rows, not copies."""
        for partition in self._partitions.values():
            for position in partition.ordered():
                yield partition.rows[position]

    def drop(self, partition: str) -> None:
        """Deletes all rows of a partition."""
        self._partitions.pop(partition, None)

    def lose(self) -> None:
        """Deletes all rows, as if the table had been deleted."""
        self._partitions.clear()


def _decided(partition: _Partition, operation: Operation, given: SizedRow | None) -> Row | None:
    """The row that an operation results in, None if it deletes the row."""
    found = partition.find(keys_of(operation)[1])
    if found is None and isinstance(operation, Delete | Replace):
        raise RowMissingError
    if found is not None and isinstance(operation, Create):
        raise RowExistsError
    if found is not None and isinstance(operation, Replace) and found.etag != operation.etag:
        raise RowChangedError
    if given is None:
        return None
    if found is not None and isinstance(operation, Upsert):
        return to_stored(_with_wide_numbers(found.row | given.row)).row
    return given.row


def _with_wide_numbers(row: Row) -> Row:
    """The row as it may be stored again: a number of 64 bits reads back as a plain int."""
    return {name: Int64(value) if _is_wide(value) else value for name, value in row.items()}


def _is_wide(value: object) -> bool:
    return type(value) is int and not -(2**31) <= value < 2**31


def _selected(row: Row, columns: Sequence[str] | None) -> Row:
    return dict(row) if columns is None else {name: row[name] for name in columns if name in row}


def _position(key: str) -> str:
    """A string that sorts as the service sorts the key: by UTF-16 code units. Python sorts by code points."""
    if key.isascii():
        return key
    encoded = key.encode("utf-16-be", "surrogatepass")
    return "".join(chr(high << 8 | low) for high, low in zip(encoded[::2], encoded[1::2], strict=True))


def _pages(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + PAGE] for start in range(0, max(len(names), 1), PAGE))
