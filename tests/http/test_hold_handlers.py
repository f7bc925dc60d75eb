"""Holds over HTTP: who may place and lift them, and what comes back."""

import pytest

from shared.exports.states_and_codes import Status
from shared.use_cases.hold_exports import EXPORTS_PER_PAGE
from tests.exports.samples import CALLER
from tests.http.api_client import OTHER_PERSON, PERSON, ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER

BODY = {"reason": "Case 12 O 345/26"}
HOLDS = "/holds?reference=DSR-1"


async def test_a_hold_is_shown_refuses_an_erasure_and_is_lifted(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    path = f"/exports/{export_id}/hold"
    reply = await api.call("PUT", path, BODY)
    expected = {"placedDateTime": reply.body["lastUpdatedDateTime"], "reason": BODY["reason"], "placedBy": CALLER}
    assert (reply.status, reply.body["hold"]) == (200, expected)
    assert (await api.call("PUT", path, BODY)).body == reply.body
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).error == (409, "OnHold", None)
    assert (await api.get(f"/exports/{export_id}/commands/erase")).status == 200, "nothing is to be done"
    lifted = await api.call("DELETE", path)
    assert (lifted.status, lifted.body["hold"]) == (200, None)
    assert (await api.call("DELETE", path)).body == lifted.body
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).status == 200
    assert (await api.call("PUT", path, BODY)).error == (409, "DataErased", None)


async def test_an_open_export_is_held(api: ApiClient) -> None:
    export_id = await api.create()
    reply = await api.call("PUT", f"/exports/{export_id}/hold", BODY)
    assert (reply.status, reply.body["status"]) == (200, "NotStarted")
    assert (await api.get(f"/exports/{export_id}")).body == reply.body


async def test_what_is_being_erased_is_not_held(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create())
    api.fakes.hooks.fail("containers.erase")
    assert (await api.call("DELETE", f"/exports/{export_id}/data")).status == 202
    assert (await api.call("PUT", f"/exports/{export_id}/hold", BODY)).error == (409, "ErasureBegun", None)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, (400, "MissingBody", "body")),
        ({}, (400, "MissingField", "reason")),
        ({"reason": ""}, (400, "InvalidValue", "reason")),
        ({"reason": "  "}, (400, "InvalidValue", "reason")),
        ({"reason": "x" * 501}, (400, "InvalidValue", "reason")),
        ({"reason": "a\nb"}, (400, "InvalidValue", "reason")),
        ({"reason": 1}, (400, "InvalidValue", "reason")),
        (BODY | {"until": "2027"}, (400, "UnknownField", "until")),
    ],
    ids=str,
)
async def test_a_hold_needs_a_reason(api: ApiClient, body: object, error: tuple[int, str, str]) -> None:
    export_id = await api.create(reference="DSR-1")
    assert (await api.call("PUT", f"/exports/{export_id}/hold", body)).error == error
    assert (await api.call("PUT", HOLDS, body)).error == error
    assert (await api.get(f"/exports/{export_id}")).body["hold"] is None


@pytest.mark.parametrize(("method", "body"), [("PUT", BODY), ("DELETE", None)])
async def test_only_the_requester_and_administrators_may(api: ApiClient, method: str, body: object) -> None:
    path = f"/exports/{await api.run_to_end(await api.create(), Status.CANCELED)}/hold"
    assert (await api.become(OTHER_CALLER, "Exports.Submit").call(method, path, body)).error[:2] == (
        404,
        "ExportNotFound",
    )
    assert (await api.become(OTHER_CALLER, "Exports.Read").call(method, path, body)).error[:2] == (403, "Forbidden")
    for role in ("Exports.Read", "Exports.Download"):
        assert (await api.become(CALLER, role).call(method, path, body)).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Submit").call(method, path, body)).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Admin").call(method, path, body)).status == 200
    unknown = await api.call(method, f"/exports/{UNKNOWN_ID}/hold", body)
    assert unknown.error == (404, "ExportNotFound", "id")


async def test_by_reference_a_caller_holds_its_own_exports_and_an_administrator_all(api: ApiClient) -> None:
    own = await api.create(PERSON, reference="DSR-1")
    other = await api.become(OTHER_CALLER, "Exports.Submit").create(OTHER_PERSON, reference="DSR-1")
    reply = await api.become(CALLER, "Exports.Submit").call("PUT", HOLDS, BODY)
    assert (reply.status, reply.body) == (200, {"value": [{"exportId": own, "status": "Held", "error": None}]})
    reply = await api.become(UNKNOWN_ID, "Exports.Admin").call("DELETE", HOLDS)
    results = [{"exportId": each, "status": "Lifted", "error": None} for each in (other, own)]
    assert sorted(reply.body["value"], key=str) == sorted(results, key=str)
    for method, body in (("PUT", BODY), ("DELETE", None)):
        refused = await api.become(CALLER, "Exports.Read").call(method, HOLDS, body)
        assert refused.error == (403, "Forbidden", None)


async def test_what_can_not_be_held_says_why_and_storage_that_fails_says_to_call_again(api: ApiClient) -> None:
    export_id = await api.run_to_end(await api.create(reference="DSR-1"))
    api.fakes.hooks.fail("Exports.transact")
    (busy,) = (await api.call("PUT", HOLDS, BODY)).body["value"]
    assert (busy["exportId"], busy["status"], busy["error"]["code"]) == (export_id, "Busy", "Busy")
    api.fakes.hooks.clear()
    await api.call("DELETE", f"/exports/{export_id}/data")
    (refused,) = (await api.call("PUT", HOLDS, BODY)).body["value"]
    assert (refused["status"], refused["error"]["code"]) == ("Refused", "DataErased")


async def test_more_exports_than_a_call_takes_are_held_by_the_next(api: ApiClient) -> None:
    for _ in range(EXPORTS_PER_PAGE + 1):
        await api.create(reference="DSR-1", allowDuplicate=True)
    first = await api.call("PUT", HOLDS, BODY)
    link = first.body["nextLink"]
    assert link.startswith(f"{ROOT}/api{HOLDS}&continuationToken=")
    last = await api.call("PUT", link, BODY)
    held = {each["exportId"] for reply in (first, last) for each in reply.body["value"]}
    assert (len(held), set(last.body)) == (EXPORTS_PER_PAGE + 1, {"value"})
    assert (await api.call("PUT", HOLDS.replace("1", "2"), BODY)).body == {"value": []}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", (400, "MissingField", "reference")),
        ("?reference=", (400, "InvalidValue", "reference")),
        ("?reference=a&reference=b", (400, "InvalidValue", "reference")),
        ("?reference=a&status=Failed", (400, "UnknownField", "status")),
        ("?reference=a&continuationToken=x", (400, "InvalidValue", "continuationToken")),
    ],
)
async def test_which_exports_must_be_clear(api: ApiClient, query: str, error: tuple[int, str, str]) -> None:
    assert (await api.call("PUT", f"/holds{query}", BODY)).error == error
    assert (await api.call("DELETE", f"/holds{query}")).error == error


async def test_another_callers_place_in_a_list_is_none_of_ones_own(api: ApiClient) -> None:
    for _ in range(EXPORTS_PER_PAGE + 1):
        await api.create(reference="DSR-1", allowDuplicate=True)
    link = (await api.call("PUT", HOLDS, BODY)).body["nextLink"]
    reply = await api.become(OTHER_CALLER, "Exports.Submit").call("PUT", link, BODY)
    assert reply.error == (400, "InvalidValue", "continuationToken")
