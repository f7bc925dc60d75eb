"""Subscriptions: one for the same values, a hundred at most, and deleted by their owners or administrators."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import CallbackNotAllowedError, TooManySubscriptionsError
from shared.exports.states_and_codes import Status
from shared.exports.subscription import MAX_SUBSCRIPTIONS, Subscription
from shared.use_cases.manage_subscriptions import SubscriptionRequest, add_subscription, remove_subscription
from tests.exports.samples import CALLER, DAY, NOW
from tests.fakes.hooked_services import HookedServices
from tests.use_cases.export_runs import OTHER_CALLER

URL = "https://hooks.contoso.com/run?sig=secret"
REQUEST = SubscriptionRequest(URL, frozenset(), None)


async def add(fakes: HookedServices, request: SubscriptionRequest = REQUEST, caller: str = CALLER) -> Subscription:
    return await add_subscription(request, caller, fakes.services)


async def test_it_is_stored_with_its_url_apart(fakes: HookedServices) -> None:
    request = replace(REQUEST, statuses=frozenset({Status.FAILED}), reference="r")
    subscription = await add(fakes, request)
    assert await fakes.services.subscriptions.all() == [subscription]
    assert (subscription.caller, subscription.created_at) == (CALLER, NOW)
    assert (subscription.statuses, subscription.reference) == (request.statuses, "r")
    assert await fakes.services.subscriptions.url_of(subscription.id) == URL
    assert "secret" not in repr((subscription, request))


async def test_the_same_values_are_the_same_subscription(fakes: HookedServices) -> None:
    first = await add(fakes)
    fakes.clock.now += DAY
    assert await add(fakes) == first


async def test_other_values_are_another_subscription(fakes: HookedServices) -> None:
    failed = frozenset({Status.FAILED})
    others = [
        REQUEST,
        replace(REQUEST, callback_url=f"{URL}2"),
        replace(REQUEST, statuses=failed),
        replace(REQUEST, statuses=failed | {Status.CANCELED}),
        replace(REQUEST, reference="Failed"),
        replace(REQUEST, statuses=failed, reference="Failed"),
    ]
    ids = {(await add(fakes, request)).id for request in others}
    ids.add((await add(fakes, caller=OTHER_CALLER)).id)
    assert len(ids) == 7


async def test_its_id_is_the_one_that_earlier_versions_gave_it(fakes: HookedServices) -> None:
    request = SubscriptionRequest(URL, frozenset({Status.FAILED, Status.CANCELED}), "r")
    assert (await add(fakes, request)).id == "08c6f4ce-9fa2-57f4-a652-be6a05ee59e0"


async def test_callbacks_go_where_they_may(fakes: HookedServices) -> None:
    fakes.callbacks.forbidden.add(URL)
    with pytest.raises(CallbackNotAllowedError):
        await add(fakes)
    assert await fakes.services.subscriptions.all() == []


async def test_there_are_a_hundred_at_most(fakes: HookedServices) -> None:
    requests = [replace(REQUEST, reference=str(number)) for number in range(MAX_SUBSCRIPTIONS)]
    first, *_ = [await add(fakes, request) for request in requests]
    with pytest.raises(TooManySubscriptionsError):
        await add(fakes)
    assert await add(fakes, requests[0]) == first
    await remove_subscription(first.id, CALLER, fakes.services, any_callers=False)
    await add(fakes)


async def test_it_is_deleted_by_its_owner(fakes: HookedServices) -> None:
    subscription = await add(fakes)
    for _ in range(2):
        assert await remove_subscription(subscription.id, CALLER, fakes.services, any_callers=False)
    assert await fakes.services.subscriptions.all() == []
    assert await fakes.services.subscriptions.url_of(subscription.id) is None


@pytest.mark.parametrize("any_callers", [False, True])
async def test_that_of_another_caller_takes_a_right_to(fakes: HookedServices, *, any_callers: bool) -> None:
    subscription = await add(fakes)
    removed = await remove_subscription(subscription.id, OTHER_CALLER, fakes.services, any_callers=any_callers)
    assert removed is any_callers
    assert bool(await fakes.services.subscriptions.all()) is not any_callers
