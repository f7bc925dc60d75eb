"""Recording a hand-over over HTTP: what may be said, who may, and what comes back."""

from typing import Any

import pytest

from shared.exports.states_and_codes import HandoverMethod, Status
from tests.exports.samples import CALLER, DAY
from tests.http.api_client import UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER


async def ended(api: ApiClient, status: Status = Status.SUCCEEDED, **fields: Any) -> str:
    return await api.run_to_end(await api.create(**fields), status)


async def test_the_export_that_was_handed_over_is_returned(api: ApiClient) -> None:
    export_id = await ended(api, receivedDateTime="2026-10-20T08:00:00Z")
    body = {"handedOverDateTime": "2026-10-30T09:00:00+01:00", "method": "inPerson"}
    reply = await api.post(f"/exports/{export_id}/handover", body)
    assert reply.status == 200
    assert (reply.body["handedOverDateTime"], reply.body["handoverMethod"]) == ("2026-10-30T08:00:00Z", "inPerson")
    assert (reply.body["awaitsHandover"], reply.body["status"]) == (False, "Succeeded")
    assert reply.body == (await api.get(f"/exports/{export_id}")).body
    event = (await api.get(f"/exports/{export_id}/events")).body["value"][-1]
    assert (event["type"], event["actor"]) == ("HandedOver", CALLER)
    assert event["detail"] == body | {"handedOverDateTime": "2026-10-30T08:00:00Z"}


@pytest.mark.parametrize("body", [{}, {"handedOverDateTime": None, "method": None}])
async def test_nothing_has_to_be_said(api: ApiClient, body: Any) -> None:
    reply = await api.post(f"/exports/{await ended(api)}/handover", body)
    assert (reply.status, reply.body["handoverMethod"]) == (200, None)
    assert reply.body["handedOverDateTime"] == reply.body["lastUpdatedDateTime"]


@pytest.mark.parametrize("method", HandoverMethod)
async def test_every_method_is_taken(api: ApiClient, method: HandoverMethod) -> None:
    reply = await api.post(f"/exports/{await ended(api)}/handover", {"method": method.value})
    assert reply.body["handoverMethod"] == method


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED])
async def test_an_export_without_data_can_have_been_answered_too(api: ApiClient, status: Status) -> None:
    export_id = await ended(api, status)
    assert (await api.post(f"/exports/{export_id}/handover", {})).status == 200
    assert (await api.post(f"/exports/{export_id}/retry")).error == (409, "AlreadyHandedOver", None)


async def test_what_was_shown_can_be_said_again(api: ApiClient) -> None:
    export_id = await ended(api)
    first = (await api.post(f"/exports/{export_id}/handover", {"method": "link"})).body
    api.fakes.pass_time(DAY)
    same = {"handedOverDateTime": first["handedOverDateTime"], "method": "link"}
    for body in ({}, same, {"method": "link"}):
        assert (await api.post(f"/exports/{export_id}/handover", body)).body == first
    for body in (same | {"method": "post"}, {"handedOverDateTime": "2026-11-01T09:00:00Z"}):
        assert (await api.post(f"/exports/{export_id}/handover", body)).error == (409, "AlreadyHandedOver", None)


async def test_an_open_export_is_a_conflict(api: ApiClient) -> None:
    reply = await api.post(f"/exports/{await api.create()}/handover", {})
    assert reply.error == (409, "ExportNotEnded", None)


@pytest.mark.parametrize(
    ("body", "code", "target"),
    [
        (None, "MissingBody", "body"),
        ([], "InvalidValue", "body"),
        ({"method": "Email"}, "InvalidValue", "method"),
        ({"method": "by pigeon"}, "InvalidValue", "method"),
        ({"handedOverDateTime": "2026-11-03"}, "InvalidValue", "handedOverDateTime"),
        ({"handedOverDateTime": "2026-10-31T09:00:00Z"}, "InvalidValue", "handedOverDateTime"),
        ({"handedOverDateTime": "2027-11-03T09:00:00Z"}, "InvalidValue", "handedOverDateTime"),
        ({"note": "to Ana"}, "UnknownField", "note"),
    ],
)
async def test_what_can_not_be_is_refused(api: ApiClient, body: Any, code: str, target: str) -> None:
    export_id = await ended(api)
    assert (await api.post(f"/exports/{export_id}/handover", body)).error == (400, code, target)
    assert (await api.get(f"/exports/{export_id}")).body["handedOverDateTime"] is None


async def test_only_the_requester_and_administrators_may(api: ApiClient) -> None:
    path = f"/exports/{await ended(api)}/handover"
    assert (await api.become(OTHER_CALLER, "Exports.Submit").post(path, {})).error[:2] == (404, "ExportNotFound")
    both = api.become(OTHER_CALLER, "Exports.Submit", "Exports.Read")
    assert (await both.post(path, {})).error[:2] == (403, "Forbidden")
    for roles in (("Exports.Read",), ("Exports.Download",), ("Exports.Operate",), ()):
        assert (await api.become(CALLER, *roles).post(path, {})).error[:2] == (403, "Forbidden")
    assert (await api.become(CALLER, "Exports.Submit").post(path, {})).status == 200
    assert (await api.become(OTHER_CALLER, "Exports.Admin").post(path, {})).status == 200


async def test_an_export_that_does_not_exist_is_not_found(api: ApiClient) -> None:
    assert (await api.post(f"/exports/{UNKNOWN_ID}/handover", {})).error == (404, "ExportNotFound", "id")
