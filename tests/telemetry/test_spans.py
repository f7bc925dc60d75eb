"""Spans and call counts as the OpenTelemetry SDK records them."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import SpanKind, StatusCode

from shared.telemetry import spans
from shared.telemetry.spans import http_call, span
from shared.telemetry.telemetry_names import Metric
from tests.telemetry.recorded_metrics import RecordedMetrics
from tests.telemetry.recorded_spans import RecordedSpans

SIGNED_URL = "https://exports.blob.core.windows.net/export-1-1?sig=abc"
TEMPLATE = "/v1.0/users/{id}/exportPersonalData"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedSpans]:
    found = RecordedSpans(monkeypatch)
    yield found
    found.close()


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedMetrics]:
    found = RecordedMetrics()
    counters = {metric: found.meter.create_counter(metric) for metric in spans._call_counters}
    monkeypatch.setattr(spans, "_call_counters", counters)
    yield found
    found.close()


def call(status: int) -> None:
    with http_call(Metric.GRAPH_ANSWERS, "POST", "graph.microsoft.com", TEMPLATE) as made:
        made.answered(status)


def test_a_span_has_its_name_and_attributes(recorded: RecordedSpans) -> None:
    with span("export poll", {"export.step": "poll", "export.attempt": 1}) as opened:
        opened.set_attribute("export.stage.after", "Exporting")
    assert recorded.only.name == "export poll"
    assert recorded.attributes == {
        "export.step": "poll",
        "export.attempt": 1,
        "export.stage.after": "Exporting",
    }
    assert recorded.only.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("error", [ValueError(SIGNED_URL), KeyboardInterrupt(SIGNED_URL)])
def test_an_exception_passes_and_leaves_its_type_alone(error: BaseException, recorded: RecordedSpans) -> None:
    with pytest.raises(type(error)) as raised, span("export submit", {}):
        raise error
    assert raised.value is error
    assert recorded.attributes == {"error.type": type(error).__name__}
    assert recorded.only.status.status_code is StatusCode.ERROR
    assert SIGNED_URL not in recorded.only.to_json()


def test_a_call_is_a_span_with_the_template_of_its_url(recorded: RecordedSpans) -> None:
    call(202)
    assert recorded.only.name == f"POST {TEMPLATE}"
    assert recorded.only.kind is SpanKind.CLIENT
    assert recorded.attributes == {
        "http.request.method": "POST",
        "server.address": "graph.microsoft.com",
        "url.template": TEMPLATE,
        "http.response.status_code": 202,
    }


@pytest.mark.parametrize("status", [200, 202, 304, 404, 409, 412])
def test_a_response_that_the_app_expects_is_no_error(status: int, recorded: RecordedSpans) -> None:
    call(status)
    assert recorded.only.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_any_other_error_response_marks_the_span(status: int, recorded: RecordedSpans) -> None:
    call(status)
    assert recorded.only.status.status_code is StatusCode.ERROR
    assert recorded.attributes["error.type"] == str(status)


def test_calls_are_counted_by_their_response(metrics: RecordedMetrics) -> None:
    for status in (202, 202, 429):
        call(status)
    with pytest.raises(TimeoutError), http_call(Metric.STORAGE_ANSWERS, "GET", "records", "/Exports"):
        raise TimeoutError
    assert metrics.points == {
        ("graph.answers", "answer=202", f"call=POST {TEMPLATE}"): 2,
        ("graph.answers", "answer=429", f"call=POST {TEMPLATE}"): 1,
        ("storage.answers", "answer=none", "call=GET /Exports"): 1,
    }


def test_what_libraries_record_inside_a_call_is_dropped(recorded: RecordedSpans) -> None:
    with span("export submit", {}) as step:
        with http_call(Metric.GRAPH_ANSWERS, "POST", "graph.microsoft.com", TEMPLATE):
            with recorded.tracer.start_as_current_span(SIGNED_URL):
                assert not is_http_instrumentation_enabled()
            inside = trace.get_current_span().get_span_context()
        assert is_http_instrumentation_enabled()
        assert trace.get_current_span() is step
    assert [each.name for each in recorded.all] == [f"POST {TEMPLATE}", "export submit"]
    assert inside.trace_id == step.get_span_context().trace_id
