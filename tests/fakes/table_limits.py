"""The limits of the Table service, and the error codes with which it refuses what is beyond them.

Sources: Microsoft's pages "Understanding the Table service data model" (keys, names, types, sizes), "Performing entity
group transactions" (counts, partitions, payload), "Table service error codes" and "Common REST API error codes". The
service answers a key with a forbidden character with `InvalidInput` (azure-storage-net issue 386). Only the SDK lists
`KeyValueTooLarge` and `CommandsInBatchActOnDifferentPartitions`. Where Azurite differs,
tests/contract/test_table.py says so.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from shared.exports.exceptions import StorageFailedError
from shared.protocols import Delete, Int64, RowTooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import Operation, Row

MAX_OPERATIONS = 100
MAX_PAYLOAD_BYTES = 4 * 2**20
MAX_ROW_BYTES = 2**20
MAX_COLUMNS = 252
"""Without the two keys and the service's own timestamp."""
MAX_TEXT_LENGTH = 32 * 2**10
"""UTF-16 code units, 64 KiB."""
MAX_KEY_LENGTH = 512
"""UTF-16 code units, 1 KiB."""
MAX_NAME_LENGTH = 255
EARLIEST_TIME = datetime(1601, 1, 1, tzinfo=UTC)

_NOT_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_NAME = re.compile(r"[^\W\d]\w*")
_KEY_NAMES = 2 * len("PartitionKey" + "RowKey")
_PART_BYTES = 600
"""What each operation adds to the body of a transaction besides its row: headers, and the row's URL."""
_name_bytes: dict[str, int] = {}
"""How many bytes a column takes besides its value, for each name that was checked already."""


class SizedRow(NamedTuple):
    """A stored row, and its size in bytes by Microsoft's formula: two for each code unit of a text or name."""

    row: Row
    size: int


def utf16_length(text: str) -> int:
    """The number of UTF-16 code units of a text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def keys_of(operation: Operation) -> tuple[str, str]:
    """The partition and the key of the row that an operation is for."""
    if isinstance(operation, Delete):
        return operation.partition, operation.key
    return operation.row["PartitionKey"], operation.row["RowKey"]


def check_transaction(operations: Sequence[Operation]) -> None:
    """Checks the number of operations, and the keys of their rows.

    Raises:
        StorageFailedError: the service would refuse the transaction.
    """
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        raise StorageFailedError("InvalidInput", f"A transaction has 1 to 100 operations, not {len(operations)}.")
    keys = {keys_of(operation) for operation in operations}
    if len({partition for partition, _ in keys}) > 1:
        raise StorageFailedError("CommandsInBatchActOnDifferentPartitions", "A transaction is of one partition.")
    if len(keys) < len(operations):
        raise StorageFailedError("InvalidDuplicateRow", "A transaction has one operation for a row.")


def check_payload(sized: Sequence[SizedRow]) -> None:
    """Checks the size of a transaction's body, which is an estimate of what the SDK would send.

    Raises:
        RowTooLargeError: the service would refuse the transaction.
    """
    if sum(each.size for each in sized) < MAX_PAYLOAD_BYTES // 4:  # far from it, however the texts are written
        return
    if sum(len(json.dumps(each.row, default=str)) + _PART_BYTES for each in sized) > MAX_PAYLOAD_BYTES:
        raise RowTooLargeError("RequestBodyTooLarge")


def check_key(text: str) -> None:
    """Checks a partition or row key.

    Raises:
        StorageFailedError: the service would refuse it.
    """
    if _NOT_IN_KEYS.search(text):
        raise StorageFailedError("InvalidInput", f"No key may have one of these characters: {text!r}.")
    if utf16_length(text) > MAX_KEY_LENGTH:
        raise StorageFailedError("KeyValueTooLarge", f"A key has 512 characters at most, not {utf16_length(text)}.")


def to_stored(row: Row) -> SizedRow:
    """A copy of a row with its values as they read back.

    Raises:
        StorageFailedError: the service would refuse it.
        RowTooLargeError: it is larger than the service allows.
        TypeError: a table has no such type, or a time has no zone.
    """
    check_key(row["PartitionKey"])
    check_key(row["RowKey"])
    if len(row) > MAX_COLUMNS + 2:
        raise RowTooLargeError("TooManyProperties")
    size, stored = -_KEY_NAMES, {}
    for name, value in row.items():
        size += _name_bytes.get(name) or _checked_name(name)
        kind = type(value)
        if kind is str:
            length = len(value) if value.isascii() else utf16_length(value)
            if length > MAX_TEXT_LENGTH:
                raise RowTooLargeError("PropertyValueTooLarge")
            size += 2 * length + 4
            stored[name] = value
        elif kind is bool:
            size += 1
            stored[name] = value
        else:
            size += 8
            stored[name] = _stored_value(name, value)
    if size > MAX_ROW_BYTES:
        raise RowTooLargeError("EntityTooLarge")
    return SizedRow(stored, size)


def _stored_value(name: str, value: object) -> object:
    """A value that is neither a plain str nor a bool, as it reads back."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"A time needs a zone: {name}.")
        if value < EARLIEST_TIME:
            raise StorageFailedError("OutOfRangeInput", f"A time is in the year 1601 or later: {name}.")
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    if isinstance(value, int):
        bits = 63 if type(value) is Int64 else 31
        if not -(2**bits) <= value < 2**bits:
            raise StorageFailedError("InvalidInput", f"A number has {bits + 1} bits at most: {name}.")
        return int(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"A row can't have {value!r}: {name}.")


def _checked_name(name: str) -> int:
    """How many bytes a column with this name takes besides its value."""
    if len(name) > MAX_NAME_LENGTH:
        raise StorageFailedError("PropertyNameTooLong", "The name of a column has 255 characters at most.")
    if not _NAME.fullmatch(name):
        raise StorageFailedError("PropertyNameInvalid", f"A column can't have this name: {name!r}.")
    found = _name_bytes[name] = 8 + 2 * utf16_length(name)
    return found
