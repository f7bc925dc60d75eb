"""The calls beside those about one export: batches, subscriptions, and what the service says of itself."""

from __future__ import annotations

from shared.http import response_schema
from shared.http.app_roles import AppRole
from shared.http.batch_handlers import MAX_BATCH_ITEMS
from shared.http.openapi.openapi_components import (
    BODY_ERRORS,
    BODY_FORM_ERRORS,
    CALLER_ERRORS,
    JSON,
    KEY_PARAMETERS,
    READ_ROLES,
    SUBMIT_OR_READ_ROLES,
    SUBMIT_ROLES,
    Answer,
    Content,
    Operation,
)
from shared.http.request_bodies import SubscriptionBody

_BATCH_SCHEMA = {
    "type": "object",
    "description": "The exports to ask for.",
    "properties": {
        "exports": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/ExportBody"},
            "minItems": 1,
            "maxItems": MAX_BATCH_ITEMS,
            "description": "Each as for `POST /exports`, accepted or refused on its own.",
        }
    },
    "required": ["exports"],
    "additionalProperties": False,
}
_CSV_SCHEMA = {
    "type": "string",
    "description": (
        "UTF-8 with a header row: the columns `type` and `id`, and of `reference`, `receivedDateTime`, `dueDateTime` "
        "and `allowDuplicate` what you need. An empty cell is a field left out."
    ),
}
SERVICE_OPERATIONS = (
    Operation(
        id="start_batch",
        method="post",
        path="/batches",
        tag="Batches",
        summary="Start batch",
        description=(
            f"Asks for up to {MAX_BATCH_ITEMS:,} exports at once, as JSON or CSV. Each is accepted or refused on its "
            "own; submissions keep to the tenant's daily limit."
        ),
        roles=SUBMIT_ROLES,
        parameters=KEY_PARAMETERS,
        body={
            JSON: Content(schema=_BATCH_SCHEMA, examples=("BatchRequest",)),
            "text/csv": Content(schema=_CSV_SCHEMA, examples=("BatchCsv",)),
        },
        answers=(
            Answer(
                status=202,
                meaning="The batch, and what came of each of its exports.",
                type=response_schema.Batch,
                examples=("Batch",),
                headers=("Location", "Retry-After"),
            ),
        ),
        faults=(
            "MissingBody",
            "InvalidJson",
            "InvalidCsv",
            "MissingField",
            "InvalidValue",
            "BatchTooLarge",
            *CALLER_ERRORS,
            *BODY_FORM_ERRORS,
            "StorageUnavailable",
        ),
    ),
    Operation(
        id="get_batch",
        method="get",
        path="/batches/{id}",
        tag="Batches",
        summary="Get batch",
        description="How far the exports of a batch are. A batch is seen by who asked for it, and with `Exports.Read`.",
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("batchId",),
        answers=(
            Answer(
                status=200,
                meaning="The batch.",
                type=response_schema.Batch,
                examples=("Batch",),
                headers=("Retry-After",),
            ),
        ),
        faults=(*CALLER_ERRORS, "BatchNotFound", "StorageUnavailable"),
    ),
    Operation(
        id="create_subscription",
        method="post",
        path="/subscriptions",
        tag="Subscriptions",
        summary="Subscribe",
        description=(
            "Asks to be told of the end of every export, or of those with a status or reference: see the webhook "
            "`exportEnded`. The same one asked for again is the same."
        ),
        roles=READ_ROLES,
        body={JSON: Content(schema=SubscriptionBody, examples=("SubscriptionRequest",))},
        answers=(
            Answer(
                status=201,
                meaning="The subscription; `Location` is where to delete it.",
                type=response_schema.Subscription,
                examples=("Subscription",),
                headers=("Location",),
            ),
        ),
        faults=(
            *BODY_ERRORS,
            "CallbackNotAllowed",
            *CALLER_ERRORS,
            "TooManySubscriptions",
            *BODY_FORM_ERRORS,
            "StorageUnavailable",
        ),
    ),
    Operation(
        id="delete_subscription",
        method="delete",
        path="/subscriptions/{id}",
        tag="Subscriptions",
        summary="Unsubscribe",
        description="Ends a subscription of one's own, or any with `Exports.Admin`. It can be repeated.",
        roles=READ_ROLES,
        parameters=("subscriptionId",),
        answers=(Answer(status=204, meaning="There is none with this id any more."),),
        faults=(*CALLER_ERRORS, "SubscriptionNotFound", "StorageUnavailable"),
    ),
    Operation(
        id="preflight",
        method="post",
        path="/preflight",
        tag="Service",
        summary="Run preflight",
        description=(
            "Finds out what would otherwise fail days later, without exporting anybody: the identity, its Graph roles, "
            "the records, and a real grant on a scratch container. It takes up to a minute."
        ),
        roles=(frozenset({AppRole.ADMIN}),),
        answers=(
            Answer(
                status=200,
                meaning="The report, whatever it says.",
                type=response_schema.Report,
                examples=("Report",),
            ),
        ),
        faults=CALLER_ERRORS,
    ),
    Operation(
        id="health",
        method="get",
        path="/health",
        tag="Service",
        summary="Get health",
        description="Whether the app can reach its records. For anybody, so it says no more.",
        roles=(),
        answers=(Answer(status=200, meaning="It can.", type=response_schema.Health, examples=("Healthy",)),),
        faults=("StorageUnavailable",),
    ),
    Operation(
        id="openapi",
        method="get",
        path="/openapi.json",
        tag="Service",
        summary="Get OpenAPI document",
        description="This document. It holds no secret, so it is for anybody.",
        roles=(),
        answers=(Answer(status=200, meaning="The document.", type=dict[str, object]),),
        faults=(),
    ),
)
