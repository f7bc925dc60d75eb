"""The app's own spans: one for each step of an export, and one for each call to another service.

The libraries below would record whole URLs, which name people, containers and files. So they are kept from recording,
and the app's spans have the URL's template instead. No span has the text of an exception, which can quote a response.

Azure Monitor's exporter makes the name, target and data of a dependency from `url.full`, `url.scheme`, `server.address`
and `server.port`, and its result from the status. It looks at neither the name of an HTTP span nor at `url.template`.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from opentelemetry import context, metrics, trace
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode

from shared.telemetry.telemetry_names import ERROR_TYPE, NO_ANSWER, Dimension, Metric

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_NAME = "personal_data_export"
_LEARNED = frozenset({404, 409, 412})
"""Not found, conflict, precondition failed: the app asks in order to learn this, so such a response is no error."""
_NOT_FAILED = {Metric.GRAPH_ANSWERS: _LEARNED, Metric.STORAGE_ANSWERS: _LEARNED}
_READS = {"GET", "HEAD"}
_PORTS = {"http": 80, "https": 443}
_QUIET = context.create_key("quiet-reads")
_tracer = trace.get_tracer(_NAME)
_meter = metrics.get_meter(_NAME)
_call_counters = {
    metric: _meter.create_counter(metric, "{call}", "Calls by response status")
    for metric in (Metric.GRAPH_ANSWERS, Metric.STORAGE_ANSWERS, Metric.CALLBACK_ANSWERS)
}


@contextmanager
def span(name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
    """Records what happens inside as a span. An exception passes through; the span gets its type, not its text."""
    present = context.get_current()  # see `_start`
    with _tracer.start_as_current_span(
        name, present, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            _mark_failed(opened, type(error).__qualname__)
            raise


@contextmanager
def quiet_reads() -> Iterator[None]:
    """Leaves no span of a read inside that succeeds: for looks that mostly find nothing. All calls are counted."""
    quiet = context.attach(context.set_value(_QUIET, value=True))
    try:
        yield
    finally:
        context.detach(quiet)


class HttpCall:
    """An HTTP call in progress, and what came of it."""

    def __init__(self, not_failed: Collection[int]) -> None:
        """A call without a response yet; `not_failed` are the error statuses that the app expects."""
        self._not_failed = not_failed
        self.status: int | None = None
        """The status of the response."""
        self.error_type: str | None = None
        """The type of the exception in place of a response."""

    def answered(self, status: int) -> None:
        """Notes the status of the response."""
        self.status = status

    @property
    def failed(self) -> bool:
        """Whether there is no response, or an error that the app does not expect."""
        # HTTP's error statuses start at 400.
        return self.status is None or (self.status >= 400 and self.status not in self._not_failed)  # noqa: PLR2004


@contextmanager
def http_call(metric: Metric, method: str, url: str, template: str) -> Iterator[HttpCall]:
    """Records one HTTP call as a span, and counts it by its response.

    Args:
        metric: the counter.
        method: the HTTP method.
        url: a URL of the service that is called. Nothing of it is recorded but its scheme, host and port.
        template: the path with placeholders instead of ids, which is recorded in place of the URL's own.
    """
    name, call, begun = f"{method} {template}", HttpCall(_NOT_FAILED.get(metric, ())), time.time_ns()
    attributes = {"http.request.method": method, "url.template": template, **_address(url, template)}
    is_quiet = method in _READS and bool(context.get_value(_QUIET))
    recording = None if is_quiet else _start(name, attributes, begun)
    try:
        with _suppress_library_spans(recording or trace.get_current_span()):
            yield call
    except BaseException as error:
        call.error_type = type(error).__qualname__
        raise
    finally:
        if recording is None and call.failed:
            recording = _start(name, attributes, begun)
        if recording is not None:
            _end(recording, call)
        answer = NO_ANSWER if call.status is None else str(call.status)
        _call_counters[metric].add(1, {Dimension.CALL: name, Dimension.ANSWER: answer})


def _address(url: str, template: str) -> dict[str, str | int]:
    """Where a call goes. The port of an unknown scheme is 0, and the exporter then names it with the host."""
    parts = urlsplit(url)
    host, default = parts.hostname or "", _PORTS.get(parts.scheme, 0)
    port = parts.port or default
    authority = f"[{host}]" if ":" in host else host
    if port != default:
        authority = f"{authority}:{port}"
    return {
        "url.scheme": parts.scheme,
        "url.full": f"{parts.scheme}://{authority}{template}",
        "server.address": host,
        "server.port": port,
    }


def _start(name: str, attributes: Mapping[str, str | int], begun: int) -> Span:
    # Azure Monitor's sampler sees the span around this one only in a context that is passed to it. Then the calls of a
    # step that it sampled are kept, and those of a step that it left out are left out.
    present = context.get_current()
    return _tracer.start_span(name, present, SpanKind.CLIENT, attributes, start_time=begun)


def _end(recording: Span, call: HttpCall) -> None:
    if call.status is not None:
        recording.set_attribute("http.response.status_code", call.status)
    if call.failed:
        _mark_failed(recording, call.error_type or str(call.status))
    recording.end()


def _mark_failed(recording: Span, error_type: str) -> None:
    recording.set_attribute("error.type", error_type)
    recording.set_attribute(ERROR_TYPE, error_type)
    recording.set_status(StatusCode.ERROR)


@contextmanager
def _suppress_library_spans(parent: Span) -> Iterator[None]:
    """Keeps the libraries below from recording.

    Some ask whether HTTP is suppressed; the others follow their parent span, so they get one that does not record.
    """
    traced = parent.get_span_context()
    silent = NonRecordingSpan(SpanContext(traced.trace_id, traced.span_id, is_remote=False))
    # As opentelemetry.instrumentation.utils does it, whose import takes a twentieth of a cold start.
    suppressed = context.attach(context.set_value(_SUPPRESS_HTTP_INSTRUMENTATION_KEY, value=True))
    try:
        with trace.use_span(silent):
            yield
    finally:
        context.detach(suppressed)
