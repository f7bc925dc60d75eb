"""Reads the columns of rows with their types, so that a damaged row is an error of that row and of nothing else."""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from shared.exports.exceptions import UnreadableRowError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping

    from shared.protocols import Row

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_log = logging.getLogger(__name__)


class ColumnError(ValueError):
    """A column is missing, or its value is not what it should be; the message has nothing of the value."""


class ColumnReader:
    """The columns of a row, or the members of a JSON object in one. None counts as absent."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        """The columns in `columns`; ColumnError if that is no object."""
        if not isinstance(columns, dict):
            raise ColumnError("An item is no object.")
        self._columns = columns

    def has(self, name: str) -> bool:
        """Whether the column has a value."""
        return self._columns.get(name) is not None

    def find(self, name: str, kind: type[_T]) -> _T | None:
        """The value of a column, None where it is absent; ColumnError if it is of another type."""
        value = self._columns.get(name)
        if value is None:
            return None
        # A bool is an int to Python, and no number here; a whole number reads as int where a float is meant.
        is_number = kind is float and type(value) is int
        if (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))) or is_number:
            return cast("_T", value)
        raise ColumnError(f"{name} is no {kind.__name__}")

    def need(self, name: str, kind: type[_T]) -> _T:
        """The value of a column that must be there; ColumnError if it is not, or is of another type."""
        value = self.find(name, kind)
        if value is None:
            raise ColumnError(f"{name} is missing")
        return value

    def choice(self, name: str, kind: type[_E]) -> _E:
        """The member that a column names; ColumnError if this version knows none of that name."""
        text = self.need(name, str)
        for member in kind:
            if member.value == text:
                return member
        raise ColumnError(f"{name} is no {kind.__name__} that this version knows")

    def time_text(self, name: str) -> datetime | None:
        """The time that a column holds as text in ISO format, None where it is absent; ValueError if it is none."""
        text = self.find(name, str)
        moment = None if text is None else datetime.fromisoformat(text)
        if moment is not None and moment.tzinfo is None:
            raise ColumnError(f"{name} has no zone")
        return moment


@contextlib.contextmanager
def reading(row: Row) -> Iterator[ColumnReader]:
    """The columns of a row; whatever is wrong with them is raised as UnreadableRowError."""
    try:
        yield ColumnReader(row)
    except (LookupError, TypeError, ValueError, OverflowError, OSError, RecursionError) as error:
        # Messages of other errors can quote the value.
        why = str(error) if isinstance(error, ColumnError) else type(error).__name__
        raise UnreadableRowError(str(row.get("PartitionKey")), str(row.get("RowKey")), why) from None


async def readable(rows: AsyncIterator[Row], read: Callable[[Row], _T]) -> AsyncIterator[_T]:
    """What the readable rows hold. The others are logged and left out."""
    async for row in rows:
        for value in only_readable([row], read):
            yield value


def only_readable(rows: Iterable[Row], read: Callable[[Row], _T]) -> list[_T]:
    """The same for rows that are there already."""
    values = []
    for row in rows:
        try:
            values.append(read(row))
        except UnreadableRowError as error:
            _log.warning("%s. It is left out.", error)
    return values
