"""Telemetry of a run: one trace through everything, events and metrics, none of which identifies a person."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from local.checkout import ROOT
from local.stack.local_stack import Stack
from shared.exports.states_and_codes import EventType
from shared.telemetry.telemetry_names import (
    RECONCILER_HEARTBEAT,
    Dimension,
    ExportField,
    Metric,
    ReconcilerField,
    event_name,
)
from tests.e2e.caller import PATIENCE, Caller

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
T = TypeVar("T")
pytestmark = pytest.mark.usefixtures("watched")
CUSTOM_EVENT = "microsoft.custom_event.name"
FUNCTION = re.compile(r'^@blueprint\.function_name\("(\w+)"\)', re.MULTILINE)


@dataclass
class Watched:
    """An export that ran in a caller's trace, and its subject."""

    export_id: str
    subject: str
    principal_name: str


@pytest.fixture(scope="module")
def watched(caller: Caller) -> Watched:
    name = "telemetry.person"
    subject = caller.quick(caller.new_user(name))
    headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    principal_name = f"{name}@contoso.example"
    asked = {"subject": {"type": "user", "id": principal_name}}
    answer = caller.call("POST", "exports", json=asked, headers=headers)
    assert answer.status_code == 202, answer.text
    caller.call("GET", f"exports?subjectId={subject}")
    export_id = caller.ended(answer.json()["id"])["id"]
    # Another export already holds the person's claim, so the app reads it, by a key that contains the person's id.
    caller.ended(caller.post(subject)["id"])
    return Watched(export_id, subject, principal_name)


def recorded(stack: Stack, kind: str) -> list[dict[str, Any]]:
    text = (stack.state / "host" / "telemetry" / f"{kind}.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def events(stack: Stack) -> list[dict[str, Any]]:
    """The attributes of every custom event."""
    said = [log["attributes"] or {} for log in recorded(stack, "logs")]
    return [attributes for attributes in said if CUSTOM_EVENT in attributes]


def points(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    for export in recorded(stack, "metrics"):
        for resource in export["resource_metrics"]:
            for scope in resource["scope_metrics"]:
                for metric in scope["metrics"]:
                    for point in metric["data"]["data_points"]:
                        yield metric["name"], point


def test_one_trace_reaches_from_the_call_to_graph_and_storage(stack: Stack) -> None:
    spans = {
        span["context"]["span_id"]: span for span in recorded(stack, "spans") if TRACE in span["context"]["trace_id"]
    }
    named = {span["name"]: span for span in spans.values()}
    for name in (
        "start_export",
        "create_orchestration:monitor_export",
        "orchestration:monitor_export",
        "activity:advance_export",
        "export submit",
        "POST /v1.0/users/{id}/exportPersonalData",
        "GET /v1.0/dataPolicyOperations/{id}",
        "POST /Exports",
        "PUT /{container}/{blob}",
    ):
        assert name in named, sorted(named)
    submit = named["POST /v1.0/users/{id}/exportPersonalData"]
    lineage = [submit["name"]]
    while (parent := spans.get(submit["parent_id"])) is not None:
        lineage.append(parent["name"])
        submit = parent
    assert lineage[1:] == [
        "export submit",
        "activity:advance_export",
        "create_orchestration:monitor_export",
        "start_export",
    ]


def test_a_step_span_has_its_attributes(stack: Stack, watched: Watched) -> None:
    found = [span for span in recorded(stack, "spans") if span["attributes"].get("export.id") == watched.export_id]
    submit = next(span["attributes"] for span in found if span["name"] == "export submit")
    assert submit["export.step"] == "submit"
    assert submit["export.attempt"] == 1
    assert (submit["export.stage.before"], submit["export.stage.after"]) == ("Submitting", "Exporting")


def test_a_graph_call_span_has_its_target_and_outcome(stack: Stack) -> None:
    name = "POST /v1.0/users/{id}/exportPersonalData"
    submit = next(s for s in recorded(stack, "spans") if s["name"] == name and TRACE in s["context"]["trace_id"])
    assert submit["kind"] == "SpanKind.CLIENT"
    assert submit["attributes"] == {
        "http.request.method": "POST",
        "url.template": "/v1.0/users/{id}/exportPersonalData",
        "server.address": "127.0.0.1",
        "http.response.status_code": 202,
    }


def test_instrumented_libraries_record_no_spans(stack: Stack) -> None:
    names = {span["name"] for span in recorded(stack, "spans")}
    triggers = (ROOT / "shared" / path for path in ("http/http_functions.py", "durable/durable_functions.py"))
    functions = {name for path in triggers for name in FUNCTION.findall(path.read_text("utf-8"))}
    assert len(functions) > 15
    durable = {"create_orchestration:monitor_export", "orchestration:monitor_export", "activity:advance_export"}
    # The Graph SDK's own spans, from before a call; they contain only the URL template.
    serializing = {
        "_get_serialization_writer",
        "set_content_from_parsable - {+baseurl}/users/{user-id}/exportPersonalData",
    }
    of_ours = re.compile(r"export [a-z]+|(GET|POST|PUT|DELETE|MERGE|HEAD) /[A-Za-z0-9./{}]+")
    assert {name for name in names - functions - durable - serializing if not of_ours.fullmatch(name)} == set()


def test_no_telemetry_identifies_the_person(stack: Stack, watched: Watched) -> None:
    for kind in ("spans", "logs", "metrics"):
        text = (stack.state / "host" / "telemetry" / f"{kind}.jsonl").read_text("utf-8")
        assert text
        for secret in (watched.subject, watched.principal_name, "sig=", stack.azurite.account_key, stack.token):
            assert secret not in text, kind


def test_every_event_of_the_trail_is_told_once_with_what_alerts_ask_for(
    caller: Caller, stack: Stack, watched: Watched
) -> None:
    trail = caller.call("GET", f"exports/{watched.export_id}/events").json()["value"]
    told = [event for event in events(stack) if event.get(ExportField.EXPORT_ID) == watched.export_id]
    assert [one[CUSTOM_EVENT] for one in told] == [event_name(EventType(one["type"])) for one in trail]
    assert all(set(one) >= set(ExportField) for one in told)
    assert told[-1][ExportField.STATUS] == "Succeeded"


def test_the_reconciler_emits_its_heartbeat(stack: Stack) -> None:
    def heartbeats() -> list[dict[str, Any]]:
        return [event for event in events(stack) if event[CUSTOM_EVENT] == RECONCILER_HEARTBEAT]

    assert set(eventually(heartbeats)[-1]) >= set(ReconcilerField)


def test_ends_and_answers_are_counted(stack: Stack) -> None:
    def counted() -> bool:
        seen = [(name, point["attributes"]) for name, point in points(stack)]
        ended = {Dimension.STATUS: "Succeeded", Dimension.CODE: ""}
        submitted = {Dimension.CALL: "POST /v1.0/users/{id}/exportPersonalData", Dimension.ANSWER: "202"}
        return (
            (Metric.EXPORTS_ENDED, ended) in seen
            and (Metric.TIME_TO_END, {Dimension.STATUS: "Succeeded"}) in seen
            and (Metric.GRAPH_ANSWERS, submitted) in seen
            and {name for name, _ in seen} >= {Metric.STORAGE_ANSWERS, Metric.EXPORTS_OPEN, Metric.EXPORTS_OVERDUE}
        )

    eventually(counted)


def eventually(look: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return seen
