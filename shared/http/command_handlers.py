"""Handlers that cancel, retry and erase an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.export_handlers import accepted_response, find_changeable_export
from shared.use_cases import cancel_retry_erase

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext
    from shared.protocols import Monitors
    from shared.services import Services


async def cancel_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Revokes Microsoft's write access and ends the export: 202."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.cancel_export(export.id, context.caller.id, services, monitors)
    return accepted_response(context, services, export)


async def retry_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Starts another attempt of a failed or canceled export: 202."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.retry_export(export.id, context.caller.id, services, monitors)
    return accepted_response(context, services, export)


async def erase_export(context: RequestContext, services: Services) -> func.HttpResponse:
    """Erases the exported data, and keeps the row and the audit trail: 202."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.erase_export(export.id, context.caller.id, services)
    return accepted_response(context, services, export)
