"""Handlers that create and get batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export import Export
from shared.exports.ids import is_guid
from shared.http import csv_bodies
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import AppRole
from shared.http.request_bodies import read_batch, read_export_item
from shared.http.request_context import JSON
from shared.http.response_bodies import batch_body, retry_after_seconds
from shared.use_cases import create_batch as use_case

if TYPE_CHECKING:
    import azure.functions as func

    from shared.exports.exceptions import Refusal
    from shared.exports.export import ExportRequest
    from shared.http.request_context import RequestContext
    from shared.national_clouds import Cloud
    from shared.protocols import Monitors
    from shared.services import Services

MAX_BATCH_ITEMS = 1000
"""How many exports a batch has at most."""
_MAX_BODY_BYTES = 1024 * 1024
_SPREADSHEET_HINT = "Save a spreadsheet as CSV UTF-8."
_RETRY_AFTER_SECONDS = 10
"""How long to wait before the first look at a batch: its exports have hardly begun."""


async def create_batch(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Creates many exports, each accepted, refused or busy on its own: 202."""
    context.caller.require(AppRole.SUBMIT)
    items = _read_items(context)
    batch, outcomes = await use_case.create_batch(
        [_read_item(item, context.settings.cloud) for item in items],
        context.caller.id,
        services,
        monitors,
        key=context.idempotency_key(),
        correlation=context.correlation_ids(),
    )
    location = context.absolute_url(f"batches/{batch.id}")
    headers = {"Location": location, "Retry-After": str(_RETRY_AFTER_SECONDS)}
    return context.respond(202, batch_body(batch, outcomes), headers)


async def get_batch(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets a batch, with how far its exports are: 200."""
    context.caller.require(AppRole.READ, AppRole.SUBMIT)
    batch_id = context.route_id
    batch = await services.batches.get(batch_id.lower()) if is_guid(batch_id) else None
    if batch is None or not context.caller.may_see(batch.caller):
        raise ApiError(ApiErrorCode.BATCH_NOT_FOUND, "There is no batch with this id that you may see.", "id")
    outcomes, now = await use_case.get_outcomes(batch, services), services.now()
    exports = [outcome for outcome in outcomes if isinstance(outcome, Export)]
    waits = [wait for export in exports if (wait := retry_after_seconds(export, now)) is not None]
    return context.respond(200, batch_body(batch, outcomes), {"Retry-After": str(min(waits))} if waits else {})


def _read_items(context: RequestContext) -> list[object]:
    """The items that the body has, each still to be read.

    Raises:
        ApiError: 400, 413, 415, if the batch as a whole is refused.
    """
    body = context.read_body(JSON, csv_bodies.MEDIA_TYPE, max_bytes=_MAX_BODY_BYTES, hint=_SPREADSHEET_HINT)
    is_csv = context.media_type == csv_bodies.MEDIA_TYPE
    items = csv_bodies.read_csv_batch(body, MAX_BATCH_ITEMS + 1) if is_csv else read_batch(body)
    if not items:
        raise ApiError(ApiErrorCode.MISSING_FIELD, "The batch has no exports. Send at least one.", "exports")
    if len(items) > MAX_BATCH_ITEMS:
        message = f"A batch can have {MAX_BATCH_ITEMS} exports at most."
        raise ApiError(ApiErrorCode.BATCH_TOO_LARGE, message, "exports")
    return items


def _read_item(item: object, cloud: Cloud) -> ExportRequest | Refusal:
    try:
        return read_export_item(item, cloud)
    except ApiError as error:
        return error.refusal()
