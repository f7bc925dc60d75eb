"""Runs many seeds on all cores, shows the progress, and reports how often each fault and each check occurred."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.simulation.checks.check import Violation
from tests.simulation.plan import BEGIN
from tests.simulation.simulation import Result, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CHUNK = 5
_SHOWN = 10
"""How many failing seeds are shown; most fail for the same reason."""


@dataclass(slots=True)
class Report:
    """The results of many seeds."""

    seeds: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    failed: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Adds the result of a seed."""
        self.seeds += 1
        self.injected.update(result.injected)
        self.checked.update(result.checked)
        if result.violations:
            self.failed.append(result)


def attempt(seed: int) -> Result:
    """The result of a seed without its timeline. If the simulation itself breaks, that is a violation too."""
    try:
        return replace(simulate(seed), timeline=())
    except Exception:  # noqa: BLE001 - the other seeds go on
        broken = Violation("runs to the end", BEGIN, traceback.format_exc(limit=-4))
        return Result(seed, Counter(), Counter(), (broken,), ())


def run(seeds: Sequence[int]) -> Report:
    """Runs the seeds, and shows failing ones at once, on standard error."""
    report, began, shown = Report(), time.monotonic(), 0.0
    # Fresh processes: a copy of one with threads, as a test run has them, may hang.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for result in pool.map(attempt, seeds, chunksize=_CHUNK):
            report.add(result)
            if len(report.failed) <= _SHOWN:
                _show_failure(result)
            if time.monotonic() - shown > 1 or report.seeds == len(seeds):
                shown = time.monotonic()
                failed = f", {len(report.failed)} failed" if report.failed else ""
                print(f"\r{report.seeds} of {len(seeds)} seeds{failed}, {shown - began:.0f} s", end="", file=sys.stderr)  # noqa: T201 - a command-line tool prints
    print(file=sys.stderr)  # noqa: T201 - a command-line tool prints
    return report


def show(report: Report) -> None:
    """Prints the table of faults and checks."""
    table = Table(title=f"{report.seeds} seeds, {len(report.failed)} failed")
    for column in ("injected", "times", "checked", "times"):
        table.add_column(column, justify="right" if column == "times" else "left")
    for (fault, faults), (check, checks) in _side_by_side(report.injected, report.checked):
        table.add_row(fault, faults, check, checks)
    Console().print(table)


def _show_failure(result: Result) -> None:
    for violation in result.violations[:1]:
        print(f"\rseed {result.seed}: {violation}", file=sys.stderr)  # noqa: T201 - a command-line tool prints
        print(f"  to see its timeline: make simulate SEED={result.seed}", file=sys.stderr)  # noqa: T201 - a command-line tool prints


def _side_by_side(left: Counter[str], right: Counter[str]) -> Iterable[tuple[tuple[str, str], tuple[str, str]]]:
    rows = [[(name, f"{count:,}") for name, count in counter.most_common()] for counter in (left, right)]
    for number in range(max(map(len, rows))):
        first, second = (row[number] if number < len(row) else ("", "") for row in rows)
        yield first, second
