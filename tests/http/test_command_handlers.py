"""Cancel, retry and erase over HTTP: who may, and what comes back."""

import pytest

from shared.exports.states_and_codes import Status
from tests.exports.samples import CALLER, DAY, LIMITS
from tests.http.api_client import PERSON, ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER, advance, submit

COMMANDS = [("POST", "cancel"), ("POST", "retry"), ("DELETE", "data")]


async def test_a_canceled_export_is_returned_and_its_monitor_ended(api: ApiClient) -> None:
    export_id = await api.create()
    reply = await api.post(f"/exports/{export_id}/cancel")
    assert (reply.status, reply.body["status"]) == (200, "Canceled")
    assert not {"Location", "Retry-After"} & set(reply.headers)
    assert [ended for ended, _ in api.fakes.monitors.ended] == [export_id]


async def test_a_retried_export_is_returned_and_its_monitor_started(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(), Status.FAILED)
    reply = await api.post(f"/exports/{export_id}/retry")
    assert (reply.status, reply.body["status"]) == (200, "Running")
    assert not {"Location", "Retry-After"} & set(reply.headers)
    assert api.fakes.monitors.started == [export_id, export_id]


async def test_an_erased_export_is_returned(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    reply = await api.call("DELETE", f"/exports/{export_id}/data")
    assert reply.status == 200
    assert reply.body["erasedDateTime"] is not None
    assert reply.body["erasureDueDateTime"] is None


@pytest.mark.parametrize(("method", "command"), COMMANDS)
async def test_only_the_requester_and_administrators_may(api: ApiClient, method: str, command: str) -> None:
    export_id = await api.run_to_end(await api.create(), Status.CANCELED)
    path = f"/exports/{export_id}/{command}"
    assert (await api.become(OTHER_CALLER, "Exports.Submit").call(method, path)).error[:2] == (404, "ExportNotFound")
    assert (await api.become(OTHER_CALLER, "Exports.Read").call(method, path)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Download").call(method, path)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Submit").call(method, path)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Admin").call(method, path)).status == 200


@pytest.mark.parametrize(("method", "command"), COMMANDS)
async def test_an_export_that_does_not_exist_is_not_found(api: ApiClient, method: str, command: str) -> None:
    assert (await api.call(method, f"/exports/{UNKNOWN_ID}/{command}")).error == (404, "ExportNotFound", "id")


@pytest.mark.parametrize(
    ("method", "action", "command", "failing"),
    [("POST", "cancel", "cancel", "containers.remove_policy"), ("DELETE", "data", "erase", "containers.erase")],
)
async def test_a_command_that_storage_stops_says_where_to_follow_it_until_it_is_carried_out(
    api: ApiClient, method: str, action: str, command: str, failing: str
) -> None:
    export_id = await api.create()
    await (submit(api.fakes, export_id) if command == "cancel" else api.run_to_end(export_id, Status.FAILED))
    api.fakes.hooks.fail(failing)
    reply = await api.call(method, f"/exports/{export_id}/{action}")
    location = f"{ROOT}/api/exports/{export_id}/commands/{command}"
    for answer in (reply, await api.get(location), await api.call(method, f"/exports/{export_id}/{action}")):
        assert (answer.status, answer.headers["Location"]) == (202, location)
        assert int(answer.headers["Retry-After"]) >= LIMITS.poll_floor.total_seconds()
    other = "erase" if command == "cancel" else "cancel"
    assert (await api.get(f"/exports/{export_id}/commands/{other}")).status == 200, "nobody asked for that"
    api.fakes.hooks.clear()
    api.fakes.pass_time(DAY)
    await advance(api.fakes, export_id)
    done = await api.get(location)
    assert (done.status, done.body["status"]) == (200, "Canceled" if command == "cancel" else "Failed")
    assert not {"Location", "Retry-After"} & set(done.headers)
    assert done.body == (await api.get(f"/exports/{export_id}")).body


async def test_an_export_is_retried_once_an_erasure_that_has_begun_is_carried_out(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(), Status.FAILED)
    api.fakes.hooks.fail("containers.erase")
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).status == 202
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "ErasureBegun", None)
    api.fakes.hooks.clear()
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).status == 200
    assert (await api.post(f"/exports/{export_id}/retry")).status == 200
    reply = await api.get(f"/exports/{export_id}/commands/erase")
    assert (reply.status, reply.body["status"]) == (200, "Running")


async def test_who_may_see_an_export_may_follow_its_commands(api: ApiClient) -> None:
    path = f"/exports/{await api.run_to_end(await api.create())}/commands/erase"
    assert (await api.become(CALLER, "Exports.Submit").get(path)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Read").get(path)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Submit").get(path)).error == (404, "ExportNotFound", "id")
    assert (await api.become(CALLER).get(path)).error == (403, "Forbidden", None)


@pytest.mark.parametrize("command", ["retry", "data", "Cancel", "x"])
async def test_a_command_that_there_is_none_of_is_not_found(api: ApiClient, command: str) -> None:
    reply = await api.get(f"/exports/{await api.create()}/commands/{command}")
    assert reply.error == (404, "CommandNotFound", "command")


async def test_what_the_state_does_not_allow_is_a_conflict(api: ApiClient) -> None:
    export_id = await api.create()
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).error == (409, "ExportNotEnded", None)
    await api.run_to_end(export_id)
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "ExportNotRetriable", None)


async def test_a_retry_is_a_conflict_while_the_person_has_another_open_export(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(), Status.FAILED)
    other_id = await api.create(PERSON)
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "ExportInProgress", other_id)
