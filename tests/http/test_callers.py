"""The examples for callers say what the API has: calls, fields, headers. Those that can be run are: tests/e2e."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.http.openapi.document import document
from tests.described import faults_of
from tests.examples import CALLERS, example
from tools.connector import definition
from tools.swagger import Schemas

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = document()
COMPONENTS = DOCUMENT["components"]["schemas"]
WAITING, TOLD = "Logic Apps: let the action wait", "Logic Apps: be told"
EXPRESSION = re.compile(r"body\('(\w+)'\)((?:\?\['\w+'\])+)")


def schema(name: str) -> dict[str, Any]:
    return Schemas(COMPONENTS).plain({"$ref": f"#/components/schemas/{name}"})


def has(described: dict[str, Any], path: list[str]) -> bool:
    """Whether a schema has a field of a field."""
    for name in path:
        if name not in described.get("properties", {}):
            return False
        described = described["properties"][name]
    return True


def call_of(method: str, path: str) -> dict[str, Any]:
    """The call that a request makes, whatever stands for its ids."""
    for template, calls in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path.partition("?")[0]):
            found: dict[str, Any] = calls[method.lower()]
            return found
    raise LookupError(path)


def parts(value: Any) -> Iterator[Any]:
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def requests_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in parts(workflow) if isinstance(part, dict) and {"method", "uri"} <= set(part)]


@pytest.mark.parametrize("heading", [WAITING, TOLD])
def test_a_workflow_calls_what_there_is(heading: str) -> None:
    found = requests_of(json.loads(example(heading, "json")))
    assert found
    for request in found:
        call = call_of(request["method"], request["uri"].removeprefix("@{parameters('api')}"))
        assert request["authentication"]["type"] == "ManagedServiceIdentity"
        for header in request.get("headers", {}):
            assert header in {p["name"] for p in DOCUMENT["components"]["parameters"].values()}
        if "body" in request:
            person = {"type": "user", "id": "ana@contoso.example"}
            assert faults_of(request["body"] | {"subject": person}, {"$ref": "#/components/schemas/ExportBody"}) == []
        assert ("requestBody" in call) == ("body" in request)


@pytest.mark.parametrize(
    ("heading", "answers"),
    [
        (WAITING, {"Export": "Export", "Files": "FilePage"}),
        (TOLD, {"Export": "ExportEnded", "Outcome": "Export"}),
    ],
)
def test_a_workflow_reads_fields_that_there_are(heading: str, answers: dict[str, str]) -> None:
    text = example(heading, "json")
    read = EXPRESSION.findall(text)
    assert len(read) >= 4
    assert len(read) == text.count("body('")
    for action, path in read:
        assert has(schema(answers[action]), re.findall(r"\['(\w+)'\]", path)), path


@pytest.mark.parametrize("heading", [WAITING, TOLD])
def test_a_workflow_runs_actions_that_it_has_after_each_other(heading: str) -> None:
    workflow = json.loads(example(heading, "json"))["definition"]
    assert workflow["$schema"].endswith("/2016-06-01/workflowdefinition.json#")
    for group in [part["actions"] for part in parts(workflow) if isinstance(part, dict) and "actions" in part]:
        for action in group.values():
            assert set(action["runAfter"]) <= set(group)
    expressions = re.findall(r"parameters\('(\w+)'\)", json.dumps(workflow))
    assert set(expressions) == set(workflow["parameters"])


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


def test_powershell_reads_what_there_is() -> None:
    text = example("PowerShell", "powershell")
    fields = set(re.findall(r"\$export\.(\w+)", text))
    assert fields
    assert fields <= set(COMPONENTS["Export"]["properties"])
    assert set(re.findall(r"\$page\.(\w+)", text)) <= set(COMPONENTS["FilePage"]["properties"])
    columns = re.findall(r"Format-Table (.+)$", text, re.MULTILINE)[0].split(", ")
    assert set(columns) <= set(COMPONENTS["File"]["properties"])
    known = {*DOCUMENT["components"]["headers"], "Idempotency-Key"}
    assert set(re.findall(r"'([A-Z][a-z]+-?[A-Z]?[a-z]*)'", text)) - {"Stop", "Succeeded"} <= known
    for method, path in (("POST", "/exports"), ("GET", "/exports/1/files")):
        assert call_of(method, path)


def test_the_python_example_is_python() -> None:
    assert ast.get_docstring(ast.parse(example("Python", "python")))


def test_every_kind_of_caller_has_an_example() -> None:
    found = re.findall(r"^```(\w+)$", CALLERS.read_text(), re.MULTILINE)
    assert found == ["bash", "python", "powershell", "json", "json", "json"]


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
