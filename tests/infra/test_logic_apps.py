"""The workflows that infra/ deploys: the rules for every workflow, and those of a deployment."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.exports.states_and_codes import Status
from tests.infra.tree import Tree
from tests.logic_apps import Workflow, parts

INFRA = Path(__file__).parent.parent.parent / "infra"
ANSWERS = {
    "polling": {"Export": "Export", "Files": "FilePage"},
    "webhook": {"Export": "ExportEnded", "Outcome": "Export"},
}
OUTCOME = {"polling": "Export", "webhook": "Outcome"}
both = pytest.mark.parametrize("kind", ANSWERS)


def definition(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((INFRA / "logic-apps" / f"{kind}.json").read_text())
    return found


@both
def test_a_workflow_keeps_the_rules_of_every_workflow(kind: str) -> None:
    workflow = Workflow(definition(kind))
    workflow.check_calls()
    workflow.check_fields(ANSWERS[kind])
    workflow.check_order()


@both
def test_a_workflow_branches_on_every_end_and_on_none(kind: str) -> None:
    answered = definition(kind)["actions"]["Answered"]
    branch = answered["actions"]["Branch"]
    assert branch["expression"] == f"@body('{OUTCOME[kind]}')?['status']"
    ends = {Status.SUCCEEDED, Status.FAILED, Status.CANCELED}
    assert {case["case"] for case in branch["cases"].values()} == ends
    assert branch["default"]["actions"]
    # 424 and 410 make an HTTP action fail, and a call that was refused leaves the next one out.
    assert {"Succeeded", "Failed", "TimedOut"} <= set(answered["runAfter"][OUTCOME[kind]])
    assert ("Skipped" in answered["runAfter"][OUTCOME[kind]]) == (OUTCOME[kind] != "Export")


@both
def test_a_workflow_reads_no_field_of_an_answer_that_is_not_the_api_s(kind: str) -> None:
    # A gateway answers with HTML, which is text, and an expression that reads a field of text ends the run.
    found = definition(kind)
    answered = found["actions"].pop("Answered")
    (condition,) = answered["expression"]["and"]
    content_type = f"coalesce(outputs('{OUTCOME[kind]}')?['headers']?['Content-Type'], '')"
    assert condition == {"equals": [f"@startsWith({content_type}, 'application/json')", True]}
    assert f"body('{OUTCOME[kind]}')" in json.dumps(answered["actions"])
    assert f"body('{OUTCOME[kind]}')" not in json.dumps([found, answered["else"]])
    (told,) = answered["else"]["actions"].values()
    assert told["inputs"]["runStatus"] == "Failed"


@both
def test_a_workflow_waits_as_long_as_an_export_can_take(kind: str) -> None:
    export = definition(kind)["actions"]["Export"]
    assert export["limit"] == {"timeout": "P35D"}
    assert "operationOptions" not in export
    asked = export["inputs"]["subscribe"] if kind == "webhook" else export["inputs"]
    assert (asked["body"].get("callbackUrl") == "@{listCallbackUrl()}") == (kind == "webhook")
    assert asked["headers"]["Idempotency-Key"] == "@{workflow().run.name}"


@both
def test_run_history_does_not_show_people(kind: str) -> None:
    found = definition(kind)
    calls = [part for part in parts(found) if isinstance(part, dict) and part.get("type") in {"Http", "HttpWebhook"}]
    assert len(calls) >= 2
    for step in [found["triggers"]["Request"], *calls]:
        assert step["runtimeConfiguration"] == {"secureData": {"properties": ["inputs", "outputs"]}}
    told = [part["runError"] for part in parts(found) if isinstance(part, dict) and "runError" in part]
    assert told
    # Messages of the API can name the person: only codes and the id of the export go on.
    assert not any("message'" in json.dumps(one) or "triggerBody" in json.dumps(one) for one in told)


@both
def test_a_deployed_workflow_has_its_parameters_and_its_identity(kind: str, tree: Tree) -> None:
    workflows = tree.snapshot("sample-logic-app").of("Microsoft.Logic/workflows")
    (made,) = (workflow for workflow in workflows if workflow.name.endswith(f"-{kind}"))
    (identity,) = made.get("identity", "userAssignedIdentities")
    assert set(made.get("properties", "parameters")) == set(definition(kind)["parameters"])
    deployed = made.get("properties", "definition")
    assert deployed == json.loads(json.dumps(definition(kind)).replace("{identityId}", identity))
    requests = Workflow(deployed).requests
    assert [request["authentication"]["identity"] for request in requests] == [identity] * len(requests)
