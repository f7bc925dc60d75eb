"""Telemetry like that of the platform's host and its Python worker: spans, logs and metrics, as JSON lines in files.

Without the switch nothing is recorded, but the caller's trace is still passed on.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from azure.core.settings import settings as azure_settings
from azure.core.tracing.ext.opentelemetry_span import OpenTelemetrySpan
from opentelemetry import context, metrics, trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    ConsoleMetricExporter,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SWITCH = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"

_METRICS_INTERVAL_MILLISECONDS = 1000
_NO_RESOURCE = Resource.get_empty()
"""A resource would repeat the same about this process in every line."""

_tracer = trace.get_tracer("local.host")
_propagator = TraceContextTextMapPropagator()


@dataclass(frozen=True)
class Trace:
    """The trace context that something belongs to, as W3C headers write it."""

    trace_parent: str = ""
    trace_state: str = ""


class Telemetry:
    """Records what this process does, if the environment has the switch on."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._providers: list[TracerProvider | LoggerProvider | MeterProvider] = []
        if environment.get(SWITCH, "").lower() == "true":
            folder.mkdir(parents=True, exist_ok=True)
            self._providers = [_spans(folder), _logs(folder), _metrics(folder)]
            _instrument_libraries()

    def stop(self) -> None:
        """Write what is still buffered."""
        for provider in self._providers:
            provider.shutdown()


def _spans(folder: Path) -> TracerProvider:
    provider = TracerProvider(resource=_NO_RESOURCE, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=_file(folder, "spans"), formatter=_line)))
    trace.set_tracer_provider(provider)
    return provider


def _logs(folder: Path) -> LoggerProvider:
    provider = LoggerProvider(resource=_NO_RESOURCE, shutdown_on_exit=False)
    exporter = ConsoleLogRecordExporter(out=_file(folder, "logs"), formatter=_line)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    set_logger_provider(provider)
    logging.getLogger().addHandler(LoggingHandler(logger_provider=provider))
    return provider


def _metrics(folder: Path) -> MeterProvider:
    delta: dict[type, AggregationTemporality] = {}
    delta |= dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA)  # as Azure Monitor wants them
    exporter = ConsoleMetricExporter(_file(folder, "metrics"), _line, preferred_temporality=delta)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=_METRICS_INTERVAL_MILLISECONDS)
    provider = MeterProvider([reader], resource=_NO_RESOURCE, shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    return provider


def _instrument_libraries() -> None:
    """Make the libraries record their calls, whole URLs included, as Azure Monitor's distribution does."""
    HTTPXClientInstrumentor().instrument()
    azure_settings.tracing_implementation = OpenTelemetrySpan


def _file(folder: Path, name: str) -> TextIO:
    return (folder / f"{name}.jsonl").open("a", encoding="utf-8")


def _line(recorded: ReadableSpan | ReadableLogRecord | MetricsData) -> str:
    return recorded.to_json(indent=None) + "\n"


@contextmanager
def span(
    name: str, parent: Trace, kind: SpanKind = SpanKind.INTERNAL, attributes: Mapping[str, str] | None = None
) -> Iterator[Span]:
    """A span of the host around what happens inside."""
    with _tracer.start_as_current_span(name, _context(parent), kind, attributes) as opened:
        yield opened


def trace_of_headers(headers: Mapping[str, str]) -> Trace:
    """The trace context in a request's headers."""
    return Trace(headers.get("traceparent", ""), headers.get("tracestate", ""))


def current_trace() -> Trace:
    """The trace context of the current span, to pass on."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return Trace(carrier.get("traceparent", ""), carrier.get("tracestate", ""))


def _context(parent: Trace) -> context.Context:
    """A context with the parent alone, without anything of the current one."""
    carrier = {"traceparent": parent.trace_parent, "tracestate": parent.trace_state}
    return _propagator.extract(carrier, context.Context())
