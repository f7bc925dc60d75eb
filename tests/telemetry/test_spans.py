"""Spans and call counts as the OpenTelemetry SDK records them."""

import time
from collections.abc import Iterator

import pytest
from azure.monitor.opentelemetry.exporter import RateLimitedSampler
from opentelemetry import trace
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shared.telemetry import spans
from shared.telemetry.spans import http_call, quiet_reads, span
from shared.telemetry.telemetry_names import Metric
from tests.telemetry.recorded_metrics import RecordedMetrics
from tests.telemetry.recorded_spans import RecordedSpans

RECORDS = "https://records.table.core.windows.net/Exports()?$filter=secret"
SIGNED_URL = "https://exports.blob.core.windows.net/export-1-1?sig=abc"
GRAPH = "https://graph.microsoft.com/v1.0/users/ana@contoso.example?sig=abc"
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


def call(status: int, method: str = "POST", url: str = GRAPH) -> None:
    with http_call(Metric.GRAPH_ANSWERS, method, url, TEMPLATE) as made:
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
    assert recorded.attributes == {"error.type": type(error).__name__, "errorType": type(error).__name__}
    assert recorded.only.status.status_code is StatusCode.ERROR
    assert SIGNED_URL not in recorded.only.to_json()


def test_a_call_is_a_span_with_the_template_of_its_url(recorded: RecordedSpans) -> None:
    call(202)
    assert recorded.only.name == f"POST {TEMPLATE}"
    assert recorded.only.kind is SpanKind.CLIENT
    assert recorded.attributes == {
        "http.request.method": "POST",
        "server.address": "graph.microsoft.com",
        "server.port": 443,
        "url.full": f"https://graph.microsoft.com{TEMPLATE}",
        "url.scheme": "https",
        "url.template": TEMPLATE,
        "http.response.status_code": 202,
    }


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (GRAPH, "graph.microsoft.com"),
        ("https://graph.microsoft.com:443", "graph.microsoft.com"),
        ("https://svc:secret@Graph.Microsoft.com:8443/", "graph.microsoft.com:8443"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("http://127.0.0.1:7071/?code=secret", "127.0.0.1:7071"),
    ],
)
def test_a_call_arrives_as_a_dependency_that_a_person_can_read(recorded: RecordedSpans, url: str, target: str) -> None:
    call(202, url=url)
    sent = recorded.dependency
    assert {field: sent[field] for field in ("name", "target", "data", "type", "resultCode", "success")} == {
        "name": f"POST {TEMPLATE}",
        "target": target,
        "data": f"{url.partition(':')[0]}://{target}{TEMPLATE}",
        "type": "HTTP",
        "resultCode": "202",
        "success": True,
    }
    assert sent["properties"] == {}
    assert "secret" not in recorded.only.to_json()
    assert "contoso" not in recorded.only.to_json()


def test_the_address_of_a_loopback_host_of_ip_version_6_is_in_brackets(recorded: RecordedSpans) -> None:
    call(200, url="http://[::1]:8080/")
    assert recorded.attributes["url.full"] == f"http://[::1]:8080{TEMPLATE}"
    assert recorded.attributes["server.address"] == "::1"


def test_a_call_without_an_answer_arrives_as_failed_with_the_reason(recorded: RecordedSpans) -> None:
    with pytest.raises(TimeoutError), http_call(Metric.GRAPH_ANSWERS, "POST", GRAPH, TEMPLATE):
        raise TimeoutError(SIGNED_URL)
    sent = recorded.dependency
    assert (sent["name"], sent["resultCode"], sent["success"]) == (f"POST {TEMPLATE}", "0", False)
    assert sent["properties"] == {"errorType": "TimeoutError"}


def test_a_step_that_fails_arrives_as_failed_with_the_reason(recorded: RecordedSpans) -> None:
    with pytest.raises(KeyError), span("export poll", {"export.step": "poll"}):
        raise KeyError(SIGNED_URL)
    sent = recorded.dependency
    assert (sent["name"], sent["type"], sent["success"]) == ("export poll", "InProc", False)
    assert sent["properties"] == {"export.step": "poll", "errorType": "KeyError"}


@pytest.mark.parametrize("status", [200, 202, 304, 404, 409, 412])
def test_a_response_that_the_app_expects_is_no_error(status: int, recorded: RecordedSpans) -> None:
    call(status)
    assert recorded.only.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
def test_any_other_error_response_marks_the_span(status: int, recorded: RecordedSpans) -> None:
    call(status)
    assert recorded.only.status.status_code is StatusCode.ERROR
    assert recorded.attributes["error.type"] == str(status)


