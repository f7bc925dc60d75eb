"""Handlers that cancel, retry and erase an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.durable import durable_monitors
from shared.exports.states_and_codes import Status
from shared.http.export_handlers import accepted_response, find_changeable_export
from shared.use_cases import cancel_retry_erase

if TYPE_CHECKING:
    import azure.functions as func
    from azure.durable_functions import DurableOrchestrationClient

    from shared.http.request_context import RequestContext


async def cancel_export(call: RequestContext, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/cancel`: takes Microsoft's write access away and ends the export."""
    export = await find_changeable_export(call)
    export = await cancel_retry_erase.cancel_export(export.id, call.caller.id, call.services)
    if export.status is Status.CANCELED:
        await durable_monitors.end_monitor(client, export.id, "The export was canceled.")
    return accepted_response(call, export)


async def retry_export(call: RequestContext, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /exports/{id}/retry`: makes a new attempt of a failed or canceled export."""
    export = await find_changeable_export(call)
    export = await cancel_retry_erase.retry_export(export.id, call.caller.id, call.services)
    await durable_monitors.start_monitor(client, export.id)
    return accepted_response(call, export)


async def erase_export(call: RequestContext) -> func.HttpResponse:
    """`DELETE /exports/{id}/data`: erases the exported data; the row and the trail stay."""
    export = await find_changeable_export(call)
    return accepted_response(call, await cancel_retry_erase.erase_export(export.id, call.caller.id, call.services))
