"""The calls about subscriptions to callbacks, and the callbacks themselves."""

from __future__ import annotations

from shared.exports.subscription import LIFETIME
from shared.http import callback_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.openapi_components import (
    CALLER_ERRORS,
    JSON_BODY_ERRORS,
    READ_ROLES,
    RECORD_ERRORS,
    SUBSCRIPTION_ROLES,
    Operation,
    RequestContent,
    Response,
    Webhook,
)
from shared.http.request_bodies import SubscriptionBody
from shared.http.request_context import JSON

SUBSCRIPTION_OPERATIONS = (
    Operation(
        id="create_subscription",
        method="post",
        path="/subscriptions",
        tag="Subscriptions",
        summary="Subscribe",
        description=(
            "Subscribes to what becomes of every export, or only of those with a status or reference: with the event "
            "`ended` to its end (the webhook `exportEnded`), with `handedOver` to the answer to the person "
            "(`exportHandedOver`). The secret that signs its callbacks is in this response alone. A subscription ends "
            f"after {LIFETIME.days} days; each delivery renews it. Subscribing again with the same values renews it "
            "too, and does not show the secret again: if you lost it, delete the subscription and subscribe again."
        ),
        roles=READ_ROLES,
        body={JSON: RequestContent(schema=SubscriptionBody, examples=("SubscriptionRequest",))},
        responses=(
            Response(
                status=201,
                description="The subscription; delete it at `Location`.",
                type=callback_schema.Subscription,
                examples=("NewSubscription", "RenewedSubscription"),
                headers=("Location",),
            ),
        ),
        errors=(
            *JSON_BODY_ERRORS,
            ApiErrorCode.CALLBACK_NOT_ALLOWED,
            *CALLER_ERRORS,
            ApiErrorCode.TOO_MANY_SUBSCRIPTIONS,
            ApiErrorCode.BUSY,
            *RECORD_ERRORS,
        ),
    ),
    Operation(
        id="list_subscriptions",
        method="get",
        path="/subscriptions",
        tag="Subscriptions",
        summary="List subscriptions",
        description=(
            "Lists your own subscriptions; with `Exports.Operate` or `Exports.Admin`, everybody's. An expired one gets "
            "nothing more, and is removed within a day."
        ),
        roles=SUBSCRIPTION_ROLES,
        responses=(
            Response(
                status=200,
                description="The subscriptions.",
                type=callback_schema.SubscriptionList,
                examples=("SubscriptionList",),
            ),
        ),
        errors=(*CALLER_ERRORS, ApiErrorCode.STORAGE_UNAVAILABLE),
    ),
    Operation(
        id="delete_subscription",
        method="delete",
        path="/subscriptions/{id}",
        tag="Subscriptions",
        summary="Unsubscribe",
        description=(
            "Deletes your own subscription; with `Exports.Operate` or `Exports.Admin`, any. It can be repeated."
        ),
        roles=SUBSCRIPTION_ROLES,
        parameters=("subscriptionId",),
        responses=(Response(status=204, description="There is no subscription with this id now."),),
        errors=(*CALLER_ERRORS, ApiErrorCode.SUBSCRIPTION_NOT_FOUND, *RECORD_ERRORS),
    ),
)
_UNTIL_TAKEN = (
    "It is sent again, for a day, until the receiver responds with a 2xx. A 410 stops it, and ends the subscription."
)
WEBHOOKS = (
    Webhook(
        name="exportEnded",
        summary="When an export ends",
        description=(
            f"Sent to the `callbackUrl` of an export and to matching subscriptions to `ended`. {_UNTIL_TAKEN}"
        ),
        type=callback_schema.ExportEnded,
        example="ExportEnded",
    ),
    Webhook(
        name="exportHandedOver",
        summary="When the person was answered",
        description=(
            "Sent to matching subscriptions to `handedOver`, once the hand-over of an export is recorded, and to each "
            f"receiver after what it is to hear of the end. {_UNTIL_TAKEN}"
        ),
        type=callback_schema.ExportHandedOver,
        example="ExportHandedOver",
    ),
)
