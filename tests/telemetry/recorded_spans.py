"""Spans as the OpenTelemetry SDK records them."""

from collections.abc import Mapping
from typing import Any

import pytest
from azure.monitor.opentelemetry.exporter.export.trace._exporter import _convert_span_to_envelope
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import spans


class RecordedSpans:
    """A tracer in place of the product's, and the spans that it recorded."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self._provider.get_tracer("test")
        patch.setattr(spans, "_tracer", self.tracer)

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended, in that order."""
        return self._exporter.get_finished_spans()

    @property
    def only(self) -> ReadableSpan:
        """The one span that there is."""
        (only,) = self.all
        return only

    @property
    def attributes(self) -> Mapping[str, object]:
        """The attributes of the one span that there is."""
        return dict(self.only.attributes or {})

    @property
    def dependency(self) -> dict[str, Any]:
        """The one span that there is, as Azure Monitor's exporter sends it: with the fields of a dependency."""
        return dict(_convert_span_to_envelope(self.only).as_dict()["data"]["baseData"])

    def close(self) -> None:
        self._provider.shutdown()
