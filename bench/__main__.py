"""`python -m bench`: measures everything, shows the progress, prints the table and writes it to docs/performance.md."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.table import markdown, plain
from local.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.table import Row

DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
MODULES = (
    "calls",
    "changes",
    "telemetry",
    "ages",
    "listing",
    "queueing",
    "growth",
    "tenant",
    "maintenance",
    "package",
    "handover_zip",
    "hashing",
    "console",
    "load",
    "start",
)
"""Each has a function `measure`. Those that measure times come last."""


def main() -> None:
    """Runs what the command line asks for. A goal that was missed is shown in the table; it is not an error."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    help_text = f"only these of {', '.join(MODULES)}; the document stays as it is"
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], help=help_text)
    asked = parser.parse_args().modules
    began = time.monotonic()
    rows = [row for name in asked or MODULES for row in _measured(name, began)]
    print(f"\n{plain(rows)}")
    if not asked:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), rows), encoding="utf-8")
        print(f"\nWritten to {DOCUMENT.relative_to(ROOT)}.")


def written(document: str, rows: Sequence[Row]) -> str:
    """The document with these rows in place of its own."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {platform.system()}"
    line = f"Measured on {datetime.now(UTC):%Y-%m-%d} with `make bench`: {machine}."
    return f"{before}{BEGIN}{line}\n\n{markdown(rows)}{END}{after}"


def _measured(name: str, began: float) -> list[Row]:
    def say(line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        print(f"{minutes:2d}:{seconds:02d}  {name}: {line}", flush=True)

    rows: list[Row] = importlib.import_module(f"bench.{name}").measure(say)
    return rows


if __name__ == "__main__":
    main()
