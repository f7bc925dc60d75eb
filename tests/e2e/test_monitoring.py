"""What arrives at Azure Monitor of a run: one trace through everything, events and metrics, nothing of a person.

The host's own items have other names on each host, so the tests ask for the app's alone, unless they run on the local
host.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from local.checkout import ROOT
from local.identity.token_claims import CALLER_OBJECT_ID
from local.monitor.arrived_telemetry import arrived, envelopes
from local.monitor.telemetry_tables import Row
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
from tests.local.waiting import eventually

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
SUBMIT = "POST /v1.0/users/{id}/exportPersonalData"
POLL = "GET /v1.0/dataPolicyOperations/{id}"
OF_THE_APP = re.compile(r"export [a-z]+|(GET|POST|PUT|DELETE|MERGE|HEAD) /[A-Za-z0-9./{}]*")
"""The names of its spans: steps, and calls by the template of their URL."""
FUNCTION = re.compile(r'^@blueprint\.function_name\("(\w+)"\)', re.MULTILINE)
PYTHON = re.compile(r"py3\.\d+")
"""In the version of the SDK: what the worker sent, not the host."""


@dataclass
class Watched:
    """An export that ran in a caller's trace, and what would identify its subject."""

    export_id: str
    subject: str
    principal_name: str
    reference: str


@pytest.fixture(scope="module")
def watched(stack: Stack, caller: Caller) -> Watched:
    name = "telemetry.person"
    subject = caller.quick(caller.new_user(name))
    headers = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01"}
    principal_name, reference = f"{name}@contoso.example", "Case of the watched person"
    asked = {"subject": {"type": "user", "id": principal_name}, "reference": reference}
    answer = caller.call("POST", "exports", json=asked, headers=headers)
    assert answer.status_code == 202, answer.text
    caller.call("GET", f"exports?subjectId={subject}")
    export_id = caller.ended(answer.json()["id"])["id"]
    # Another export already holds the person's claim, so the app reads it, by a key that contains the person's id.
    second = caller.ended(caller.post(subject)["id"])["id"]
    for each in (export_id, second):
        assert arrives(stack, "AppEvents", ended(each))
    return Watched(export_id, subject, principal_name, reference)


def ended(export_id: str) -> Callable[[Row], bool]:
    def is_it(row: Row) -> bool:
        return bool(row["Name"] == "Export.Succeeded" and row["Properties"][ExportField.EXPORT_ID] == export_id)

    return is_it


def found(stack: Stack, table: str, wanted: Callable[[Row], bool]) -> Sequence[Row]:
    return [row for row in arrived(stack.monitor)[table] if wanted(row)]


def arrives(stack: Stack, table: str, wanted: Callable[[Row], bool]) -> bool:
    """Waits until a row arrives."""
    return eventually(lambda: bool(found(stack, table, wanted)), PATIENCE)


def in_trace(row: Row) -> bool:
    return bool(row["OperationId"] == TRACE)


def of_the_worker(row: Row) -> bool:
    return PYTHON.search(row["SDKVersion"]) is not None


def dependency(stack: Stack, name: str) -> Row:
    """The first dependency of the watched export with this name."""

    def is_it(row: Row) -> bool:
        return in_trace(row) and bool(row["Name"] == name)

    assert arrives(stack, "AppDependencies", is_it), name
    return found(stack, "AppDependencies", is_it)[0]


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    "name",
    ["export prepare", "export submit", "export check", SUBMIT, POLL, "POST /Exports", "PUT /{container}/{blob}"],
)
def test_one_trace_reaches_from_the_call_to_graph_and_storage(stack: Stack, name: str) -> None:
    assert dependency(stack, name)["Success"]
    assert arrives(stack, "AppRequests", in_trace)


@pytest.mark.usefixtures("watched")
def test_a_call_belongs_to_its_step_and_that_to_the_call_that_started_the_export(stack: Stack) -> None:
    assert arrives(stack, "AppDependencies", lambda row: in_trace(row) and row["Name"] == "export check")
    everything = arrived(stack.monitor)
    by_id = {row["Id"]: row for table in ("AppRequests", "AppDependencies") for row in everything[table]}
    item, lineage = dependency(stack, SUBMIT), []
    while item["ParentId"] in by_id:
        item = by_id[item["ParentId"]]
        assert in_trace(item)
        lineage.append(item["Name"])

    assert lineage[0] == "export submit"
    if stack.runs_local_host:
        assert lineage[1:] == ["activity:advance_export", "create_orchestration:monitor_export", "start_export"]
        assert item["ParentId"] == CALLERS_SPAN


def test_a_step_says_what_it_did(stack: Stack, watched: Watched) -> None:
    step = dependency(stack, "export submit")["Properties"]
    assert step["export.id"] == watched.export_id
    assert step["export.step"] == "submit"
    assert step["export.attempt"] == "1"
    assert (step["export.stage.before"], step["export.stage.after"]) == ("Submitting", "Exporting")


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("name", "result", "of_graph"),
    [(SUBMIT, "202", True), (POLL, "200", True), ("POST /Exports", "202", False)],
)
def test_a_dependency_has_the_target_data_and_result_that_a_person_expects(
    stack: Stack, name: str, result: str, *, of_graph: bool
) -> None:
    call = dependency(stack, name)
    root = urlsplit(stack.graph if of_graph else stack.azurite.table_endpoint)
    assert call["Target"] == root.netloc
    assert call["Data"] == f"{root.scheme}://{root.netloc}{name.partition(' ')[2]}"
    assert (call["DependencyType"], call["ResultCode"], call["Success"]) == ("HTTP", result, True)
    assert call["DurationMs"] > 0


