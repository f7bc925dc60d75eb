"""Commands as actions of Logic Apps and of the connector: one that worked is green, whatever the export ended as."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.e2e.caller import Caller
from tests.e2e.logic_apps_client import LogicAppsClient
from tests.local.waiting import eventually

CONNECTOR = Path(__file__).parent.parent.parent / "infra" / "connector" / "apiDefinition.swagger.json"
NOT_THERE = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def workflow(caller: Caller) -> LogicAppsClient:
    return LogicAppsClient(caller)


def running(caller: Caller) -> str:
    """An export whose operation never ends."""
    subject = caller.new_user()
    caller.fault("submit", "never", subject)
    export_id: str = caller.post(subject)["id"]
    assert eventually(lambda: caller.get(export_id)["stage"] == "Exporting")
    return export_id


def failed(caller: Caller) -> str:
    subject = caller.quick(caller.new_user())
    caller.fault("submit", "fails", subject)
    export: dict[str, Any] = caller.ended(caller.post(subject)["id"])
    assert export["status"] == "Failed"
    return str(export["id"])


def test_starting_an_export_that_fails_is_red(workflow: LogicAppsClient) -> None:
    ran = workflow.run("POST", "exports", json={"subject": {"type": "user", "id": str(uuid4())}})
    assert (ran.is_green, ran.response.status_code, ran.body["status"]) == (False, 424, "Failed")


def test_canceling_is_green_and_so_is_canceling_again(caller: Caller, workflow: LogicAppsClient) -> None:
    export_id = running(caller)
    for _ in range(2):
        ran = workflow.run("POST", f"exports/{export_id}/cancel")
        assert (ran.is_green, ran.statuses, ran.body["status"]) == (True, (200,), "Canceled")
        assert ran.body["grant"]["revokedDateTime"]
    assert not workflow.run("GET", f"exports/{export_id}/result").is_green, "that is what the export ended as"
    assert workflow.run("GET", f"exports/{export_id}/commands/cancel").is_green


def test_retrying_is_green_as_soon_as_the_export_is_open_again(caller: Caller, workflow: LogicAppsClient) -> None:
    export_id = failed(caller)
    for _ in range(2):
        ran = workflow.run("POST", f"exports/{export_id}/retry")
        assert (ran.is_green, ran.statuses, ran.body["completedDateTime"]) == (True, (200,), None)
    ran = workflow.run("GET", f"exports/{export_id}/result")
    assert (ran.is_green, ran.body["status"], ran.statuses[0]) == (True, "Succeeded", 202)


def test_erasing_what_failed_is_green_and_so_is_erasing_again(caller: Caller, workflow: LogicAppsClient) -> None:
    export_id = failed(caller)
    for _ in range(2):
        ran = workflow.run("DELETE", f"exports/{export_id}/data")
        assert (ran.is_green, ran.statuses, ran.body["status"]) == (True, (200,), "Failed")
        assert ran.body["erasedDateTime"]


@pytest.mark.parametrize(
    ("method", "command", "status"), [("POST", "retry", 409), ("DELETE", "data", 409), ("POST", "cancel", 404)]
)
def test_a_command_that_was_refused_is_red(
    caller: Caller, workflow: LogicAppsClient, method: str, command: str, status: int
) -> None:
    if command == "retry":
        export_id = caller.ended(caller.post(caller.quick(caller.new_user()))["id"])["id"]
    else:
        export_id = running(caller) if command == "data" else NOT_THERE
    ran = workflow.run(method, f"exports/{export_id}/{command}")
    assert (ran.is_green, ran.statuses) == (False, (status,))


@pytest.mark.parametrize("operation", ["CancelExport", "RetryExport", "EraseData"])
def test_an_action_of_the_connector_is_green(caller: Caller, workflow: LogicAppsClient, operation: str) -> None:
    """It is called as the definition says, and gets one of the responses that the definition has."""
    described = json.loads(CONNECTOR.read_text())
    ((path, method, action),) = (
        (path, method, call)
        for path, calls in described["paths"].items()
        for method, call in calls.items()
        if call.get("operationId") == operation
    )
    assert [parameter["name"] for parameter in action["parameters"] if parameter["required"]] == ["id"]
    export_id = running(caller) if operation == "CancelExport" else failed(caller)
    ran = workflow.run(method.upper(), path.lstrip("/").replace("{id}", export_id))
    assert ran.is_green
    assert set(ran.body) == set(action["responses"][str(ran.response.status_code)]["schema"]["properties"])
