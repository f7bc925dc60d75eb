"""Spans and call counts as the OpenTelemetry SDK records them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from shared.telemetry import spans
from shared.telemetry.spans import http_call, span
from shared.telemetry.telemetry_names import Metric
from tests.telemetry.recorded_metrics import RecordedMetrics

SIGNED_URL = "https://exports.blob.core.windows.net/export-1-1?sig=abc"
TEMPLATE = "/v1.0/users/{id}/exportPersonalData"


@dataclass
class Recorded:
    """What the product recorded in a test."""

    tracer: Tracer
    _exporter: InMemorySpanExporter
    metrics: RecordedMetrics

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        (only,) = self.spans
        return only


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    exporter, provider, metrics = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False), RecordedMetrics()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    monkeypatch.setattr(spans, "_tracer", tracer)
    counters = {metric: metrics.meter.create_counter(metric) for metric in spans._call_counters}
    monkeypatch.setattr(spans, "_call_counters", counters)
    yield Recorded(tracer, exporter, metrics)
    provider.shutdown()
    metrics.close()


def call(status: int | None = None) -> None:
    with http_call(Metric.GRAPH_ANSWERS, "POST", "graph.microsoft.com", TEMPLATE) as made:
        if status is not None:
            made.answered(status)


def test_a_span_has_its_name_and_attributes(recorded: Recorded) -> None:
    with span("export poll", {"export.step": "poll", "export.attempt": 1}) as opened:
        opened.set_attribute("export.stage.after", "Exporting")
    assert recorded.span.name == "export poll"
    assert dict(recorded.span.attributes or {}) == {
        "export.step": "poll",
        "export.attempt": 1,
        "export.stage.after": "Exporting",
    }
    assert recorded.span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("error", [ValueError(SIGNED_URL), KeyboardInterrupt(SIGNED_URL)])
def test_an_exception_passes_and_leaves_its_type_alone(error: BaseException, recorded: Recorded) -> None:
    with pytest.raises(type(error)) as raised, span("export submit", {}):
        raise error
    assert raised.value is error
    assert dict(recorded.span.attributes or {}) == {"error.type": type(error).__name__}
    assert recorded.span.status.status_code is StatusCode.ERROR
    assert SIGNED_URL not in recorded.span.to_json()


def test_a_call_is_a_span_with_the_template_of_its_url(recorded: Recorded) -> None:
    call(202)
    assert recorded.span.name == f"POST {TEMPLATE}"
    assert recorded.span.kind is SpanKind.CLIENT
    assert dict(recorded.span.attributes or {}) == {
        "http.request.method": "POST",
        "server.address": "graph.microsoft.com",
        "url.template": TEMPLATE,
        "http.response.status_code": 202,
    }


@pytest.mark.parametrize("status", [200, 202, 304, 404, 409, 412])
def test_a_response_that_the_app_expects_is_no_error(status: int, recorded: Recorded) -> None:
    call(status)
    assert recorded.span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_any_other_error_response_marks_the_span(status: int, recorded: Recorded) -> None:
    call(status)
    assert recorded.span.status.status_code is StatusCode.ERROR
    assert (recorded.span.attributes or {})["error.type"] == str(status)


def test_calls_are_counted_by_their_response(recorded: Recorded) -> None:
    for status in (202, 202, 429):
        call(status)
    with pytest.raises(TimeoutError), http_call(Metric.STORAGE_ANSWERS, "GET", "records", "/Exports"):
        raise TimeoutError
    assert recorded.metrics.points == {
        ("graph.answers", "answer=202", f"call=POST {TEMPLATE}"): 2,
        ("graph.answers", "answer=429", f"call=POST {TEMPLATE}"): 1,
        ("storage.answers", "answer=none", "call=GET /Exports"): 1,
    }


def test_what_libraries_record_inside_a_call_is_dropped(recorded: Recorded) -> None:
    with span("export submit", {}) as step:
        with http_call(Metric.GRAPH_ANSWERS, "POST", "graph.microsoft.com", TEMPLATE):
            with recorded.tracer.start_as_current_span(SIGNED_URL):
                assert not is_http_instrumentation_enabled()
            inside = trace.get_current_span().get_span_context()
        assert is_http_instrumentation_enabled()
        assert trace.get_current_span() is step
    assert [each.name for each in recorded.spans] == [f"POST {TEMPLATE}", "export submit"]
    assert inside.trace_id == step.get_span_context().trace_id
