"""Subscriptions over HTTP."""

import json
import re
from typing import Any

import pytest

from shared.exports.subscription import MAX_SUBSCRIPTIONS_OF_CALLER, signing_key
from shared.http.openapi.openapi_examples import EXAMPLES
from shared.protocols import Create
from shared.records.table_names import TableName
from tests.exports.samples import CALLER, NOW
from tests.http.api_client import ROOT, UNKNOWN_ID, ApiClient
from tests.test_docs import section
from tests.use_cases.export_runs import OTHER_CALLER

URL = "https://hooks.contoso.com/run?sig=secret"


async def test_a_subscription_is_returned_without_its_url_and_with_its_secret(api: ApiClient) -> None:
    reply = await api.post("/subscriptions", {"callbackUrl": URL, "status": ["Failed", "Canceled"], "reference": "r"})
    assert reply.status == 201
    assert reply.headers["Location"] == f"{ROOT}/api/subscriptions/{reply.body['id']}"
    assert reply.headers["Cache-Control"] == "no-store"
    assert (reply.body["status"], reply.body["reference"]) == (["Canceled", "Failed"], "r")
    assert (reply.body["createdBy"], reply.body["expiresDateTime"]) == (CALLER, "2027-04-30T09:00:00Z")
    assert len(signing_key(reply.body["signingSecret"])) == 32
    assert b"sig=" not in reply.content


@pytest.mark.parametrize("events", [["ended"], ["handedOver"], ["ended", "handedOver"]])
async def test_it_is_for_the_events_that_it_names(api: ApiClient, events: list[str]) -> None:
    for given in (events, events[::-1]):
        reply = await api.post("/subscriptions", {"callbackUrl": URL, "events": given})
        assert (reply.status, reply.body["events"]) == (201, events)
    assert len((await api.get("/subscriptions")).body["value"]) == 1


@pytest.mark.parametrize("fields", [{}, {"events": None}, {"events": ["ended", "ended"]}])
async def test_without_events_it_is_for_the_ends(api: ApiClient, fields: dict[str, Any]) -> None:
    named = await api.post("/subscriptions", {"callbackUrl": URL, "events": ["ended"]})
    reply = await api.post("/subscriptions", {"callbackUrl": URL, **fields})
    assert (reply.body["events"], reply.body["id"]) == (["ended"], named.body["id"])


async def test_the_same_subscription_again_is_the_same_and_shows_no_secret(api: ApiClient) -> None:
    first = await api.post("/subscriptions", {"callbackUrl": URL})
    again = await api.post("/subscriptions", {"callbackUrl": URL, "status": None})
    assert again.status == 201
    assert again.body == first.body | {"signingSecret": None}
    assert first.body["status"] is None


def test_the_example_of_the_api_document_is_that_of_the_openapi_document() -> None:
    _, made = re.findall(r"```json\n(.*?)```", section("api.md", "Callbacks"), re.DOTALL)
    assert json.loads(made) == EXAMPLES["NewSubscription"]


async def test_a_secret_is_in_no_other_response(api: ApiClient) -> None:
    made = (await api.post("/subscriptions", {"callbackUrl": URL})).body
    listed = await api.get("/subscriptions")
    assert listed.status == 200
    assert listed.body == {"value": [{name: value for name, value in made.items() if name != "signingSecret"}]}
    assert b"whsec_" not in listed.content


async def test_one_of_version_1_0_0_is_listed_without_an_expiry(api: ApiClient) -> None:
    row = {"PartitionKey": "subscription", "RowKey": UNKNOWN_ID, "caller": CALLER, "createdDateTime": NOW}
    await api.fakes.tables[TableName.SUBSCRIPTIONS].transact([Create(row | {"statuses": "", "url": URL})])
    (listed,) = (await api.get("/subscriptions")).body["value"]
    assert (listed["id"], listed["expiresDateTime"], listed["events"]) == (UNKNOWN_ID, None, ["ended"])


