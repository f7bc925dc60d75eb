"""CSV bodies: the rows of a batch."""

from __future__ import annotations

import csv
import io
from typing import Any

from shared.http.api_errors import ApiError

_COLUMNS = ("type", "id", "reference", "receivedDateTime", "dueDateTime", "allowDuplicate")
_YES_NO = {"true": True, "false": False}


def read_csv_items(body: bytes) -> list[dict[str, Any]]:
    """The rows below the header; an empty cell is a field left out."""
    try:
        text = body.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = list(reader.fieldnames or ())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise ApiError(400, "InvalidCsv", "The body is not CSV in UTF-8.", "body") from None
    if not {"type", "id"} <= set(columns) <= set(_COLUMNS) or len(columns) != len(set(columns)):
        message = f"The first row names the columns: type and id, and of {', '.join(_COLUMNS[2:])} what you need."
        raise ApiError(400, "InvalidCsv", message, "header")
    return [_item_from_row(row) for row in rows]


def _item_from_row(row: dict[Any, Any]) -> dict[str, Any]:
    cells = {name: value for name, value in row.items() if value}
    subject = {name: cells.pop(name) for name in ("type", "id") if name in cells}
    if "allowDuplicate" in cells:
        given = cells["allowDuplicate"]
        cells["allowDuplicate"] = _YES_NO.get(given.lower(), given) if isinstance(given, str) else given
    # Cells beyond the header have no name.
    return {"subject": subject} | {str(name or "beyond the header"): value for name, value in cells.items()}
