"""What the Table service refuses to store, and the code that it refuses it with.

Sources: Microsoft's pages "Understanding the Table service data model" (keys, names, types, sizes), "Performing entity
group transactions" (counts, partitions, payload), "Table service error codes" and "Common REST API error codes". Some
are stated nowhere: a key with a forbidden character is answered `InvalidInput` by the service ("Error in query syntax",
azure-storage-net issue 386), `KeyValueTooLarge` and `CommandsInBatchActOnDifferentPartitions` are in the SDK's list of
codes alone. Where Azurite differs, tests/contract/test_table.py says how.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.protocols import Delete, Int64

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import Operation, Row

MAX_OPERATIONS = 100
MAX_PAYLOAD_BYTES = 4 * 2**20
MAX_ROW_BYTES = 2**20
MAX_COLUMNS = 252
"""Besides the two keys and the service's own timestamp."""
MAX_TEXT_LENGTH = 32 * 2**10
"""UTF-16 code units, 64 KiB."""
MAX_KEY_LENGTH = 512
"""UTF-16 code units, 1 KiB."""
MAX_NAME_LENGTH = 255
EARLIEST_TIME = datetime(1601, 1, 1, tzinfo=UTC)

_NOT_IN_KEYS = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_NAME = re.compile(r"[^\W\d]\w*")
_PART_BYTES = 600
"""What each operation adds to a transaction's body beside its row: headers, and the URL of the row."""
_SIZES: dict[type, int] = {bool: 1, int: 8, float: 8, datetime: 8}


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def keys_of(operation: Operation) -> tuple[str, str]:
    """The partition and the key of the row that an operation is for."""
    if isinstance(operation, Delete):
        return operation.partition, operation.key
    return operation.row["PartitionKey"], operation.row["RowKey"]


def check_transaction(operations: Sequence[Operation]) -> None:
    """Checks what can be told without a look at the values.

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
    if _payload(operations) > MAX_PAYLOAD_BYTES:
        raise StorageFailedError("RequestBodyTooLarge", "A transaction has 4 MiB at most.")


def check_key(text: str) -> None:
    """Checks a partition or row key.

    Raises:
        StorageFailedError: the service would refuse it.
    """
    if _NOT_IN_KEYS.search(text):
        raise StorageFailedError("InvalidInput", f"No key may have one of these characters: {text!r}.")
    if utf16_length(text) > MAX_KEY_LENGTH:
        raise StorageFailedError("KeyValueTooLarge", f"A key has 512 characters at most, not {utf16_length(text)}.")


def stored_values(row: Row) -> Row:
    """A copy of a row with its values as they read back.

    Raises:
        StorageFailedError: the service would refuse one of them.
        TypeError: a table has no such type, or the time has no zone.
    """
    check_key(row["PartitionKey"])
    check_key(row["RowKey"])
    return {_checked_name(name): _stored_value(name, value) for name, value in row.items()}


def check_size(row: Row) -> None:
    """Checks a whole row, with the values as they are stored.

    Raises:
        StorageFailedError: the service would refuse it.
    """
    columns = len(row) - 2
    if columns > MAX_COLUMNS:
        raise StorageFailedError("TooManyProperties", f"A row has 252 columns at most, not {columns}.")
    if _row_bytes(row) > MAX_ROW_BYTES:
        raise StorageFailedError("EntityTooLarge", "A row has 1 MiB at most.")


def _stored_value(name: str, value: object) -> object:
    kind = type(value)
    if kind is bool:
        return value
    if isinstance(value, str):
        # No text has more code units than twice its characters.
        if len(value) > MAX_TEXT_LENGTH // 2 and utf16_length(value) > MAX_TEXT_LENGTH:
            raise StorageFailedError("PropertyValueTooLarge", f"A text has 32 Ki characters at most: {name}.")
        return value if kind is str else str.__str__(value)  # an enum's member
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"A time needs a zone: {name}.")
        if value < EARLIEST_TIME:
            raise StorageFailedError("OutOfRangeInput", f"A time is in the year 1601 or later: {name}.")
        return value.astimezone(UTC)
    if isinstance(value, int):
        bits = 63 if kind is Int64 else 31
        if not -(2**bits) <= value < 2**bits:
            raise StorageFailedError("InvalidInput", f"A number has {bits + 1} bits at most: {name}.")
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"A row can't have {value!r}: {name}.")


@lru_cache(maxsize=4096)
def _checked_name(name: str) -> str:
    if len(name) > MAX_NAME_LENGTH:
        raise StorageFailedError("PropertyNameTooLong", "The name of a column has 255 characters at most.")
    if not _NAME.fullmatch(name):
        raise StorageFailedError("PropertyNameInvalid", f"A column can't have this name: {name!r}.")
    return name


def _row_bytes(row: Row) -> int:
    """The size of a row, as Microsoft counts it: each text with 2 bytes a code unit, names too."""
    texts = [value for value in row.values() if type(value) is str]
    others = sum(_SIZES[type(value)] for value in row.values() if type(value) is not str)
    names = sum(map(utf16_length, row)) - len("PartitionKey" + "RowKey")
    return 2 * (names + sum(map(utf16_length, texts))) + others + 4 * len(texts) + 8 * len(row)


def _payload(operations: Sequence[Operation]) -> int:
    """About as many bytes as the body of the transaction has; exactly would need the SDK's own text of it."""
    rows = [operation.row for operation in operations if not isinstance(operation, Delete)]
    longest = sum(len(value) for row in rows for value in row.values() if isinstance(value, str))
    if longest < MAX_PAYLOAD_BYTES // 100:  # far from it, however the texts are written
        return 0
    return sum(len(json.dumps(row, default=str)) + _PART_BYTES for row in rows) + _PART_BYTES * len(operations)
