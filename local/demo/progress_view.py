"""Shows exports while they run: as a live table on a terminal, else as a line for each change."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.demo.polled_export import PolledExport

COLOURS = {"Succeeded": "green", "Failed": "red", "Canceled": "yellow"}


class View(Protocol):
    """A display of some exports."""

    def update(self) -> None:
        """Show their state now."""


@contextmanager
def view_of(exports: Sequence[PolledExport]) -> Iterator[View]:
    """Show exports in a way that suits stdout."""
    console = Console()
    # rich would go by environment variables; a log must not fill with control characters.
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        with Live(console=console, auto_refresh=False) as live:
            yield _Table(live, exports)
    else:
        yield _Lines(exports)


class _Table:
    def __init__(self, live: Live, exports: Sequence[PolledExport]) -> None:
        self._live = live
        self._exports = exports
        self.update()

    def update(self) -> None:
        table = Table("Subject", "Status", "Stage", "Progress", "Next poll", "Elapsed")
        now = time.monotonic()
        for export in self._exports:
            poll = "" if export.ended else f"in {export.seconds_to_poll(now):.0f} s"
            status = f"[{COLOURS.get(export.status, 'default')}]{export.status}[/]"
            table.add_row(export.name, status, export.stage, export.progress, poll, f"{export.elapsed(now):.0f} s")
        self._live.update(table, refresh=True)


class _Lines:
    def __init__(self, exports: Sequence[PolledExport]) -> None:
        self._exports = exports
        self._shown: dict[str, tuple[str, str, str]] = {}
        self.update()

    def update(self) -> None:
        for export in self._exports:
            state = (export.status, export.stage, export.progress)
            if self._shown.get(export.id) != state:
                self._shown[export.id] = state
                print(export.summary(time.monotonic()), flush=True)