async def test_subscriptions_of_others_are_listed_for_operators(api: ApiClient) -> None:
    await api.become(OTHER_CALLER, "Exports.Read").post("/subscriptions", {"callbackUrl": URL})
    await api.become(CALLER, "Exports.Read").post("/subscriptions", {"callbackUrl": URL})
    for roles, owners in (
        (("Exports.Read",), {CALLER}),
        (("Exports.Operate",), {CALLER, OTHER_CALLER}),
        (("Exports.Read", "Exports.Operate"), {CALLER, OTHER_CALLER}),
        (("Exports.Admin",), {CALLER, OTHER_CALLER}),
    ):
        listed = (await api.become(CALLER, *roles).get("/subscriptions")).body["value"]
        assert {each["createdBy"] for each in listed} == owners
    assert (await api.become(CALLER, "Exports.Submit").get("/subscriptions")).error == (403, "Forbidden", None)


async def test_it_is_deleted_at_its_location(api: ApiClient) -> None:
    location = (await api.post("/subscriptions", {"callbackUrl": URL})).headers["Location"]
    for _ in range(2):
        reply = await api.call("DELETE", location)
        assert (reply.status, reply.content) == (204, b"")
    assert await api.fakes.services.subscriptions.all() == []


@pytest.mark.parametrize("subscription_id", [UNKNOWN_ID, "x"])
async def test_one_that_does_not_exist_counts_as_deleted(api: ApiClient, subscription_id: str) -> None:
    assert (await api.call("DELETE", f"/subscriptions/{subscription_id}")).status == 204


async def test_that_of_another_caller_is_not_found(api: ApiClient) -> None:
    location = (await api.post("/subscriptions", {"callbackUrl": URL})).headers["Location"]
    api.become(OTHER_CALLER, "Exports.Read")
    assert (await api.call("DELETE", location)).error == (404, "SubscriptionNotFound", "id")
    assert (await api.become(OTHER_CALLER, "Exports.Operate").call("DELETE", location)).status == 204


async def test_its_id_may_be_in_upper_case(api: ApiClient) -> None:
    subscription_id = (await api.post("/subscriptions", {"callbackUrl": URL})).body["id"]
    assert (await api.call("DELETE", f"/subscriptions/{subscription_id.upper()}")).status == 204
    assert await api.fakes.services.subscriptions.all() == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, (400, "MissingBody", "body")),
        ({}, (400, "MissingField", "callbackUrl")),
        ({"callbackUrl": URL, "events": []}, (400, "InvalidValue", "events")),
        ({"callbackUrl": URL, "events": ["HandedOver"]}, (400, "InvalidValue", "events[0]")),
        ({"callbackUrl": f"{URL}&forbidden"}, (400, "CallbackNotAllowed", "callbackUrl")),
    ],
    ids=["none", "empty", "no event", "unknown event", "forbidden"],
)
async def test_what_can_not_be_subscribed_to_is_refused(api: ApiClient, body: Any, error: tuple[int, str, str]) -> None:
    api.fakes.callbacks.forbidden.add(f"{URL}&forbidden")
    assert (await api.post("/subscriptions", body)).error == error


async def test_one_too_many_is_a_conflict(api: ApiClient) -> None:
    for number in range(MAX_SUBSCRIPTIONS_OF_CALLER):
        assert (await api.post("/subscriptions", {"callbackUrl": f"{URL}{number}"})).status == 201
    assert (await api.post("/subscriptions", {"callbackUrl": URL})).error == (409, "TooManySubscriptions", None)


async def test_subscriptions_take_a_role(api: ApiClient) -> None:
    api.become(CALLER, "Exports.Submit", "Exports.Download")
    assert (await api.post("/subscriptions", {"callbackUrl": URL})).error == (403, "Forbidden", None)
    assert (await api.call("DELETE", f"/subscriptions/{UNKNOWN_ID}")).error == (403, "Forbidden", None)
