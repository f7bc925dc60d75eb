"""CSV bodies: the rows of a batch, as programs and spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import SubjectType
from shared.http.api_errors import ApiError, ApiErrorCode

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA_TYPE = "text/csv"
MAX_CSV_ROWS = 10_000
"""How many rows a body has at most, those without a value too."""
_REQUIRED_COLUMNS = ("type", "id")
_OPTIONAL_COLUMNS = ("reference", "receivedDateTime", "dueDateTime", "allowDuplicate")
_COLUMNS = {name.lower(): name for name in (*_REQUIRED_COLUMNS, *_OPTIONAL_COLUMNS)}
_TYPES = {name.lower(): name.value for name in SubjectType}
_BOOLEANS = {"true": True, "false": False}
_SEPARATORS = (",", ";", "\t")
"""A spreadsheet takes the semicolon where the comma is the decimal sign, and the tab for "text"."""
_SEPARATOR_ROW = re.compile("sep=.?", re.IGNORECASE)
"""A first row that tells Excel the separator. The header shows it anyway."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of Excel begin: .xlsx, a zip, and .xls."""
_TAKES_HEADER = (
    f"The first row has to name the columns: {' and '.join(_REQUIRED_COLUMNS)}, and any of "
    f"{', '.join(_OPTIONAL_COLUMNS)}, separated by commas, semicolons or tabs"
)


class _UnreadableRowError(ApiError):
    """A row is not CSV."""

    def __init__(self, number: int) -> None:
        message = (
            f"Row {number} can't be read. Put a cell that has a separator, a quotation mark or a line break into "
            "quotation marks, and write a quotation mark in it twice."
        )
        super().__init__(ApiErrorCode.INVALID_CSV, message, "body")


@dataclass(frozen=True)
class _Table:
    """A table whose header has been read."""

    columns: dict[int, str]
    """The names of the columns that have one, by their place."""
    rows: Iterator[list[str]]
    """The rows below the header that have a value."""


def read_csv_batch(body: bytes, most: int) -> list[object]:
    """The first rows below the header, with the fields that an item in JSON has, each still to be read.

    A row without a value is none, and an empty cell means that the field is left out.

    Args:
        body: text in UTF-8, with or without a byte order mark.
        most: how many rows to read at most. The rest costs nothing.

    Raises:
        ApiError: 400 InvalidCsv, BatchTooLarge.
    """
    table = _table(_text(body))
    return [_item(row, table.columns) for row in islice(table.rows, most)]


def _text(body: bytes) -> str:
    if body.startswith(_WORKBOOKS):
        message = "The body is an Excel workbook. Save it as CSV UTF-8 and send that."
        raise ApiError(ApiErrorCode.INVALID_CSV, message, "body")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16 has zeros, and no CSV has
        message = "The body is not text in UTF-8. In Excel, save it as CSV UTF-8."
        raise ApiError(ApiErrorCode.INVALID_CSV, message, "body")
    return text


def _table(text: str) -> _Table:
    """The table, with the separator for which its header has the columns."""
    for separator in _SEPARATORS:
        rows = _rows(text, separator)
        try:
            names = {place: cell.lower() for place, cell in enumerate(next(rows, [])) if cell}
        except _UnreadableRowError:
            continue
        if set(_REQUIRED_COLUMNS) <= set(names.values()):
            return _Table(_columns(names), rows)
    raise ApiError(ApiErrorCode.INVALID_CSV, f"{_TAKES_HEADER}.", "header")


def _columns(names: dict[int, str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for place, name in names.items():
        column = _COLUMNS.get(name)
        if column is None:
            message = f"{_TAKES_HEADER}. Column {place + 1} is none of them."
            raise ApiError(ApiErrorCode.INVALID_CSV, message, "header")
        if column in columns.values():
            message = f"{_TAKES_HEADER}, each once. There are two columns {column}."
            raise ApiError(ApiErrorCode.INVALID_CSV, message, "header")
        columns[place] = column
    return columns


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """The rows that have a value, their cells without blanks around."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    for number in count(1):
        try:
            row = next(reader, None)
        except csv.Error:
            raise _UnreadableRowError(number) from None
        if row is None:
            return
        if number > MAX_CSV_ROWS:
            message = f"The body can have {MAX_CSV_ROWS:,} rows at most, empty ones too. Delete the empty rows."
            raise ApiError(ApiErrorCode.BATCH_TOO_LARGE, message, "body")
        cells = [cell and cell.strip() for cell in row]
        if any(cells) and not (number == 1 and _SEPARATOR_ROW.fullmatch("".join(cells))):
            yield cells


def _item(row: list[str], columns: dict[int, str]) -> dict[str, object]:
    cells: dict[str, object] = {name: row[place] for place, name in columns.items() if place < len(row) and row[place]}
    subject = {name: cells.pop(name) for name in _REQUIRED_COLUMNS if name in cells}
    if "type" in subject:
        subject["type"] = _TYPES.get(str(subject["type"]).lower(), subject["type"])
    if "allowDuplicate" in cells:
        cells["allowDuplicate"] = _BOOLEANS.get(str(cells["allowDuplicate"]).lower(), cells["allowDuplicate"])
    stray = next((place for place, cell in enumerate(row) if cell and place not in columns), None)
    return {"subject": subject, **cells} | ({} if stray is None else {f"column {stray + 1}": row[stray]})
