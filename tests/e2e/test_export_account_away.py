"""The port of the export account is closed, for a minute and for good: exports say why they wait, go on, and end."""

import base64
import json
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableClient, UpdateMode

from local.stack.local_stack import Stack
from tests.e2e.caller import Caller, NewStack
from tests.e2e.logic_apps_client import LogicAppsClient
from tests.local.waiting import eventually
from tests.tcp_relay import TcpRelay

ACCOUNT = "exports"
LONG_AGO = timedelta(days=2)


class Deployment:
    """A stack whose export account is behind a port of its own."""

    def __init__(self, stack: Stack, relay: TcpRelay) -> None:
        self.stack, self.relay = stack, relay
        self.caller = Caller.of(stack)

    def events(self, export_id: str, kind: str) -> list[dict[str, Any]]:
        """The events of a type in the export's trail."""
        trail = self.caller.call("GET", f"exports/{export_id}/events").json()["value"]
        return [event["detail"] for event in trail if event["type"] == kind]

    def has_status(self, export_id: str, status: str) -> bool:
        """Whether the export has this status."""
        return bool(self.caller.get(export_id)["status"] == status)

    def waits_for_storage(self, export_id: str, times: int) -> bool:
        """Whether the export says that it waits for storage, and was tried so often."""
        reason = self.caller.get(export_id)["waitReason"] or ""
        return "storage failed" in reason and len(self.events(export_id, "BackedOff")) >= times

    def make_older(self, export_id: str) -> None:
        """Lets the export have begun long ago, and its next step be due."""
        azurite = self.stack.azurite
        credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
        with TableClient(
            azurite.table_endpoint, "Exports", credential=credential, connection_verify=str(azurite.ca_bundle)
        ) as table:
            row = table.get_entity(export_id, "export")
            row["begunDateTime"] -= LONG_AGO
            table.update_entity(row, mode=UpdateMode.REPLACE)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Deployment]:
    state = tmp_path_factory.mktemp("away")
    keys = {name: base64.b64encode(secrets.token_bytes(64)).decode() for name in (ACCOUNT, "records")}
    azurite = state / "azurite"
    azurite.mkdir()
    (azurite / "accounts.json").write_text(json.dumps(keys))
    ports = azurite / "ports.json"
    with TcpRelay(lambda: int(json.loads(ports.read_text())["blob"])) as relay:
        environment = {
            "PATH": os.environ["PATH"],
            "EXPORT_BLOB_ENDPOINT": f"https://127.0.0.1:{relay.port}/{ACCOUNT}",
            "EXPORT_ACCOUNT_KEY": keys[ACCOUNT],
            "EXPORT_ABANDON_DAYS": "1",
        }
        with new_stack(state, environment) as stack:
            yield Deployment(stack, relay)


@pytest.mark.timeout(400)
def test_exports_wait_while_the_account_is_away_and_then_succeed_at_the_first_attempt(deployment: Deployment) -> None:
    caller, exporting = deployment.caller, deployment.caller.new_user()
    caller.fault("submit", "duration", exporting, seconds=1.0)
    caller.fault("operation", "status", exporting, status="running", times=6)
    at_work = caller.post(exporting)["id"]
    assert eventually(lambda: caller.get(at_work)["stage"] == "Exporting")
    assert eventually(lambda: [each["status"] for each in caller.operations(exporting)] == ["complete"], 30)
    deployment.relay.close()
    new = caller.post(caller.quick(caller.new_user()))["id"]
    waiting = [at_work, new]
    assert caller.get(at_work)["stage"] == "Exporting", "its files are still to be read"
    for export_id in waiting:
        assert eventually(partial(deployment.waits_for_storage, export_id, 2), 200, pause=1)
    deployment.relay.open()
    for export_id in waiting:
        assert eventually(partial(deployment.has_status, export_id, "Succeeded"), 120, pause=1)
        export = caller.get(export_id)
        assert (len(export["attempts"]), export["waitReason"]) == (1, None)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("method", "command"), [("POST", "cancel"), ("DELETE", "data")])
def test_a_command_that_the_account_delays_is_a_green_action_once_it_is_carried_out(
    deployment: Deployment, method: str, command: str
) -> None:
    caller, subject = deployment.caller, deployment.caller.new_user()
    caller.fault("submit", "never" if command == "cancel" else "fails", subject)
    export_id = caller.post(subject)["id"]
    stage = "Exporting" if command == "cancel" else "Ended"
    assert eventually(lambda: caller.get(export_id)["stage"] == stage, 60)
    deployment.relay.close()
    ran = LogicAppsClient(caller).run(
        method, f"exports/{export_id}/{command}", meanwhile=deployment.relay.open, timeout=60
    )
    assert (ran.is_green, set(ran.statuses[:-1]), ran.statuses[-1]) == (True, {202}, 200)
    assert (ran.body["status"], ran.body["stage"]) == ("Canceled" if command == "cancel" else "Failed", "Ended")
    assert ran.body["grant"]["revokedDateTime"]
    assert (ran.body["erasedDateTime"] is not None) == (command == "data")


@pytest.mark.timeout(400)
def test_exports_end_at_their_age_limit_though_the_account_never_comes_back(deployment: Deployment) -> None:
    caller = deployment.caller
    deployment.relay.close()
    try:
        preparing, canceled = (caller.post(caller.new_user())["id"] for _ in range(2))
        for export_id in (preparing, canceled):
            assert eventually(partial(deployment.waits_for_storage, export_id, 1), 120, pause=1)
        caller.call("POST", f"exports/{canceled}/cancel")
        assert eventually(partial(deployment.has_status, canceled, "Canceled"), 120, pause=1)
        deployment.make_older(preparing)
        assert eventually(partial(deployment.has_status, preparing, "Failed"), 120, pause=1)
        assert caller.get(preparing)["error"]["code"] == "OperationStalled"
    finally:
        deployment.relay.open()
