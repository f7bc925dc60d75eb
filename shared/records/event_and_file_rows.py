"""Events and manifest lines as rows beside their export, and back (columns: docs/outcomes.md)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.exports.bounded_text import compact_json
from shared.exports.export import Event, Export, File
from shared.exports.states_and_codes import EventType
from shared.protocols import Int64
from shared.records.column_reader import ColumnError, reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.protocols import Row

EVENT_KEYS = ("event-", "event.")
"""The row keys of events: from the first up to, not including, the second."""
FILE_KEYS = ("file-", "filename.")
"""The row keys of all that has names of files, likewise: manifest lines of all attempts, and `file_names`."""
_EVENTS_WITH_SIX_DIGITS = 10**6
_FILE_KEY = "file-{:03d}-{:08d}"


def to_event_rows(export: Export) -> list[Row]:
    """The rows of the events that are not stored yet."""
    return [_event_row(export.id, event) for event in export.unsaved]


def event_from_row(row: Row) -> Event:
    """The event that a row holds.

    Raises:
        UnreadableRowError: it holds none that this version can read.
    """
    with reading(row) as columns:
        detail = json.loads(columns.need("detail", str))
        if not isinstance(detail, dict) or not all(type(value) in {str, int} for value in detail.values()):
            raise ColumnError("detail is no object of texts and numbers")
        return Event(
            columns.choice("eventType", EventType),
            columns.need("eventDateTime", datetime),
            columns.need("actor", str),
            detail,
            number=_event_number(columns.need("RowKey", str)),
            previous_sha256=columns.find("previousSha256", str),
            sha256=columns.find("sha256", str),
        )


def event_key_range(first: int, end: int | None) -> tuple[str, str]:
    """The row keys of events: from the number `first` up to, not including, `end`; None for the end of the trail."""
    return _event_key(first), EVENT_KEYS[1] if end is None else _event_key(end)


def names_file(row: Row) -> bool:
    """Whether the row is an event that has the name of a file, as version 1.0.0 recorded links."""
    return row.get("eventType") == EventType.LINK_CREATED and isinstance(_detail(row).get("file"), str)


def without_file_name(row: Row, lines: Mapping[str, tuple[int, File]]) -> Row:
    """The same event with the number and the hash of its file in place of the name, as links are recorded now.

    Args:
        row: a row that `names_file`.
        lines: the number and the file of each name that the manifest has; an event of another name has neither.
    """
    detail = _detail(row)
    number, file = lines.get(str(detail.pop("file")), (None, None))
    line = {} if file is None else {"number": number, "sha256": file.sha256}
    kept = {name: value for name, value in line.items() if value is not None}
    return {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"], "detail": compact_json(kept | detail)}


def _detail(row: Row) -> dict[str, Any]:
    """The details of an event; none where they can't be read."""
    try:
        detail = json.loads(str(row.get("detail")))
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def to_file_rows(export: Export, files: Sequence[File]) -> list[Row]:
    """The rows of the newest lines of the present attempt's manifest, which `export.files` counts already."""
    first = export.files.count - len(files) + 1 if export.files else 1
    return [file_row(export, number, file) for number, file in enumerate(files, first)]


def file_key_range(export: Export, first: int = 1, end: int | None = None) -> tuple[str, str]:
    """The row keys of lines of the present attempt's manifest: from the first up to, not including, the second.

    Args:
        export: the export.
        first: the number of the first line.
        end: the number of the line after the last one; None for the end of the manifest.
    """
    attempt = len(export.attempts)
    last = _FILE_KEY.format(attempt + 1, 0) if end is None else _FILE_KEY.format(attempt, end)
    return _FILE_KEY.format(attempt, first), last


def file_row(export: Export, number: int, file: File) -> Row:
    """The row of a line of the present attempt's manifest, which has this number."""
    row = {
        "PartitionKey": export.id,
        "RowKey": _FILE_KEY.format(len(export.attempts), number),
        "fileName": file.name,
        "fileSize": Int64(file.size),
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": file.modified_at,
        "crc32": None if file.crc32 is None else Int64(file.crc32),
    }
    return {name: value for name, value in row.items() if value is not None}


def file_from_row(row: Row) -> File:
    """The line of the manifest that a row holds.

    Raises:
        UnreadableRowError: it holds none that this version can read.
    """
    with reading(row) as columns:
        return File(
            name=columns.need("fileName", str),
            size=columns.need("fileSize", int),
            md5=columns.find("md5", str),
            sha256=columns.find("sha256", str),
            modified_at=columns.need("lastModifiedDateTime", datetime),
            crc32=columns.find("crc32", int),
        )


def _event_key(number: int) -> str:
    """Six digits, and behind them all, where the number has more: keys are sorted as text."""
    return f"event-{number:06d}" if number < _EVENTS_WITH_SIX_DIGITS else f"event-a{number:08d}"


def _event_number(key: str) -> int:
    return int(key.removeprefix("event-").removeprefix("a"))


def _event_row(export_id: str, event: Event) -> Row:
    row = {
        "PartitionKey": export_id,
        "RowKey": _event_key(event.number),
        "eventType": event.type,
        "eventDateTime": event.at,
        "actor": event.actor,
        "detail": compact_json(event.detail),
        "previousSha256": event.previous_sha256,
        "sha256": event.sha256,
    }
    return {name: value for name, value in row.items() if value is not None}
