"""What was asked of this Graph and what it answered, for tests to look at. A SAS is never in it."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_LENGTH = 10_000


@dataclass(frozen=True)
class Entry:
    """One request; `status` is None where the connection was closed without an answer."""

    method: str
    path: str
    status: int | None
    time: datetime
    sas: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The entry as `/_local/requests` gives it; `sas` is there for submits only."""
        entry = {"method": self.method, "path": self.path, "status": self.status, "time": self.time.isoformat()}
        return entry | ({"sas": self.sas} if self.sas is not None else {})


class Journal:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_LENGTH)

    def add(self, entry: Entry) -> None:
        """Writes one down."""
        self._entries.append(entry)

    def as_json(self) -> list[dict[str, Any]]:
        """All of them."""
        return [entry.as_json() for entry in self._entries]
