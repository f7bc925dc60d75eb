"""Subscriptions over HTTP."""

from typing import Any

import pytest

from shared.exports.subscription import MAX_SUBSCRIPTIONS
from tests.exports.samples import CALLER
from tests.http.api_client import ROOT, UNKNOWN_ID, ApiClient
from tests.use_cases.export_runs import OTHER_CALLER

URL = "https://hooks.contoso.com/run?sig=secret"


async def test_a_subscription_is_returned_without_its_url(api: ApiClient) -> None:
    reply = await api.post("/subscriptions", {"callbackUrl": URL, "status": ["Failed", "Canceled"], "reference": "r"})
    assert reply.status == 201
    assert reply.headers["Location"] == f"{ROOT}/api/subscriptions/{reply.body['id']}"
    assert (reply.body["status"], reply.body["reference"]) == (["Canceled", "Failed"], "r")
    assert b"secret" not in reply.content


async def test_the_same_subscription_again_is_the_same(api: ApiClient) -> None:
    first = await api.post("/subscriptions", {"callbackUrl": URL})
    again = await api.post("/subscriptions", {"callbackUrl": URL, "status": None})
    assert again.body == first.body
    assert first.body["status"] is None


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
    assert (await api.become(OTHER_CALLER, "Exports.Admin").call("DELETE", location)).status == 204


async def test_its_id_may_be_in_upper_case(api: ApiClient) -> None:
    subscription_id = (await api.post("/subscriptions", {"callbackUrl": URL})).body["id"]
    assert (await api.call("DELETE", f"/subscriptions/{subscription_id.upper()}")).status == 204
    assert await api.fakes.services.subscriptions.all() == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (None, (400, "MissingBody", "body")),
        ({}, (400, "MissingField", "callbackUrl")),
        ({"callbackUrl": f"{URL}&forbidden"}, (400, "CallbackNotAllowed", "callbackUrl")),
    ],
    ids=["none", "empty", "forbidden"],
)
async def test_what_can_not_be_subscribed_to_is_refused(api: ApiClient, body: Any, error: tuple[int, str, str]) -> None:
    api.fakes.callbacks.forbidden.add(f"{URL}&forbidden")
    assert (await api.post("/subscriptions", body)).error == error


async def test_one_too_many_is_a_conflict(api: ApiClient) -> None:
    for number in range(MAX_SUBSCRIPTIONS):
        assert (await api.post("/subscriptions", {"callbackUrl": f"{URL}{number}"})).status == 201
    assert (await api.post("/subscriptions", {"callbackUrl": URL})).error == (409, "TooManySubscriptions", None)


async def test_subscriptions_take_a_role(api: ApiClient) -> None:
    api.become(CALLER, "Exports.Submit", "Exports.Download")
    assert (await api.post("/subscriptions", {"callbackUrl": URL})).error == (403, "Forbidden", None)
    assert (await api.call("DELETE", f"/subscriptions/{UNKNOWN_ID}")).error == (403, "Forbidden", None)
