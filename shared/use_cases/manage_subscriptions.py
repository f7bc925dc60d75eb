"""Adds and removes subscriptions to callbacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.exports.ids import subscription_id
from shared.exports.subscription import Subscription

if TYPE_CHECKING:
    from shared.exports.states_and_codes import Status
    from shared.services import Services


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a caller subscribes to."""

    callback_url: str = field(repr=False)
    """A secret: it may carry a signature."""
    statuses: frozenset[Status]
    """The final statuses to be notified of; none means all."""
    reference: str | None
    """Only exports with this reference; None means all."""


async def add_subscription(request: SubscriptionRequest, caller: str, services: Services) -> Subscription:
    """Subscribes, or finds the same caller's subscription with the same URL and filters.

    Raises:
        CallbackNotAllowedError: callbacks may not go to the URL.
        TooManySubscriptionsError: the deployment has as many as it may have.
        ConflictError: others add and remove subscriptions at this moment; nothing was stored.
    """
    services.callbacks.check(request.callback_url)
    filters = [*sorted(request.statuses), request.reference or ""]
    subscription = Subscription(
        id=subscription_id(caller, request.callback_url, filters),
        caller=caller,
        created_at=services.now(),
        statuses=request.statuses,
        reference=request.reference,
    )
    return await services.subscriptions.add(subscription, request.callback_url)


async def remove_subscription(subscription_id: str, caller: str, services: Services, *, any_callers: bool) -> bool:
    """Deletes a subscription, if the caller may.

    Args:
        subscription_id: its id.
        caller: the principal that asks.
        services: what the use case works with.
        any_callers: whether this caller may delete subscriptions of others too.

    Returns:
        Whether there is no such subscription now. False: it is another caller's, and stays.

    Raises:
        ConflictError: others add and remove subscriptions at this moment; it stays.
    """
    found = await services.subscriptions.get(subscription_id)
    if found is None:
        return True
    if found.caller != caller and not any_callers:
        return False
    await services.subscriptions.remove(found.id)
    return True
