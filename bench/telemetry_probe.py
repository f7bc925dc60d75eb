"""Runs in a fresh process: an export with the telemetry of a deployment on, and prints what arrived as a line of JSON.

`python -m bench.telemetry_probe FOLDER SECONDS FILES` lets the operation take so long and bring so many files. Azure
Monitor's distribution sets up telemetry for a whole process, as the platform's worker calls it; what it sends goes to
the stand-in for the ingestion.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections import Counter, defaultdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from azure.monitor.opentelemetry import configure_azure_monitor
from opentelemetry import context, metrics, trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from bench.graph_over_http import graph_over_http, serving
from bench.product import product_on
from bench.times import BEGIN
from local.checkout import ROOT
from local.monitor.monitor_app import create_app
from local.monitor.telemetry_tables import table_of
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.workflow.reconciler import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEMPLATE = ROOT / "infra" / "modules" / "app-settings.bicep"
_SETTING = re.compile(
    r"^  (OTEL_\w+|APPLICATIONINSIGHTS_\w+_DISABLED\w*|PYTHON_APPLICATIONINSIGHTS_\w+): '(.+)'$", re.MULTILINE
)
_OF_THE_MEASUREMENT = {
    # Steps are minutes apart, so none of their spans is left out.
    "OTEL_TRACES_SAMPLER": "always_on",
    # Metrics go out after each step, and at no other time.
    "OTEL_METRIC_EXPORT_INTERVAL": "86400000",
}
_PARENT = SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, is_remote=True, trace_flags=TraceFlags(1))
"""The host's span of a call, which the worker hands to the app."""


def main() -> None:
    """Runs the export that the command line asks for."""
    folder, takes, files = Path(sys.argv[1]), timedelta(seconds=int(sys.argv[2])), int(sys.argv[3])
    with Family(folder) as family:
        azurite = Azurite(folder, family).start()
        print(json.dumps(asyncio.run(_record(azurite, folder, takes, files))))


async def _record(azurite: Azurite, folder: Path, takes: timedelta, files: int) -> dict[str, Any]:
    async with serving(create_app(folder)) as monitor:
        _configure(monitor)
        arrived = _Arrived(folder / "envelopes.jsonl")
        reach = partial(graph_over_http, folder=folder)
        async with product_on(azurite, reach) as product:
            await arrived.flush()
            arrived.take()
            context.attach(trace.set_span_in_context(NonRecordingSpan(_PARENT)))
            life = await product.live(takes, files=files, between=arrived.flush)
            export = arrived.take()
            product.clock.now = BEGIN  # nothing is due
            await reconcile(product.services, product.monitors)  # the first one looks whether the index is whole
            await arrived.flush()
            arrived.take()
            await reconcile(product.services, product.monitors)
            await arrived.flush()
            idle_round = arrived.take()
            await arrived.stop()
            return {"steps": len(life.steps), "export": _by_table(export), "round": _by_table(idle_round)}


def _configure(monitor: str) -> None:
    """Sets up telemetry as the platform's worker does with the settings of a deployment."""
    settings = dict(_SETTING.findall(_TEMPLATE.read_text(encoding="utf-8"))) | _OF_THE_MEASUREMENT
    os.environ |= settings
    configure_azure_monitor(
        connection_string=f"InstrumentationKey={uuid4()};IngestionEndpoint={monitor};LiveEndpoint={monitor}",
        logger_name=settings["PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME"],
    )


class _Arrived:
    """What arrived at the ingestion."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken = 0

    async def flush(self) -> None:
        """Sends what waits to be sent: between two steps there is time for that."""
        await self._each("force_flush")

    async def stop(self) -> None:
        """Sends nothing more, not even at the end of the process, when nobody is there to take it."""
        await self._each("shutdown")

    async def _each(self, method: str) -> None:
        providers = (trace.get_tracer_provider(), get_logger_provider(), metrics.get_meter_provider())
        await asyncio.gather(*(asyncio.to_thread(getattr(each, method)) for each in providers))

    def take(self) -> list[dict[str, Any]]:
        """The items since the last call of this method."""
        lines = self._path.read_text(encoding="utf-8").splitlines()
        new, self._taken = lines[self._taken :], len(lines)
        return [json.loads(line) for line in new]


def _by_table(items: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The items, their bytes, and how many there are of each name, by table."""
    found: dict[str, dict[str, Any]] = defaultdict(lambda: {"items": 0, "size": 0, "names": Counter()})
    for item in items:
        content = item["data"]["baseData"]
        name = content["metrics"][0]["name"] if "metrics" in content else content.get("name") or content.get("message")
        table = found[table_of(item)]
        table["items"] += 1
        table["size"] += len(json.dumps(item, separators=(",", ":")))
        table["names"][name] += 1
    return found


if __name__ == "__main__":
    main()
