"""Events and manifest lines as rows beside their export, and back (columns: docs/outcomes.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shared.exports.export import Event, Export, File
from shared.protocols import Int64
from shared.records.export_rows import compact_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import Row

EVENT_KEYS = ("event-", "event.")
"""The row keys of events: from the first up to, not including, the second."""
FILE_KEYS = ("file-", "file.")
"""The row keys of manifest lines of all attempts, likewise."""
_EVENT_KEY = "event-{:06d}"
_FILE_KEY = "file-{:03d}-{:08d}"


def to_event_rows(export: Export) -> list[Row]:
    """The rows of the events that are not stored yet, numbered on from the stored ones."""
    first = export.event_count - len(export.unsaved) + 1
    return [_event_row(export.id, number, event) for number, event in enumerate(export.unsaved, first)]


def event_from_row(row: Row) -> Event:
    """The event that a row holds."""
    return Event(row["eventType"], row["eventDateTime"], row["actor"], json.loads(row["detail"]))


def to_file_rows(export: Export, files: Sequence[File]) -> list[Row]:
    """The rows of the newest lines of the present attempt's manifest, which `export.files` counts already."""
    first = export.files.count - len(files) + 1 if export.files else 1
    return [_file_row(export, number, file) for number, file in enumerate(files, first)]


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


def _file_row(export: Export, number: int, file: File) -> Row:
    row = {
        "PartitionKey": export.id,
        "RowKey": _FILE_KEY.format(len(export.attempts), number),
        "fileName": file.name,
        "fileSize": Int64(file.size),
        "md5": file.md5,
        "sha256": file.sha256,
        "lastModifiedDateTime": file.modified_at,
    }
    return {name: value for name, value in row.items() if value is not None}


def file_from_row(row: Row) -> File:
    """The line of the manifest that a row holds."""
    return File(
        name=row["fileName"],
        size=row["fileSize"],
        md5=row.get("md5"),
        sha256=row.get("sha256"),
        modified_at=row["lastModifiedDateTime"],
    )


def _event_row(export_id: str, number: int, event: Event) -> Row:
    return {
        "PartitionKey": export_id,
        "RowKey": _EVENT_KEY.format(number),
        "eventType": event.type,
        "eventDateTime": event.at,
        "actor": event.actor,
        "detail": compact_json(event.detail),
    }
