"""Counts the telemetry of a whole export and of an idle month as Azure Monitor gets it, and computes its price."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench import cost, prices
from bench.table import Row
from local.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.table import Say

DAYS, FILES = 30, 20
ITEMS_A_STEP, BYTES_A_STEP = 7, 6000
"""The most of the app's own that a step is to send."""
COUNTERS = "AppPerformanceCounters"
"""What the distribution sends of the process at each export of metrics, whatever the app does."""
METRICS_MINUTES = 5
"""How often metrics are sent: OTEL_METRIC_EXPORT_INTERVAL in infra/modules/app-settings.bicep."""
EXTENSION_ITEMS, EXTENSION_BYTES = 3, 2400
"""What the Durable extension sends of each step, unsampled. Measured on Microsoft's host, as is the next one."""
HOST_BYTES = 600
"""What the host sends of each call: its requests."""


@dataclass(frozen=True, slots=True)
class Table:
    """What arrived in a table."""

    items: int
    size: int
    """In bytes, as uncompressed JSON."""
    names: Mapping[str, int]
    """How many items there are of each name."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What arrived, by table, without the counters of the process."""

    steps: int
    export: Mapping[str, Table]
    """From the request to the erasure."""
    idle_round: Mapping[str, Table]
    """A round of the reconciler that finds nothing to do."""
    counters: Table
    """The counters of the process at one export of metrics."""


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    say(f"the telemetry of an export of {DAYS} days, as it arrives")
    return _rows(count(timedelta(days=DAYS)))


def count(takes: timedelta) -> Telemetry:
    """Counts in a fresh process, with an export whose operation takes that long."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [folder, str(int(takes.total_seconds())), str(FILES)]
        command = [sys.executable, "-m", "bench.telemetry_probe", *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The export with telemetry failed:\n{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    export, idle_round = _tables(found["export"]), _tables(found["round"])
    del export[COUNTERS]
    return Telemetry(found["steps"], export, idle_round, idle_round.pop(COUNTERS))


def _tables(found: Mapping[str, Any]) -> dict[str, Table]:
    return {name: Table(**fields) for name, fields in found.items()}


def dollars(size: float) -> float:
    """The price of that many bytes."""
    return size / 1e9 * prices.TELEMETRY_GB.dollars


def size_of(tables: Mapping[str, Table]) -> int:
    """The bytes of these tables."""
    return sum(table.size for table in tables.values())


def _rows(counted: Telemetry) -> list[Row]:
    steps, items = counted.steps, sum(table.items for table in counted.export.values())
    size = size_of(counted.export)
    tables = ", ".join(
        f"{table.items} in {name} ({table.size / 1e3:.0f} kB)" for name, table in sorted(counted.export.items())
    )
    extension, host = steps * EXTENSION_BYTES, steps * HOST_BYTES
    whole = size + extension + host
    rounds = cost.MINUTES_A_MONTH / 5 * (size_of(counted.idle_round) + HOST_BYTES)
    counters = cost.MINUTES_A_MONTH / METRICS_MINUTES * counted.counters.size
    return [
        Row(
            what=f"telemetry of a {DAYS}-day export with {FILES} files, {steps} steps: what the app sends",
            ours=f"{items:,} items, {size / 1e6:.2f} MB: {tables}",
            reach=f"at most {ITEMS_A_STEP} items and {BYTES_A_STEP / 1e3:.0f} kB a step",
            met=items <= ITEMS_A_STEP * steps and size <= BYTES_A_STEP * steps,
        ),
        Row(
            what="the same with what the host and the Durable extension send, at list prices",
            ours=f"${dollars(whole):.4f} for {whole / 1e6:.2f} MB: the app {size / 1e6:.2f}, "
            f"the extension {extension / 1e6:.2f} ({EXTENSION_ITEMS * steps} items), the host {host / 1e6:.2f}",
        ),
        Row(
            what="telemetry of a month in which nothing is asked for, at list prices",
            ours=f"${dollars(rounds + counters):.2f} for {(rounds + counters) / 1e6:.0f} MB: rounds of the reconciler "
            f"{rounds / 1e6:.0f}, counters of the process {counters / 1e6:.0f}",
        ),
    ]
