"""Spans as the OpenTelemetry SDK records them."""

from collections.abc import Mapping

import pytest
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

    def close(self) -> None:
        self._provider.shutdown()
