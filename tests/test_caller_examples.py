"""The examples for callers use calls, fields and headers that the API has. tests/e2e runs those that can be run."""

import ast
import json
import re
from pathlib import Path

import pytest

from tests.documented_examples import CALLERS, example
from tests.logic_apps import DOCUMENT, Workflow, call_of, has, schema
from tests.openapi_conformance import faults_of
from tools.connector import definition

ROOT = Path(__file__).parent.parent
WAITING, TOLD = "Logic Apps: let the action wait", "Logic Apps: be told"
COMMANDS = "Logic Apps: cancel and erase"
HANDING_OVER, EXTENDING = "Logic Apps: hand over", "Logic Apps: extend the deadline"


@pytest.mark.parametrize("heading", [WAITING, TOLD])
def test_a_workflow_calls_what_there_is(heading: str) -> None:
    Workflow(json.loads(example(heading, "json"))["definition"]).check_calls()


def test_commands_are_actions_that_follow_the_asynchronous_pattern() -> None:
    actions = json.loads(example(COMMANDS, "json"))
    Workflow(actions).check_calls()
    for action in actions.values():
        assert "operationOptions" not in action
        assert set(action["runAfter"]) <= set(actions)
        responses = call_of(action["inputs"]["method"], action["inputs"]["uri"].removeprefix("@{parameters('api')}"))[
            "responses"
        ]
        assert {"200", "202"} <= set(responses)
        assert "Location" in responses["202"]["headers"]


def test_a_package_is_waited_for_and_its_links_are_kept_out_of_the_run_history() -> None:
    actions = json.loads(example(HANDING_OVER, "json"))
    Workflow(actions).check_calls()
    assert [set(action["runAfter"]) for action in actions.values()] == [set(), {"Package"}, {"Links"}]
    responses = call_of("POST", "/exports/any/package")["responses"]
    assert "Location" in responses["202"]["headers"]
    assert "operationOptions" not in actions["Package"]
    assert actions["Links"]["runtimeConfiguration"] == {"secureData": {"properties": ["outputs"]}}
    assert actions["Links"]["inputs"]["body"]["package"] == actions["Package"]["inputs"]["body"]["language"]


def test_the_example_that_extends_the_deadline_calls_what_there_is() -> None:
    actions = json.loads(example(EXTENDING, "json"))
    Workflow(actions).check_calls()
    (field,) = re.findall(r"body\('Export'\)\?\['(\w+)'\]", actions["Extend"]["inputs"]["body"]["dueDateTime"])
    assert has(schema("Export"), [field])


@pytest.mark.parametrize(
    ("heading", "answers"),
    [
        (WAITING, {"Export": "Export", "Files": "FilePage"}),
        (TOLD, {"Export": "ExportEnded", "Outcome": "Export"}),
    ],
)
def test_a_workflow_reads_fields_that_there_are(heading: str, answers: dict[str, str]) -> None:
    Workflow(json.loads(example(heading, "json"))["definition"]).check_fields(answers)


@pytest.mark.parametrize("heading", [WAITING, TOLD])
def test_a_workflow_runs_actions_that_it_has_after_each_other(heading: str) -> None:
    Workflow(json.loads(example(heading, "json"))["definition"]).check_order()


def test_a_flow_uses_operations_and_fields_of_the_connector() -> None:
    calls = [
        call
        for path in definition(DOCUMENT)["paths"].values()
        for method, call in path.items()
        if not method.startswith("x-")
    ]
    operations = {call["operationId"]: {p["name"]: p for p in call["parameters"]} for call in calls}
    for action in json.loads(example("Power Automate", "json")).values():
        known = operations[action["inputs"]["host"]["operationId"]]
        for parameter in action["inputs"]["parameters"]:
            name, *path = parameter.split("/")
            assert name in known, parameter
            assert has(known[name].get("schema", {}), path), parameter


def test_the_python_example_is_python() -> None:
    assert ast.get_docstring(ast.parse(example("Python", "python")))


def test_every_kind_of_caller_has_an_example() -> None:
    found = re.findall(r"^```(\w+)$", CALLERS.read_text(), re.MULTILINE)
    assert found == ["bash", "python", "powershell", *["json"] * 6, *["sh", "csharp"] * 2, "sh"]


def test_the_requests_for_editors_are_every_call_and_none_more() -> None:
    requests = (ROOT / "requests.http").read_text().split("\n### ")[1:]
    made = set()
    for request in requests:
        title, line, rest = request.split("\n", 2)
        method, url = line.split()
        path = url.removeprefix("{{api}}")
        call = call_of(method, path)
        made.add(call["operationId"])
        assert call["summary"] == title
        headers, _, body = rest.partition("\n\n")
        assert ("Authorization:" in headers) == (call["security"] != []), title
        sent = re.search(r"Content-Type: (.+)", headers)
        assert (sent is not None) == ("requestBody" in call)
        if sent and sent[1] == "application/json":
            assert faults_of(json.loads(body), call["requestBody"]["content"][sent[1]]["schema"]) == [], title
    assert made == {call["operationId"] for calls in DOCUMENT["paths"].values() for call in calls.values()}
    assert len(requests) == len(made)
