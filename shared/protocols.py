"""Values that cross the boundary between the app and storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as the container lists it; its size is in bytes."""

    name: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class FilePage:
    """Some files of a container, and where its listing goes on: None where it has ended."""

    files: tuple[ListedFile, ...]
    marker: str | None


@dataclass(frozen=True, slots=True)
class FoundContainer:
    """A container that was made for an export."""

    export_id: str
    url: str
    modified_at: datetime


Row = dict[str, Any]
"""A row as the tables SDK takes and gives it."""
