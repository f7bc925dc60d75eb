"""Telemetry as the platform's Python worker sets it up: Azure Monitor's distribution, and spans of the host itself.

Without the switch nothing is recorded, but the caller's trace is still passed on.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context, trace
from opentelemetry._logs import get_logger_provider
from opentelemetry.metrics import get_meter_provider
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SWITCH = "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"
CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
LOGGER_NAME = "PYTHON_APPLICATIONINSIGHTS_LOGGER_NAME"

logger = logging.getLogger(__name__)

_tracer = trace.get_tracer("local.host")
_propagator = TraceContextTextMapPropagator()


@dataclass(frozen=True)
class Trace:
    """The trace context that something belongs to, as W3C headers write it."""

    trace_parent: str = ""
    trace_state: str = ""


class Telemetry:
    """Sends what this process does to Azure Monitor, if the environment has the switch on.

    The worker makes the same call, and the distribution reads its other settings from the process's environment.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._on = environment.get(SWITCH, "").lower() == "true"
        if self._on and not environment.get(CONNECTION):
            logger.error("%s is not set, so no telemetry is sent", CONNECTION)
            self._on = False
        if self._on:
            # Only with the switch on, as in the worker: it takes half a second.
            from azure.monitor.opentelemetry import configure_azure_monitor  # noqa: PLC0415

            os.environ.setdefault("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "azure_functions")
            configure_azure_monitor(
                connection_string=environment[CONNECTION], logger_name=environment.get(LOGGER_NAME, "")
            )

    def stop(self) -> None:
        """Send what is still buffered."""
        if self._on:
            for provider in (trace.get_tracer_provider(), get_logger_provider(), get_meter_provider()):
                provider.shutdown()  # type: ignore[union-attr]  # those of the SDK have it, those of the API don't


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
