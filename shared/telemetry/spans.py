"""Spans of the app's own: a step of an export, and a call of Graph or storage.

The libraries below record whole URLs, which name persons, containers and files, so they are kept from recording: ours
have the URL's template. No span has an exception's text either, because it can quote an answer.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode

from shared.telemetry.telemetry_names import NO_ANSWER, Dimension, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = "personal_data_export"
_EXPECTED_STATUSES = {404, 409, 412}
"""Answers by which storage and Graph say what is so; asking is how the app finds out."""
_tracer = trace.get_tracer(_NAME)
_meter = metrics.get_meter(_NAME)
_call_counters = {
    metric: _meter.create_counter(metric, "{call}", "Calls by what was answered")
    for metric in (Metric.GRAPH_ANSWERS, Metric.STORAGE_ANSWERS)
}


@contextmanager
def span(name: str, attributes: Mapping[str, str | int], kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A span around what happens inside. An exception passes, and leaves the span its type."""
    with _tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            opened.set_attribute("error.type", type(error).__qualname__)
            opened.set_status(StatusCode.ERROR)
            raise


class HttpCall:
    """A call under way."""

    def __init__(self, recording: Span) -> None:
        """The call that `recording` is the span of."""
        self._span = recording
        self.answer = NO_ANSWER

    def answered(self, status: int) -> None:
        """Notes the answer's status."""
        self.answer = str(status)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 400 and status not in _EXPECTED_STATUSES:  # noqa: PLR2004 - where the errors of HTTP begin
            self._span.set_attribute("error.type", self.answer)
            self._span.set_status(StatusCode.ERROR)


@contextmanager
def http_call(metric: Metric, method: str, host: str, template: str) -> Iterator[HttpCall]:
    """A span around one HTTP call, counted with its answer.

    Args:
        metric: what it is counted in.
        method: of HTTP.
        host: that is called.
        template: the path with names in place of ids.
    """
    name = f"{method} {template}"
    attributes = {"http.request.method": method, "server.address": host, "url.template": template}
    with span(name, attributes, SpanKind.CLIENT) as opened:
        call = HttpCall(opened)
        try:
            with _suppress_library_spans(opened):
                yield call
        finally:
            _call_counters[metric].add(1, {Dimension.CALL: name, Dimension.ANSWER: call.answer})


@contextmanager
def _suppress_library_spans(opened: Span) -> Iterator[None]:
    """Keeps the libraries below from recording: those that ask, and those that only follow their parent."""
    context = opened.get_span_context()
    silent = NonRecordingSpan(SpanContext(context.trace_id, context.span_id, is_remote=False))
    with suppress_http_instrumentation(), trace.use_span(silent):
        yield
