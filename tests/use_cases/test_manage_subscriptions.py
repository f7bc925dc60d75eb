"""Subscriptions: one for the same values, with a secret of its own, and deleted by their owners or operators."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from shared.callbacks.callback_message import signature_headers
from shared.exports.exceptions import CallbackNotAllowedError, TooManySubscriptionsError
from shared.exports.states_and_codes import DeliveryEvent, Status
from shared.exports.subscription import LIFETIME, MAX_SUBSCRIPTIONS_OF_CALLER, Subscription, signing_key
from shared.protocols import CallbackReceiver
from shared.use_cases.manage_subscriptions import (
    Subscribed,
    SubscriptionRequest,
    add_subscription,
    list_subscriptions,
    remove_subscription,
)
from tests.exports.samples import CALLER, DAY, ENDED, HANDED_OVER, NOW
from tests.fakes.hooked_services import HookedServices
from tests.use_cases.export_runs import OTHER_CALLER

URL = "https://hooks.contoso.com/run?sig=secret"
REQUEST = SubscriptionRequest(URL, frozenset(), None)


async def subscribe(fakes: HookedServices, request: SubscriptionRequest = REQUEST, caller: str = CALLER) -> Subscribed:
    return await add_subscription(request, caller, fakes.services)


async def add(fakes: HookedServices, request: SubscriptionRequest = REQUEST, caller: str = CALLER) -> Subscription:
    return (await subscribe(fakes, request, caller)).subscription


async def test_it_is_stored_with_its_secrets_apart(fakes: HookedServices) -> None:
    request = replace(REQUEST, statuses=frozenset({Status.FAILED}), reference="r", events=HANDED_OVER)
    made = await subscribe(fakes, request)
    subscription = made.subscription
    assert await fakes.services.subscriptions.all() == [subscription]
    assert (subscription.caller, subscription.created_at) == (CALLER, NOW)
    assert subscription.expires_at == NOW + LIFETIME
    assert (subscription.statuses, subscription.reference) == (request.statuses, "r")
    assert subscription.events == {DeliveryEvent.HANDED_OVER}
    receiver = await fakes.services.secrets.receiver(subscription)
    assert receiver == CallbackReceiver(URL, made.signing_secret)
    assert "sig=" not in repr((made, request, receiver))
    assert "whsec_" not in repr((made, request, receiver))


async def test_its_secret_is_one_that_the_libraries_of_receivers_take(fakes: HookedServices) -> None:
    made = await subscribe(fakes)
    assert made.signing_secret is not None
    headers = signature_headers(signing_key(made.signing_secret), "id-1", datetime.now(UTC), b"{}")
    assert Webhook(made.signing_secret).verify(b"{}", headers) == {}


async def test_the_same_values_are_the_same_subscription_which_is_renewed_and_shows_no_secret(
    fakes: HookedServices,
) -> None:
    first = await subscribe(fakes)
    fakes.clock.now += DAY
    again = await subscribe(fakes)
    assert again == Subscribed(replace(first.subscription, expires_at=NOW + DAY + LIFETIME), None)
    assert await fakes.services.secrets.receiver(again.subscription) == CallbackReceiver(URL, first.signing_secret)


async def test_whoever_lost_the_secret_deletes_the_subscription_and_gets_another(fakes: HookedServices) -> None:
    first = await subscribe(fakes)
    await remove_subscription(first.subscription.id, CALLER, fakes.services, any_callers=False)
    second = await subscribe(fakes)
    assert second.subscription.id == first.subscription.id
    assert second.signing_secret not in {None, first.signing_secret}


async def test_they_are_listed_by_age_ones_own_or_all(fakes: HookedServices) -> None:
    first = await add(fakes, caller=OTHER_CALLER)
    fakes.clock.now += DAY
    second = await add(fakes)
    fakes.clock.now += DAY
    third = await add(fakes, replace(REQUEST, reference="r"))
    services = fakes.services
    assert await list_subscriptions(CALLER, services, any_callers=False) == [second, third]
    assert await list_subscriptions(CALLER, services, any_callers=True) == [first, second, third]


async def test_other_values_are_another_subscription(fakes: HookedServices) -> None:
    failed = frozenset({Status.FAILED})
    others = [
        REQUEST,
        replace(REQUEST, callback_url=f"{URL}2"),
        replace(REQUEST, statuses=failed),
        replace(REQUEST, statuses=failed | {Status.CANCELED}),
        replace(REQUEST, reference="Failed"),
        replace(REQUEST, statuses=failed, reference="Failed"),
        replace(REQUEST, events=HANDED_OVER),
        replace(REQUEST, events=ENDED | HANDED_OVER),
        replace(REQUEST, reference="handedOver"),
        replace(REQUEST, reference="handedOver", events=HANDED_OVER),
        replace(REQUEST, statuses=failed, reference="handedOver"),
        replace(REQUEST, reference="Failed", events=HANDED_OVER),
    ]
    ids = {(await add(fakes, request)).id for request in others}
    ids.add((await add(fakes, caller=OTHER_CALLER)).id)
    assert len(ids) == 13


async def test_its_id_is_the_one_that_earlier_versions_gave_it(fakes: HookedServices) -> None:
    request = SubscriptionRequest(URL, frozenset({Status.FAILED, Status.CANCELED}), "r", ENDED)
    assert (await add(fakes, request)).id == "08c6f4ce-9fa2-57f4-a652-be6a05ee59e0"


async def test_callbacks_go_where_they_may(fakes: HookedServices) -> None:
    fakes.callbacks.forbidden.add(URL)
    with pytest.raises(CallbackNotAllowedError):
        await add(fakes)
    assert await fakes.services.subscriptions.all() == []


async def test_a_caller_has_twenty_at_most(fakes: HookedServices) -> None:
    requests = [replace(REQUEST, reference=str(number)) for number in range(MAX_SUBSCRIPTIONS_OF_CALLER)]
    first, *_ = [await add(fakes, request) for request in requests]
    with pytest.raises(TooManySubscriptionsError):
        await add(fakes)
    assert await add(fakes, requests[0]) == first
    await add(fakes, caller=OTHER_CALLER)
    await remove_subscription(first.id, CALLER, fakes.services, any_callers=False)
    await add(fakes)


async def test_it_is_deleted_by_its_owner(fakes: HookedServices) -> None:
    subscription = await add(fakes)
    for _ in range(2):
        assert await remove_subscription(subscription.id, CALLER, fakes.services, any_callers=False)
    assert await fakes.services.subscriptions.all() == []
    assert await fakes.services.secrets.receiver(subscription) is None


@pytest.mark.parametrize("any_callers", [False, True])
async def test_that_of_another_caller_takes_a_right_to(fakes: HookedServices, *, any_callers: bool) -> None:
    subscription = await add(fakes)
    removed = await remove_subscription(subscription.id, OTHER_CALLER, fakes.services, any_callers=any_callers)
    assert removed is any_callers
    assert bool(await fakes.services.subscriptions.all()) is not any_callers
