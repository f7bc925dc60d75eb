"""The calls about batches: many exports at once."""

from typing import Annotated

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from shared.http import batch_schema, csv_bodies
from shared.http.api_errors import ApiErrorCode
from shared.http.batch_handlers import MAX_BATCH_ITEMS
from shared.http.openapi.openapi_components import (
    CALLER_ERRORS,
    JSON_BODY_ERRORS,
    KEY_PARAMETERS,
    RECORD_ERRORS,
    SUBMIT_OR_READ_ROLES,
    SUBMIT_ROLES,
    Operation,
    RequestContent,
    Response,
)
from shared.http.request_bodies import ExportBody
from shared.http.request_context import JSON


@with_config(ConfigDict(extra="forbid", use_attribute_docstrings=True))
class BatchBody(TypedDict):
    """The body of `POST /batches`."""

    exports: Annotated[list[ExportBody], Field(min_length=1, max_length=MAX_BATCH_ITEMS)]
    """The exports to start, each as for `POST /exports`."""


_CSV_SCHEMA = {
    "type": "string",
    "description": (
        "UTF-8 with a header row: the columns `type` and `id`, and any of `reference`, `receivedDateTime`, "
        "`dueDateTime` and `allowDuplicate`, separated by commas, semicolons or tabs. An empty cell means that the "
        "field is left out; a row without a value is none."
    ),
}
BATCH_OPERATIONS = (
    Operation(
        id="start_batch",
        method="post",
        path="/batches",
        tag="Batches",
        summary="Start batch",
        description=(
            f"Starts up to {MAX_BATCH_ITEMS:,} exports at once, from JSON or CSV. The batch is recorded first; then "
            "each export is accepted, refused or busy on its own. Send the batch again with the same key, and what is "
            "busy is tried again. Submissions keep to the tenant's daily limit."
        ),
        roles=SUBMIT_ROLES,
        parameters=KEY_PARAMETERS,
        body={
            JSON: RequestContent(schema=BatchBody, examples=("BatchRequest",)),
            csv_bodies.MEDIA_TYPE: RequestContent(schema=_CSV_SCHEMA, examples=("BatchCsv",)),
        },
        responses=(
            Response(
                status=202,
                description="The batch, and what became of each export.",
                type=batch_schema.Batch,
                examples=("Batch",),
                headers=("Location", "Retry-After"),
            ),
        ),
        errors=(
            *JSON_BODY_ERRORS,
            ApiErrorCode.INVALID_CSV,
            ApiErrorCode.BATCH_TOO_LARGE,
            *CALLER_ERRORS,
            ApiErrorCode.IDEMPOTENCY_KEY_REUSED,
            *RECORD_ERRORS,
        ),
    ),
    Operation(
        id="get_batch",
        method="get",
        path="/batches/{id}",
        tag="Batches",
        summary="Get batch",
        description=(
            "Gets a batch and the state of its exports. A batch is visible to its requester, and to callers with "
            "`Exports.Read` or `Exports.Admin`."
        ),
        roles=SUBMIT_OR_READ_ROLES,
        parameters=("batchId",),
        responses=(
            Response(
                status=200,
                description="The batch.",
                type=batch_schema.Batch,
                examples=("Batch",),
                headers=("Retry-After",),
            ),
        ),
        errors=(*CALLER_ERRORS, ApiErrorCode.BATCH_NOT_FOUND, *RECORD_ERRORS),
    ),
)
