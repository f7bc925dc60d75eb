"""One export as its caller polls it. No I/O."""

from collections.abc import Mapping
from typing import Any

ENDS = ("Succeeded", "Failed", "Canceled")
DEFAULT_WAIT_SECONDS = 1.0


class PolledExport:
    """The latest answer about an export, and when to poll again. Times are seconds of one monotonic clock."""

    def __init__(self, name: str, export: Mapping[str, Any], headers: Mapping[str, str], now: float) -> None:
        self.name = name
        self._started = now
        self._finished: float | None = None
        self.take(export, headers, now)

    def take(self, export: Mapping[str, Any], headers: Mapping[str, str], now: float) -> None:
        """Take an answer of the app; its `Retry-After` says when to poll again."""
        self.export = export
        self.due = now + float(headers.get("Retry-After", DEFAULT_WAIT_SECONDS))
        if self.ended:
            self._finished = now

    @property
    def id(self) -> str:
        """The export's id."""
        return str(self.export["id"])

    @property
    def status(self) -> str:
        """Its status."""
        return str(self.export["status"])

    @property
    def stage(self) -> str:
        """Its stage."""
        return str(self.export.get("stage") or "")

    @property
    def progress(self) -> str:
        """Its progress in per cent; an empty text if it is unknown."""
        progress = self.export.get("progress")
        return "" if progress is None else f"{progress:.0%}"

    @property
    def container(self) -> str:
        """The name of its container; an empty text before it has one."""
        url = (self.export.get("storage") or {}).get("container") or ""
        return str(url).rstrip("/").rpartition("/")[2]

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in ENDS

    @property
    def succeeded(self) -> bool:
        """Whether it succeeded."""
        return self.status == "Succeeded"

    def is_due(self, now: float) -> bool:
        """Whether to poll again."""
        return not self.ended and now >= self.due

    def seconds_to_poll(self, now: float) -> float:
        """Seconds until the next poll."""
        return 0.0 if self.ended else max(0.0, self.due - now)

    def elapsed(self, now: float) -> float:
        """Seconds since it was accepted, up to its end."""
        return (self._finished or now) - self._started

    def summary(self, now: float) -> str:
        """Return all of it in one line."""
        parts = [self.status, self.stage, self.progress]
        return f"{self.elapsed(now):5.1f} s  {self.name}: {', '.join(part for part in parts if part)}"
