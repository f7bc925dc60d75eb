"""Cancel, retry and erase over HTTP: who may, and what comes back."""

import pytest

from shared.exports.states_and_codes import Status
from tests.exports.samples import CALLER
from tests.http.api_client import PERSON, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER

COMMANDS = [("POST", "cancel"), ("POST", "retry"), ("DELETE", "data")]


async def test_a_canceled_export_is_returned_and_its_monitor_ended(api: ApiClient) -> None:
    export_id = await api.create()
    reply = await api.post(f"/exports/{export_id}/cancel")
    assert (reply.status, reply.body["status"]) == (202, "Canceled")
    assert reply.headers["Location"].endswith(f"/exports/{export_id}/result")
    assert [ended for ended, _ in api.fakes.monitors.ended] == [export_id]


async def test_a_retried_export_is_returned_and_its_monitor_started(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(), Status.FAILED)
    reply = await api.post(f"/exports/{export_id}/retry")
    assert (reply.status, reply.body["status"]) == (202, "Running")
    assert api.fakes.monitors.started == [export_id, export_id]


async def test_an_erased_export_is_returned(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    reply = await api.call("DELETE", f"/exports/{export_id}/data")
    assert reply.status == 202
    assert reply.body["erasedDateTime"] is not None


@pytest.mark.parametrize(("method", "command"), COMMANDS)
async def test_only_the_requester_and_administrators_may(api: ApiClient, method: str, command: str) -> None:
    export_id = await api.run_to_end(await api.create(), Status.CANCELED)
    path = f"/exports/{export_id}/{command}"
    assert (await api.become(OTHER_CALLER, "Exports.Submit").call(method, path)).error[:2] == (404, "ExportNotFound")
    assert (await api.become(OTHER_CALLER, "Exports.Read").call(method, path)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Download").call(method, path)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Submit").call(method, path)).status == 202
    assert (await api.become(OTHER_CALLER, "Exports.Admin").call(method, path)).status == 202


@pytest.mark.parametrize(("method", "command"), COMMANDS)
async def test_an_export_that_does_not_exist_is_not_found(api: ApiClient, method: str, command: str) -> None:
    assert (await api.call(method, f"/exports/{UNKNOWN_ID}/{command}")).error == (404, "ExportNotFound", "id")


async def test_what_the_state_does_not_allow_is_a_conflict(api: ApiClient) -> None:
    export_id = await api.create()
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).error == (409, "ExportNotEnded", None)
    await api.run_to_end(export_id)
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "ExportNotRetriable", None)


async def test_a_retry_is_a_conflict_while_the_person_has_another_open_export(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(), Status.FAILED)
    other_id = await api.create(PERSON)
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "ExportInProgress", other_id)
