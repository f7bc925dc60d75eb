"""Handlers that create, get and list exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from shared.callbacks.callback_destinations import CallbackDestinations
from shared.durable.durable_monitors import start_monitor
from shared.exports.exceptions import AlreadyRecordedError, SubjectBusyError
from shared.exports.ids import export_id_from_key, is_guid, new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions.acceptance import accept
from shared.http.api_errors import ApiError, not_found, subject_busy
from shared.http.app_roles import AppRole
from shared.http.query_parameters import (
    FILTER_PARAMETERS,
    LIST_PARAMETERS,
    parse_continuation_token,
    parse_due_before,
    parse_status,
    parse_subject_id,
    parse_top,
    to_continuation_token,
)
from shared.http.request_bodies import read_export
from shared.http.request_context import RequestContext, idempotency_key
from shared.http.response_bodies import event_body, export_body, retry_after_seconds
from shared.records.index_keys import ExportFilter

if TYPE_CHECKING:
    import azure.functions as func
    from azure.durable_functions import DurableOrchestrationClient

    from shared.exports.export import Export, ExportRequest

_RESULT_STATUS = {Status.SUCCEEDED: 200, Status.FAILED: 424, Status.CANCELED: 410}


async def create_export(call: RequestContext, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports`: records the export, starts its monitor, answers 202."""
    call.caller.require(AppRole.SUBMIT)
    return accepted_response(call, await record_export(call, client, call.body(), key=idempotency_key(call)))


async def record_export(
    call: RequestContext, client: DurableOrchestrationClient, body: bytes, *, key: str | None
) -> Export:
    """The export that a body asks for, recorded and its monitor started; the same again for the same key.

    Raises:
        ApiError: 400, 409, 422; nothing was created.
    """
    request = read_export(body, call.settings.cloud, CallbackDestinations(call.settings.callback_hosts))
    export = _new_export(call, request, key)
    # Looked for first, so that a key that was used before claims nobody.
    earlier = await call.services.records.get(export.id) if key else None
    if earlier is not None:
        return _check_repeated(earlier.export, export)
    try:
        await call.services.records.insert(export, request.callback_url)
    except AlreadyRecordedError:  # at this very moment
        earlier = await call.services.records.get(export.id)
        return _check_repeated(earlier.export if earlier else export, export)
    except SubjectBusyError as error:
        raise subject_busy(error) from None
    await start_monitor(client, export.id)
    return export


async def get_export(call: RequestContext) -> func.HttpResponse:
    """`GET /exports/{id}`: 200 whatever the export's status."""
    export = await find_export(call)
    return call.answer(200, export_body(export), _retry_headers(call, export))


async def get_result(call: RequestContext) -> func.HttpResponse:
    """`GET /exports/{id}/result`: 202 until the export has ended, then what it ended as."""
    export = await find_export(call)
    if export.status.is_terminal:
        return call.answer(_RESULT_STATUS[export.status], export_body(export))
    return accepted_response(call, export)


async def list_events(call: RequestContext) -> func.HttpResponse:
    """`GET /exports/{id}/events`: the trail."""
    export = await find_export(call)
    return call.answer(200, {"value": [event_body(event) for event in await call.services.records.trail(export.id)]})


async def find_export(call: RequestContext) -> Export:
    """The export that the route names, for one who may see it.

    Raises:
        ApiError: 401, 403, 404.
    """
    call.caller.require(AppRole.READ, AppRole.SUBMIT)
    export_id = str(call.request.route_params["id"])
    if not is_guid(export_id):
        raise not_found()
    saved = await call.services.records.get(export_id.lower())
    return call.caller.see(None if saved is None else saved.export)


async def find_changeable_export(call: RequestContext) -> Export:
    """The export, for one who may change it: who asked for it, or an administrator."""
    export = await find_export(call)
    if export.caller != call.caller.id:
        call.caller.require(AppRole.ADMIN)
    return export


def _new_export(call: RequestContext, request: ExportRequest, key: str | None) -> Export:
    caller = call.caller.id
    return accept(
        request,
        export_id_from_key(caller, key) if key else new_export_id(),
        caller,
        call.services.now(),
        due_after=call.settings.limits.due_after,
        correlation=call.correlation(),
    )


def _check_repeated(earlier: Export, export: Export) -> Export:
    """The export that the same key asked for before."""
    if earlier.request_digest != export.request_digest:
        message = "This idempotency key was used with another body. Use a fresh key for another request."
        raise ApiError(422, "IdempotencyKeyReused", message, "Idempotency-Key")
    return earlier


def accepted_response(call: RequestContext, export: Export) -> func.HttpResponse:
    """202 and the export, with where to follow it and when to ask again."""
    headers = {
        "Location": call.link(f"exports/{export.id}/result"),
        "Operation-Location": call.link(f"exports/{export.id}"),
        **_retry_headers(call, export),
    }
    return call.answer(202, export_body(export), headers)


def _retry_headers(call: RequestContext, export: Export) -> dict[str, str]:
    wait = retry_after_seconds(export, call.services.now())
    return {} if wait is None else {"Retry-After": str(wait)}


async def list_exports(call: RequestContext) -> func.HttpResponse:
    """The exports that fit, newest first; with `dueBefore` and neither person nor reference, soonest due first."""
    call.caller.require(AppRole.READ)
    given = call.request.params
    if unknown := sorted(set(given) - set(LIST_PARAMETERS)):
        raise ApiError(400, "UnknownField", f"There is no such parameter: {unknown[0]}.", unknown[0])
    query = ExportFilter(
        subject_id=parse_subject_id(given.get("subjectId")),
        reference=given.get("reference"),
        due_before=parse_due_before(given.get("dueBefore")),
        status=parse_status(given.get("status")),
    )
    exports, after = await call.services.records.page(
        query, parse_continuation_token(given.get("continuationToken")), parse_top(given.get("top"))
    )
    body: dict[str, Any] = {"value": [export_body(export) for export in exports]}
    if after is not None:
        kept = {name: given[name] for name in FILTER_PARAMETERS if name in given}
        body["nextLink"] = call.link(f"exports?{urlencode(kept | {'continuationToken': to_continuation_token(after)})}")
    return call.answer(200, body)
