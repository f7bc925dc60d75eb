"""The calls by which somebody subscribes to the ends of exports, and unsubscribes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.ids import is_guid
from shared.http.auth import Role
from shared.http.errors import ApiError
from shared.http.views import subscription_view

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.calls import Call


async def create(call: Call) -> func.HttpResponse:
    """`POST /subscriptions`: 201; the same one asked for again is the same."""
    from shared.callbacks.destinations import Destinations  # noqa: PLC0415 - imports are paid for when first used
    from shared.exports.subscriptions import MOST  # noqa: PLC0415
    from shared.http.schemas import read_subscription  # noqa: PLC0415

    call.caller.require(Role.READ)
    destinations = Destinations(call.settings.callback_hosts)
    subscription, url = read_subscription(call.body(), call.caller.id, call.services.now(), destinations)
    have = {other.id for other in await call.services.subscriptions.all()}
    if subscription.id not in have and len(have) >= MOST:
        message = f"There are {MOST} subscriptions already. Delete those that nobody needs."
        raise ApiError(409, "TooManySubscriptions", message)
    subscription = await call.services.subscriptions.add(subscription, url)
    headers = {"Location": call.link(f"subscriptions/{subscription.id}")}
    return call.answer(201, subscription_view(subscription), headers)


async def delete(call: Call) -> func.HttpResponse:
    """`DELETE /subscriptions/{id}`: 204, also where there is none any more."""
    call.caller.require(Role.READ)
    given = str(call.request.route_params["id"]).lower()
    found = await call.services.subscriptions.get(given) if is_guid(given) else None
    if found is not None:
        if found.caller != call.caller.id and not call.caller.has(Role.ADMIN):
            message = "There is no subscription with this id that you may delete."
            raise ApiError(404, "SubscriptionNotFound", message, "id")
        await call.services.subscriptions.remove(found.id)
    return call.done()
