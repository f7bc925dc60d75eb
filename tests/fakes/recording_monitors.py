"""A fake of `Monitors`: it runs none, and records the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class RecordingMonitors:
    """A `Monitors`.

    Attributes:
        started: the ids of the exports whose monitors were started, in order.
        ended: the ids and reasons of those that were ended, in order.
        alive: the ids of the exports whose monitors are alive. A test can change it.
        purged_before: the times before which history was purged.
    """

    def __init__(self) -> None:
        """No monitor was started yet."""
        self.started: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.alive: set[str] = set()
        self.purged_before: list[datetime] = []

    async def start(self, export_id: str) -> None:
        self.started.append(export_id)
        self.alive.add(export_id)

    async def end(self, export_id: str, reason: str) -> None:
        self.ended.append((export_id, reason))
        self.alive.discard(export_id)

    async def is_alive(self, export_id: str) -> bool:
        return export_id in self.alive

    async def purge_history(self, before: datetime) -> None:
        self.purged_before.append(before)