@pytest.mark.parametrize("status", [404, 409, 412])
def test_any_error_of_a_receiver_of_callbacks_marks_the_span(status: int, recorded: RecordedSpans) -> None:
    with http_call(Metric.CALLBACK_ANSWERS, "POST", "https://contoso.com", "/{callback}") as made:
        made.answered(status)
    assert recorded.only.status.status_code is StatusCode.ERROR


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [200, 404])
def test_a_quiet_read_is_counted_and_leaves_no_span(
    recorded: RecordedSpans, metrics: RecordedMetrics, method: str, status: int
) -> None:
    with quiet_reads():
        call(status, method)
    assert recorded.all == ()
    assert metrics.points == {("graph.answers", f"answer={status}", f"call={method} {TEMPLATE}"): 1}


def test_what_a_quiet_read_has_below_it_is_dropped_too(recorded: RecordedSpans) -> None:
    with span("reconcile", {}) as around, quiet_reads():
        with http_call(Metric.GRAPH_ANSWERS, "GET", GRAPH, TEMPLATE) as made:
            made.answered(200)
            assert not is_http_instrumentation_enabled()
            inside = trace.get_current_span()
        assert not inside.is_recording()
        assert inside.get_span_context().span_id == around.get_span_context().span_id
    assert recorded.only.name == "reconcile"


@pytest.mark.parametrize("status", [403, 503])
def test_a_quiet_read_that_fails_is_a_span_of_the_whole_call(recorded: RecordedSpans, status: int) -> None:
    begun = time.time_ns()
    with span("reconcile", {}), quiet_reads():
        call(status, "GET")
        with pytest.raises(TimeoutError), http_call(Metric.GRAPH_ANSWERS, "GET", GRAPH, TEMPLATE):
            raise TimeoutError
    refused, unanswered, around = recorded.all
    for failed, reason in ((refused, str(status)), (unanswered, "TimeoutError")):
        assert failed.name == f"GET {TEMPLATE}"
        assert (failed.attributes or {})["errorType"] == reason
        assert failed.parent == around.context
        assert failed.start_time is not None
        assert failed.end_time is not None
        assert begun <= failed.start_time <= failed.end_time


def test_a_write_is_never_quiet_and_neither_is_what_comes_after(recorded: RecordedSpans) -> None:
    with quiet_reads():
        call(204, "PUT")
    call(200, "GET")
    assert [each.name for each in recorded.all] == [f"PUT {TEMPLATE}", f"GET {TEMPLATE}"]


def test_calls_are_counted_by_their_response(metrics: RecordedMetrics) -> None:
    for status in (202, 202, 429):
        call(status)
    with pytest.raises(TimeoutError), http_call(Metric.STORAGE_ANSWERS, "GET", RECORDS, "/Exports"):
        raise TimeoutError
    assert metrics.points == {
        ("graph.answers", "answer=202", f"call=POST {TEMPLATE}"): 2,
        ("graph.answers", "answer=429", f"call=POST {TEMPLATE}"): 1,
        ("storage.answers", "answer=none", "call=GET /Exports"): 1,
    }


def test_what_libraries_record_inside_a_call_is_dropped(recorded: RecordedSpans) -> None:
    with span("export submit", {}) as step:
        with http_call(Metric.GRAPH_ANSWERS, "POST", GRAPH, TEMPLATE) as made:
            made.answered(200)
            with recorded.tracer.start_as_current_span(SIGNED_URL):
                assert not is_http_instrumentation_enabled()
            inside = trace.get_current_span().get_span_context()
        assert is_http_instrumentation_enabled()
        assert trace.get_current_span() is step
    assert [each.name for each in recorded.all] == [f"POST {TEMPLATE}", "export submit"]
    assert inside.trace_id == step.get_span_context().trace_id


def test_the_calls_of_a_step_that_was_sampled_are_kept_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of spans whose parent it doesn't know, this sampler keeps none."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler=RateLimitedSampler(0), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(spans, "_tracer", provider.get_tracer("test"))
    everything = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    call(200)
    with everything.start_as_current_span("kept", attributes={"_MS.sampleRate": 50.0}), span("export poll", {}):
        call(200)
    kept = exporter.get_finished_spans()
    assert [each.name for each in kept] == [f"POST {TEMPLATE}", "export poll"]
    assert {(each.attributes or {})["_MS.sampleRate"] for each in kept} == {50.0}
    provider.shutdown()
