"""The app's telemetry as it arrives in Azure Monitor, with the times of a clock that tests move.

It is set up as the Functions worker does it, with the exporter that the app is deployed with.
"""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from azure.monitor.opentelemetry import configure_azure_monitor
from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.instrumentation.logging.handler import LoggingHandler

from tests.quiet_exporters import QUIET

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    Envelope = dict[str, Any]

LOGGER = "shared"
"""The deployment's `PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME`."""
_SETTINGS = {
    **QUIET,
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_METRIC_EXPORT_INTERVAL": "3600000",  # they are sent when asked for
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "azure_sdk,requests,urllib,urllib3,httpx,django,fastapi,flask,psycopg2",
}
_BETWEEN_RECORDS = 1e-5
"""In seconds."""
_HAS_OWN_TIME = {"EventData", "MessageData", "ExceptionData"}


class _Flushed(Protocol):
    def force_flush(self, timeout_millis: int = ...) -> bool: ...


class AppTelemetry:
    """Everything that this process sends. There can be only one in a process."""

    def __init__(self, ingestion: str, received: Path) -> None:
        """Turns telemetry on.

        Args:
            ingestion: the URL of the recorder.
            received: the file in which the recorder keeps what it gets.
        """
        os.environ.update(_SETTINGS)
        configure_azure_monitor(
            connection_string=f"InstrumentationKey={uuid4()};IngestionEndpoint={ingestion}",
            logger_name=LOGGER,
            enable_live_metrics=False,
            enable_performance_counters=False,
            disable_offline_storage=True,
        )
        self._received, self._read = received, 0
        self._clock: Callable[[], datetime] | None = None
        self._dated = 0
        (handler,) = (handler for handler in logging.getLogger(LOGGER).handlers if isinstance(handler, LoggingHandler))
        handler.addFilter(self._date)

    def follow(self, clock: Callable[[], datetime]) -> None:
        """Gives what is sent from now on the times of this clock."""
        self._clock = clock

    def arrived(self, at: datetime) -> list[Envelope]:
        """What has arrived since the last call; metrics and spans get that time."""
        for provider in (get_logger_provider(), trace.get_tracer_provider(), metrics.get_meter_provider()):
            assert _flush(provider)
        lines = self._received.read_text("utf-8").splitlines()
        found: list[Envelope] = [json.loads(line) for line in lines[self._read :]]
        self._read = len(lines)
        for envelope in found:
            if envelope["data"]["baseType"] not in _HAS_OWN_TIME:
                envelope["time"] = at.isoformat()
        return found

    def _date(self, record: logging.LogRecord) -> bool:
        if self._clock is not None:
            # The clock stands still while the app works, but no two records are of the same time.
            self._dated += 1
            record.created = self._clock().timestamp() + self._dated % 100_000 * _BETWEEN_RECORDS
        return True


def _flush(provider: Any) -> bool:
    flushed: _Flushed = provider
    return flushed.force_flush()
