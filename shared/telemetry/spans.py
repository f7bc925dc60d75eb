"""The app's own spans: one for each step of an export, and one for each call to Graph or storage.

The libraries below would record whole URLs, which name people, containers and files. So they are kept from recording,
and the app's spans have the URL's template instead. No span has the text of an exception, which can quote a response.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import context, metrics, trace
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode

from shared.telemetry.telemetry_names import NO_ANSWER, Dimension, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = "personal_data_export"
_EXPECTED_STATUSES = {404, 409, 412}
"""Not found, conflict, precondition failed: the app asks in order to learn this, so such a response is no error."""
_tracer = trace.get_tracer(_NAME)
_meter = metrics.get_meter(_NAME)
_call_counters = {
    metric: _meter.create_counter(metric, "{call}", "Calls by response status")
    for metric in (Metric.GRAPH_ANSWERS, Metric.STORAGE_ANSWERS)
}


@contextmanager
def span(name: str, attributes: Mapping[str, str | int], kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """Records what happens inside as a span. An exception passes through; the span gets its type, not its text."""
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
    """An HTTP call in progress."""

    def __init__(self, recording: Span) -> None:
        """The call that the span `recording` records."""
        self._span = recording
        self.answer = NO_ANSWER
        """The status of the response, for the counter."""

    def answered(self, status: int) -> None:
        """Records the status of the response."""
        self.answer = str(status)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 400 and status not in _EXPECTED_STATUSES:  # noqa: PLR2004 - HTTP's error statuses start here
            self._span.set_attribute("error.type", self.answer)
            self._span.set_status(StatusCode.ERROR)


@contextmanager
def http_call(metric: Metric, method: str, host: str, template: str) -> Iterator[HttpCall]:
    """Records one HTTP call as a span, and counts it by its response.

    Args:
        metric: the counter.
        method: the HTTP method.
        host: the host that is called.
        template: the path with placeholders instead of ids.
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
    """Keeps the libraries below from recording.

    Some ask whether HTTP is suppressed; the others follow their parent span, so they get one that does not record.
    """
    traced = opened.get_span_context()
    silent = NonRecordingSpan(SpanContext(traced.trace_id, traced.span_id, is_remote=False))
    # As opentelemetry.instrumentation.utils does it, whose import takes a twentieth of a cold start.
    suppressed = context.attach(context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, value=True))
    try:
        with trace.use_span(silent):
            yield
    finally:
        context.detach(suppressed)
