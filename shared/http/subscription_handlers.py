"""Handlers that create and delete subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.callbacks.callback_destinations import CallbackDestinations
from shared.exports.ids import is_guid
from shared.exports.subscription import MAX_SUBSCRIPTIONS
from shared.http.api_errors import ApiError
from shared.http.app_roles import AppRole
from shared.http.request_bodies import read_subscription
from shared.http.response_bodies import subscription_body

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext


async def create_subscription(call: RequestContext) -> func.HttpResponse:
    """`POST /subscriptions`: 201; the same one asked for again is the same."""
    call.caller.require(AppRole.READ)
    destinations = CallbackDestinations(call.settings.callback_hosts)
    subscription, url = read_subscription(call.body(), call.caller.id, call.services.now(), destinations)
    have = {other.id for other in await call.services.subscriptions.all()}
    if subscription.id not in have and len(have) >= MAX_SUBSCRIPTIONS:
        message = f"There are {MAX_SUBSCRIPTIONS} subscriptions already. Delete those that nobody needs."
        raise ApiError(409, "TooManySubscriptions", message)
    subscription = await call.services.subscriptions.add(subscription, url)
    headers = {"Location": call.link(f"subscriptions/{subscription.id}")}
    return call.answer(201, subscription_body(subscription), headers)


async def delete_subscription(call: RequestContext) -> func.HttpResponse:
    """`DELETE /subscriptions/{id}`: 204, also where there is none any more."""
    call.caller.require(AppRole.READ)
    given = str(call.request.route_params["id"]).lower()
    found = await call.services.subscriptions.get(given) if is_guid(given) else None
    if found is not None:
        if found.caller != call.caller.id and not call.caller.has(AppRole.ADMIN):
            message = "There is no subscription with this id that you may delete."
            raise ApiError(404, "SubscriptionNotFound", message, "id")
        await call.services.subscriptions.remove(found.id)
    return call.done()
