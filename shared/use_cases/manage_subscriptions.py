"""Adds, lists and removes subscriptions to callbacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.exports.ids import new_secret_id, subscription_id
from shared.exports.states_and_codes import DeliveryEvent
from shared.exports.subscription import LIFETIME, Subscription, new_signing_secret
from shared.protocols import CallbackReceiver

if TYPE_CHECKING:
    from shared.exports.states_and_codes import Status
    from shared.services import Services

_ENDS = frozenset({DeliveryEvent.ENDED})


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a caller subscribes to."""

    callback_url: str = field(repr=False)
    """A secret: it may carry a signature."""
    statuses: frozenset[Status]
    """The final statuses to be notified of; none means all."""
    reference: str | None
    """Only exports with this reference; None means all."""
    events: frozenset[DeliveryEvent] = _ENDS
    """What to be notified of: at least one thing."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription, and the secret that signs its callbacks."""

    subscription: Subscription
    signing_secret: str | None = field(repr=False)
    """To be shown to the caller, this once; None where the subscription was there already."""


async def add_subscription(request: SubscriptionRequest, caller: str, services: Services) -> Subscribed:
    """Subscribes, or renews the same caller's subscription with the same URL and filters.

    Raises:
        CallbackNotAllowedError: callbacks may not go to the URL.
        TooManySubscriptionsError: the deployment, or the caller, has as many as it may have.
        ConflictError: others add subscriptions at this moment; nothing was stored.
    """
    services.callbacks.check(request.callback_url)
    filters, now = [*sorted(request.statuses), request.reference or ""], services.now()
    wanted = Subscription(
        id=subscription_id(
            caller, request.callback_url, filters, () if request.events == _ENDS else sorted(request.events)
        ),
        caller=caller,
        created_at=now,
        expires_at=now + LIFETIME,
        events=request.events,
        statuses=request.statuses,
        reference=request.reference,
        secret_id=new_secret_id(),
    )
    signing_secret = new_signing_secret()
    receiver = CallbackReceiver(request.callback_url, signing_secret)
    stored = await services.subscriptions.add(wanted, receiver)
    return Subscribed(stored, signing_secret if stored.secret_id == wanted.secret_id else None)


async def list_subscriptions(caller: str, services: Services, *, any_callers: bool) -> list[Subscription]:
    """The caller's subscriptions, or everybody's, the oldest first. Expired ones are there until the sweep."""
    found = await services.subscriptions.all()
    return sorted(
        (each for each in found if any_callers or each.caller == caller), key=lambda each: (each.created_at, each.id)
    )


async def remove_subscription(subscription_id: str, caller: str, services: Services, *, any_callers: bool) -> bool:
    """Deletes a subscription, if the caller may.

    Args:
        subscription_id: its id.
        caller: the principal that asks.
        services: what the use case works with.
        any_callers: whether this caller may delete subscriptions of others too.

    Returns:
        Whether there is no such subscription now. False: it is another caller's, and stays.
    """
    found = await services.subscriptions.get(subscription_id)
    if found is None:
        return True
    if found.caller != caller and not any_callers:
        return False
    await services.subscriptions.remove(found)
    return True
