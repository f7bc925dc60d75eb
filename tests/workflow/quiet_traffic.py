"""What the reads of tables leave as spans: each of them makes a call as the storage clients do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from shared.telemetry.spans import http_call
from shared.telemetry.telemetry_names import Metric
from tests.telemetry.recorded_spans import RecordedSpans

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.fakes.hooked_services import HookedServices

_READS = ("get", "range", "scan")


@dataclass
class Traffic:
    """How many reads there were, and the names of all spans."""

    reads: int = 0
    spans: list[str] = field(default_factory=list)


@contextmanager
def quiet_traffic(fakes: HookedServices, patch: pytest.MonkeyPatch) -> Iterator[Traffic]:
    """Counts the reads inside; its spans are known when it is left."""
    recorded, traffic = RecordedSpans(patch), Traffic()

    async def read() -> None:
        traffic.reads += 1
        with http_call(Metric.STORAGE_ANSWERS, "GET", "https://records.example", "/Table") as call:
            call.answered(200)

    fakes.hooks.before |= {f"{table}.{call}": read for table in TableName for call in _READS}
    yield traffic
    traffic.spans = [span.name for span in recorded.all]
    recorded.close()
