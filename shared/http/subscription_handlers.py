"""Handlers that create, list and delete subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.ids import is_guid
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import SEES_SUBSCRIPTIONS, AppRole
from shared.http.request_bodies import read_subscription
from shared.http.response_bodies import new_subscription_body, subscription_body
from shared.use_cases import manage_subscriptions

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http import callback_schema
    from shared.http.request_context import RequestContext
    from shared.services import Services


async def create_subscription(context: RequestContext, services: Services) -> func.HttpResponse:
    """Subscribes to the ends of exports: 201, also for a subscription that exists, which is renewed."""
    context.caller.require(AppRole.READ)
    request = read_subscription(context.read_body())
    subscribed = await manage_subscriptions.add_subscription(request, context.caller.id, services)
    headers = {"Location": context.absolute_url(f"subscriptions/{subscribed.subscription.id}")}
    return context.respond(201, new_subscription_body(subscribed), headers)


async def list_subscriptions(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lists the caller's subscriptions, or everybody's for a caller that may see them: 200."""
    caller = context.caller
    caller.require(*SEES_SUBSCRIPTIONS)
    found = await manage_subscriptions.list_subscriptions(caller.id, services, any_callers=caller.has(AppRole.OPERATE))
    body: callback_schema.SubscriptionList = {"value": [subscription_body(subscription) for subscription in found]}
    return context.respond(200, body)


async def delete_subscription(context: RequestContext, services: Services) -> func.HttpResponse:
    """Deletes a subscription: 204, also if it no longer exists."""
    caller = context.caller
    caller.require(*SEES_SUBSCRIPTIONS)
    given = context.route_id.lower()
    is_gone = not is_guid(given) or await manage_subscriptions.remove_subscription(
        given, caller.id, services, any_callers=caller.has(AppRole.OPERATE)
    )
    if not is_gone:
        message = "There is no subscription with this id that you may delete."
        raise ApiError(ApiErrorCode.SUBSCRIPTION_NOT_FOUND, message, "id")
    return context.no_content()
