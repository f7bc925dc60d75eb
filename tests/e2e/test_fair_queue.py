"""One caller's batch of a thousand uses up the pace of the tenant, and another caller's export goes all the same."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableClient

from tests.e2e.caller import Caller, NewStack
from tests.local.waiting import eventually

BATCH, PER_DAY = 1000, 20_000
AT_ONCE, INTERVAL_SECONDS = PER_DAY // 100, 5
"""What the daily limit lets go at once after idle time, and the pace after that: a little less than this."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Caller]:
    environment = {"PATH": os.environ["PATH"], "GRAPH_SUBMISSIONS_PER_DAY": str(PER_DAY)}
    with new_stack(tmp_path_factory.mktemp("queue"), environment) as stack:
        yield Caller.of(stack)


def queued(caller: Caller) -> list[str]:
    """The ids of the exports that wait in the queue, as the rows say: to ask for each would keep the app busy."""
    azurite = caller.stack.azurite
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    ca = str(azurite.ca_bundle)
    with TableClient(azurite.table_endpoint, "Exports", credential=credential, connection_verify=ca) as table:
        found = table.query_entities("RowKey eq 'export' and stage eq 'Queued'", select=["PartitionKey"])
        return [row["PartitionKey"] for row in found]


@pytest.mark.timeout(400)
def test_an_urgent_export_of_one_caller_does_not_wait_for_the_batch_of_another(busy: Caller) -> None:
    flooder = busy.with_roles("Exports.Submit", "Exports.Read")
    other = busy.with_roles("Exports.Submit", "Exports.Read")
    # Unknown users: each export ends after one submission, so that Graph's speed doesn't matter.
    exports = [{"subject": {"type": "user", "id": str(uuid4())}} for _ in range(BATCH)]
    assert flooder.call("POST", "batches", json={"exports": exports}, timeout=120).status_code == 202
    enough = BATCH - AT_ONCE - 100
    assert eventually(lambda: len(queued(flooder)) >= enough, 200, pause=1)

    waiting = flooder.get(queued(flooder)[-1])
    expected = datetime.fromisoformat(waiting["expectedSubmissionDateTime"])
    assert 0 < (expected - datetime.now(UTC)).total_seconds() < BATCH * INTERVAL_SECONDS

    urgent = other.post(other.quick(other.new_user()))["id"]
    # Its turn comes next; the round after its slot is free gives it to it.
    assert eventually(lambda: other.get(urgent)["status"] == "Succeeded", 60, pause=0.5)
    assert len(queued(flooder)) >= enough - 100, "the batch still waits"
    trail = other.call("GET", f"exports/{urgent}/events").json()["value"]
    assert [event["type"] for event in trail][:2] == ["Accepted", "Queued"]


@pytest.mark.timeout(100)
def test_an_export_that_is_canceled_leaves_the_queue_at_once(busy: Caller) -> None:
    caller = busy.with_roles("Exports.Submit", "Exports.Read")
    urgent, canceled = (caller.post(caller.quick(caller.new_user())) for _ in range(2))
    caller.call("POST", f"exports/{canceled['id']}/cancel")
    export = caller.get(canceled["id"])
    assert (export["status"], export["expectedSubmissionDateTime"], export["attempts"]) == ("Canceled", None, [])
    assert caller.ended(urgent["id"])["status"] == "Succeeded"
    assert caller.operations(canceled["subject"]["id"]) == []
