"""The calls that ask for an export and follow it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.exports.ids import is_guid, new_export_id, repeatable_export_id
from shared.exports.words import Status
from shared.http.auth import Role
from shared.http.errors import ApiError, not_found, subject_busy
from shared.http.views import event_view, export_view, retry_after

if TYPE_CHECKING:
    import azure.functions as func
    from azure.durable_functions import DurableOrchestrationClient

    from shared.exports.model import Export, Request
    from shared.http.calls import Call

_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_RESULT_STATUS = {Status.SUCCEEDED: 200, Status.FAILED: 424, Status.CANCELED: 410}


async def start(call: Call, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports`: records the export, starts its monitor, answers 202."""
    call.caller.require(Role.SUBMIT)
    return _accepted(call, await ask(call, client, call.body(), key=idempotency_key(call)))


async def ask(call: Call, client: DurableOrchestrationClient, body: bytes, *, key: str | None) -> Export:
    """The export that a body asks for, recorded and its monitor started; the same again for the same key.

    Raises:
        ApiError: 400, 409, 422; nothing was created.
    """
    from shared.callbacks.destinations import Destinations  # noqa: PLC0415 - imports are paid for when first used
    from shared.http.schemas import read_export  # noqa: PLC0415
    from shared.storage.records import AlreadyRecordedError, SubjectBusyError  # noqa: PLC0415
    from shared.workflow.reconciler import start_monitor  # noqa: PLC0415

    request = read_export(body, call.settings.cloud, Destinations(call.settings.callback_hosts))
    export = _asked_for(call, request, key)
    # Looked for first, so that a key that was used before claims nobody.
    earlier = await call.services.records.get(export.id) if key else None
    if earlier is not None:
        return _repeated(earlier.export, export)
    try:
        await call.services.records.insert(export, request.callback_url)
    except AlreadyRecordedError:  # at this very moment
        earlier = await call.services.records.get(export.id)
        return _repeated(earlier.export if earlier else export, export)
    except SubjectBusyError as error:
        raise subject_busy(error) from None
    await start_monitor(client, export.id)
    return export


async def get(call: Call) -> func.HttpResponse:
    """`GET /exports/{id}`: 200 whatever the export's status."""
    export = await find(call)
    return call.answer(200, export_view(export), _retry_headers(call, export))


async def result(call: Call) -> func.HttpResponse:
    """`GET /exports/{id}/result`: 202 until the export has ended, then what it ended as."""
    export = await find(call)
    if export.status.is_terminal:
        return call.answer(_RESULT_STATUS[export.status], export_view(export))
    return _accepted(call, export)


async def events(call: Call) -> func.HttpResponse:
    """`GET /exports/{id}/events`: the trail."""
    export = await find(call)
    return call.answer(200, {"value": [event_view(event) for event in await call.services.records.trail(export.id)]})


async def cancel(call: Call, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/cancel`: takes Microsoft's write access away and ends the export."""
    from shared.workflow import commands, reconciler  # noqa: PLC0415 - imports are paid for when first used

    export = await _changeable(call)
    export = await commands.cancel(export.id, call.caller.id, call.services)
    if export.status is Status.CANCELED:
        await reconciler.end_monitor(client, export.id, "The export was canceled.")
    return _accepted(call, export)


async def retry(call: Call, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/retry`: makes a new attempt of a failed or canceled export."""
    from shared.workflow import commands, reconciler  # noqa: PLC0415 - imports are paid for when first used

    export = await _changeable(call)
    export = await commands.retry(export.id, call.caller.id, call.services)
    await reconciler.start_monitor(client, export.id)
    return _accepted(call, export)


async def erase(call: Call) -> func.HttpResponse:
    """`DELETE /exports/{id}/data`: erases the exported data; the row and the trail stay."""
    from shared.workflow import commands  # noqa: PLC0415 - imports are paid for when first used

    export = await _changeable(call)
    return _accepted(call, await commands.erase(export.id, call.caller.id, call.services))


async def health(call: Call) -> func.HttpResponse:
    """`GET /health`: 200 where the app can reach its records; anonymous, so it says no more."""
    await call.services.records.reachable()
    return call.answer(200, {"status": "Healthy"})


async def find(call: Call) -> Export:
    """The export that the route names, for one who may see it.

    Raises:
        ApiError: 401, 403, 404.
    """
    call.caller.require(Role.READ, Role.SUBMIT)
    export_id = str(call.request.route_params["id"])
    if not is_guid(export_id):
        raise not_found()
    saved = await call.services.records.get(export_id.lower())
    return call.caller.see(None if saved is None else saved.export)


async def _changeable(call: Call) -> Export:
    """The export, for one who may change it: who asked for it, or an administrator."""
    export = await find(call)
    if export.caller != call.caller.id:
        call.caller.require(Role.ADMIN)
    return export


def _asked_for(call: Call, request: Request, key: str | None) -> Export:
    from shared.exports.lifecycle import accept  # noqa: PLC0415 - imports are paid for when first used

    caller = call.caller.id
    return accept(
        request,
        repeatable_export_id(caller, key) if key else new_export_id(),
        caller,
        call.services.now(),
        due_after=call.settings.due_after,
        correlation=call.correlation(),
    )


def _repeated(earlier: Export, export: Export) -> Export:
    """The export that the same key asked for before."""
    if earlier.request_digest != export.request_digest:
        message = "This idempotency key was used with another body. Use a fresh key for another request."
        raise ApiError(422, "IdempotencyKeyReused", message, "Idempotency-Key")
    return earlier


def idempotency_key(call: Call) -> str | None:
    """The caller's own key of this request, where it sent one.

    Raises:
        ApiError: 400, where it can't be one.
    """
    headers = call.request.headers
    keys = [headers[name] for name in ("idempotency-key", "repeatability-request-id") if name in headers]
    if not all(_IDEMPOTENCY_KEY.fullmatch(key) for key in keys):
        raise ApiError(400, "InvalidValue", "The key takes 1 to 255 visible ASCII characters.", "Idempotency-Key")
    return keys[0] if keys else None


def _accepted(call: Call, export: Export) -> func.HttpResponse:
    headers = {
        "Location": call.link(f"exports/{export.id}/result"),
        "Operation-Location": call.link(f"exports/{export.id}"),
        **_retry_headers(call, export),
    }
    return call.answer(202, export_view(export), headers)


def _retry_headers(call: Call, export: Export) -> dict[str, str]:
    wait = retry_after(export, call.services.now())
    return {} if wait is None else {"Retry-After": str(wait)}
