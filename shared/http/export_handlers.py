"""Handlers that create, get and list exports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from shared.exports.ids import is_guid
from shared.exports.states_and_codes import Status
from shared.http.api_errors import export_not_found
from shared.http.app_roles import SEES_EXPORTS, AppRole
from shared.http.query_parameters import (
    ROWS_PAGE_SIZE,
    next_page_parameters,
    read_continuation_token,
    read_export_filter,
    read_number_token,
    read_page_size,
)
from shared.http.request_bodies import read_export
from shared.http.response_bodies import event_body, export_body, retry_after_seconds
from shared.use_cases import create_export as use_case

if TYPE_CHECKING:
    from collections.abc import Collection

    import azure.functions as func

    from shared.exports.export import Export
    from shared.http import export_schema
    from shared.http.app_roles import Caller
    from shared.http.request_context import RequestContext
    from shared.protocols import Monitors
    from shared.records.index_keys import ExportFilter
    from shared.services import Services

_RESULT_STATUS = {Status.SUCCEEDED: 200, Status.FAILED: 424, Status.CANCELED: 410}


async def create_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Creates an export: 202."""
    context.caller.require(AppRole.SUBMIT)
    body, key = context.read_body(hint="For many exports in CSV, call POST /batches."), context.idempotency_key()
    export = await use_case.create_export(
        read_export(body, context.settings.cloud),
        context.caller.id,
        services,
        monitors,
        key=key,
        correlation=context.correlation_ids(),
    )
    return accepted_response(context, services, export)


async def list_exports(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lists exports: 200. A caller who may not see all of them gets its own."""
    context.caller.require(*SEES_EXPORTS)
    params = context.query
    wanted = _visible(read_export_filter(params), context.caller)
    token, page_size = read_continuation_token(params, wanted), read_page_size(params)
    exports, after = await services.queries.page(wanted, token, page_size)
    body: export_schema.ExportPage = {"value": [export_body(export) for export in exports]}
    if after is not None:
        body["nextLink"] = context.absolute_url(f"exports?{urlencode(next_page_parameters(params, after))}")
    return context.respond(200, body)


async def get_export(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets an export, whatever its status: 200."""
    export = await find_export(context, services)
    return context.respond(200, export_body(export), _retry_headers(services, export))


async def get_result(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets what an export ended as: 200, 424 or 410; until then 202."""
    export = await find_export(context, services)
    if export.status.is_terminal:
        return context.respond(_RESULT_STATUS[export.status], export_body(export))
    return accepted_response(context, services, export)


async def list_events(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lists the audit trail of an export, `ROWS_PAGE_SIZE` events at a time: 200."""
    export = await find_export(context, services)
    after = read_number_token(context.query)
    events = await services.records.events(export.id, after, ROWS_PAGE_SIZE)
    body: export_schema.Trail = {"value": [event_body(event) for event in events]}
    last = after + ROWS_PAGE_SIZE
    if last < export.event_count:
        body["nextLink"] = context.absolute_url(f"exports/{export.id}/events?continuationToken={last}")
    return context.respond(200, body)


async def find_export(context: RequestContext, services: Services, roles: Collection[AppRole] = SEES_EXPORTS) -> Export:
    """The export that the route names, for a caller that has one of these roles and may see it.

    Raises:
        ApiError: 401, 403, 404 ExportNotFound.
    """
    context.caller.require(*roles)
    if not is_guid(context.route_id):
        raise export_not_found()
    saved = await services.records.get(context.route_id.lower())
    return context.caller.see(None if saved is None else saved.export)


async def find_changeable_export(
    context: RequestContext, services: Services, roles: Collection[AppRole] = SEES_EXPORTS
) -> Export:
    """The same for a caller that may change it: the requester, or an administrator."""
    export = await find_export(context, services, roles)
    context.caller.require_change_of(export)
    return export


def _visible(wanted: ExportFilter, caller: Caller) -> ExportFilter:
    """The filter, narrowed to what the caller may see: ApiError 403 if it asks for the exports of another caller."""
    if caller.has(AppRole.READ):
        return wanted
    if wanted.requested_by not in {None, caller.id}:
        caller.require(AppRole.READ)
    return replace(wanted, requested_by=caller.id)


def accepted_response(context: RequestContext, services: Services, export: Export) -> func.HttpResponse:
    """202 and the export, with where to follow it and when to ask again."""
    headers = {
        "Location": context.absolute_url(f"exports/{export.id}/result"),
        "Operation-Location": context.absolute_url(f"exports/{export.id}"),
        **_retry_headers(services, export),
    }
    return context.respond(202, export_body(export), headers)


def _retry_headers(services: Services, export: Export) -> dict[str, str]:
    wait = retry_after_seconds(export, services.now())
    return {} if wait is None else {"Retry-After": str(wait)}
