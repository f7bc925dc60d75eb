"""CSV bodies: the rows of a batch."""

from __future__ import annotations

import csv
import io
from typing import Any

from shared.http.api_errors import ApiError, ApiErrorCode

MEDIA_TYPE = "text/csv"
_REQUIRED_COLUMNS = ("type", "id")
_OPTIONAL_COLUMNS = ("reference", "receivedDateTime", "dueDateTime", "allowDuplicate")
_BOOLEANS = {"true": True, "false": False}


def read_csv_batch(body: bytes) -> list[object]:
    """The rows below the header, with the fields that an item in JSON has, each still to be read.

    An empty cell means that the field is left out.

    Raises:
        ApiError: 400 InvalidCsv.
    """
    try:
        text = body.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = list(reader.fieldnames or ())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise ApiError(ApiErrorCode.INVALID_CSV, "The body is not CSV in UTF-8.", "body") from None
    known = {*_REQUIRED_COLUMNS, *_OPTIONAL_COLUMNS}
    if not set(_REQUIRED_COLUMNS) <= set(columns) <= known or len(columns) != len(set(columns)):
        message = f"The first row names each column once: type and id, and any of {', '.join(_OPTIONAL_COLUMNS)}."
        raise ApiError(ApiErrorCode.INVALID_CSV, message, "header")
    return [_item(row) for row in rows]


def _item(row: dict[Any, Any]) -> dict[str, object]:
    cells = {name: value for name, value in row.items() if value}
    subject = {name: cells.pop(name) for name in _REQUIRED_COLUMNS if name in cells}
    if "allowDuplicate" in cells:
        given = cells["allowDuplicate"]
        cells["allowDuplicate"] = _BOOLEANS.get(given.lower(), given)
    # The reader has a list of the cells beyond the header under None.
    return {"subject": subject} | {str(name or "beyond the header"): value for name, value in cells.items()}