@pytest.mark.usefixtures("watched")
def test_instrumented_libraries_record_nothing(stack: Stack) -> None:
    triggers = (ROOT / "shared").rglob("*_functions.py")
    functions = {name for path in triggers for name in FUNCTION.findall(path.read_text("utf-8"))}
    assert len(functions) > 15
    durable = {"create_orchestration:monitor_export", "orchestration:monitor_export", "activity:advance_export"}
    everything = arrived(stack.monitor)
    names = {
        row["Name"] for table in ("AppRequests", "AppDependencies") for row in filter(of_the_worker, everything[table])
    }
    assert {name for name in names - functions - durable if not OF_THE_APP.fullmatch(name)} == set()
    calls = [row for row in everything["AppDependencies"] if of_the_worker(row) and row["DependencyType"] == "HTTP"]
    assert {
        row["Name"] for row in calls if row["Data"].partition("//")[2] != row["Target"] + row["Name"].partition(" ")[2]
    } == set()


@pytest.mark.usefixtures("watched")
def test_only_the_apps_own_loggers_are_sent(stack: Stack) -> None:
    everything = arrived(stack.monitor)
    said = [row for table in ("AppTraces", "AppEvents", "AppExceptions") for row in everything[table]]
    # What the span of a call says of its exception is nobody's record.
    records = [row["Properties"] for row in said if of_the_worker(row) and "logger_name" in row["Properties"]]
    names = {record["logger_name"] for record in records}
    assert names
    assert {name for name in names if not name.startswith("shared.")} == set()


@pytest.mark.usefixtures("watched")
def test_a_step_that_has_nothing_to_do_leaves_nothing(stack: Stack) -> None:
    assert found(stack, "AppDependencies", lambda row: row["Name"] == "export wait") == []
    assert found(stack, "AppTraces", lambda row: row["Message"].endswith(": wait.")) == []


def test_nothing_that_arrives_identifies_a_person_or_opens_anything(stack: Stack, watched: Watched) -> None:
    text = json.dumps(envelopes(stack.monitor), ensure_ascii=False)
    assert watched.export_id in text
    people = (watched.subject, watched.principal_name, watched.reference, CALLER_OBJECT_ID)
    for secret in (*people, "sig=", stack.azurite.account_key, stack.token):
        assert secret not in text


def test_what_can_not_be_sent_is_kept_in_the_stacks_folder(stack: Stack) -> None:
    """There the end of the stack searches it for secrets."""
    assert list(stack.temporary.glob("Microsoft-AzureMonitor-*"))


def test_every_event_of_the_trail_is_told_once_with_what_alerts_ask_for(
    caller: Caller, stack: Stack, watched: Watched
) -> None:
    trail = caller.call("GET", f"exports/{watched.export_id}/events").json()["value"]
    told = found(stack, "AppEvents", lambda row: row["Properties"].get(ExportField.EXPORT_ID) == watched.export_id)
    assert sorted(row["Name"] for row in told) == sorted(event_name(EventType(one["type"])) for one in trail)
    assert all(set(row["Properties"]) >= set(ExportField) for row in told)
    assert {row["OperationId"] for row in told} == {TRACE}
    assert told[-1]["Properties"][ExportField.STATUS] == "Succeeded"


def test_the_reconciler_emits_its_heartbeat(stack: Stack) -> None:
    assert arrives(stack, "AppEvents", lambda row: row["Name"] == RECONCILER_HEARTBEAT)
    heartbeat = found(stack, "AppEvents", lambda row: row["Name"] == RECONCILER_HEARTBEAT)[-1]["Properties"]
    assert set(heartbeat) >= set(ReconcilerField)
    assert all(float(heartbeat[field]) >= -1 for field in ReconcilerField)


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("metric", "properties"),
    [
        (Metric.EXPORTS_ENDED, {Dimension.STATUS: "Succeeded", Dimension.CODE: ""}),
        (Metric.TIME_TO_END, {Dimension.STATUS: "Succeeded"}),
        (Metric.GRAPH_ANSWERS, {Dimension.CALL: SUBMIT, Dimension.ANSWER: "202"}),
        (Metric.STORAGE_ANSWERS, {Dimension.CALL: "POST /Exports", Dimension.ANSWER: "202"}),
        (Metric.EXPORTS_OPEN, {Dimension.STATUS: "Running"}),
        (Metric.EXPORTS_OVERDUE, {}),
    ],
)
def test_ends_and_answers_are_counted(stack: Stack, metric: Metric, properties: dict[str, str]) -> None:
    def counted(row: Row) -> bool:
        return bool(row["Name"] == metric and row["Properties"] == properties)

    assert arrives(stack, "AppMetrics", counted)
    assert all(row["Min"] <= row["Max"] and row["ItemCount"] > 0 for row in found(stack, "AppMetrics", counted))
