"""Keeps lists within what columns can hold, so that every state of an export can be stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shared.exports.bounded_text import compact_json, utf16_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.protocols import Row

COLUMN_UNITS = 16_000
"""How many UTF-16 units a column has at most. The service takes 32 Ki; rows of 1 MiB take 30 such columns."""


def list_columns(name: str, items: Iterable[dict[str, Any]]) -> dict[str, str]:
    """A list as JSON in as many columns as it takes: `name`, `name2`, `name3`, each a list of its own.

    An item that is larger than a column makes a larger column, so the texts in it have to be cut to `fit`.
    """
    lists: list[list[str]] = [[]]
    left = COLUMN_UNITS - 1
    for item in items:
        text = compact_json(item)
        if lists[-1] and utf16_units(text) + 1 > left:
            lists.append([])
            left = COLUMN_UNITS - 1
        lists[-1].append(text)
        left -= utf16_units(text) + 1
    return {_column(name, number): f"[{','.join(texts)}]" for number, texts in enumerate(lists, 1)}


def read_list(row: Row, name: str) -> list[Any]:
    """The list in the columns `name`, `name2` and so on; an empty one where there is no such column.

    Raises:
        TypeError, ValueError: a column holds no list in JSON.
    """
    items: list[Any] = []
    number = 1
    while (text := row.get(_column(name, number))) is not None:
        found = json.loads(text)
        if not isinstance(found, list):
            raise TypeError(f"{_column(name, number)} is no list")
        items += found
        number += 1
    return items


def _column(name: str, number: int) -> str:
    return name if number == 1 else f"{name}{number}"
