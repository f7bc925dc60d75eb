"""Handlers that cancel, retry and erase an export, and tell whether a command is carried out.

Workflow engines take the end of an asynchronous call for that of the action. So a command has a `Location` of its own,
which ends in 200 whatever the export ended as: a cancellation that worked is no failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.export_handlers import find_changeable_export, find_export
from shared.http.response_bodies import export_body, seconds_until
from shared.use_cases import cancel_retry_erase
from shared.use_cases.cancel_retry_erase import Command

if TYPE_CHECKING:
    import azure.functions as func

    from shared.exports.export import Export
    from shared.http.request_context import RequestContext
    from shared.protocols import Monitors
    from shared.services import Services


async def cancel_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Revokes Microsoft's write access and ends the export: 200, or 202 while work is left."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.cancel_export(export.id, context.caller.id, services, monitors)
    return _command_response(context, services, export, Command.CANCEL)


async def retry_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Opens a failed or canceled export for another attempt: 200."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.retry_export(export.id, context.caller.id, services, monitors)
    return context.respond(200, export_body(export))


async def erase_export(context: RequestContext, services: Services) -> func.HttpResponse:
    """Erases the exported data, and keeps the row and the audit trail: 200, or 202 while work is left."""
    export = await find_changeable_export(context, services)
    export = await cancel_retry_erase.erase_export(export.id, context.caller.id, services)
    return _command_response(context, services, export, Command.ERASE)


async def get_command(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets whether a command is carried out: 202 while work is left, then 200."""
    export = await find_export(context, services)
    name = context.request.route_params["command"]
    if name not in set(Command):
        raise ApiError(ApiErrorCode.COMMAND_NOT_FOUND, f"A command is one of {', '.join(Command)}.", "command")
    return _command_response(context, services, export, Command(name))


def _command_response(
    context: RequestContext, services: Services, export: Export, command: Command
) -> func.HttpResponse:
    again_at = cancel_retry_erase.next_try_at(command, export, services)
    if again_at is None:
        return context.respond(200, export_body(export))
    headers = {
        "Location": context.absolute_url(f"exports/{export.id}/commands/{command}"),
        "Retry-After": str(seconds_until(again_at, services.now())),
    }
    return context.respond(202, export_body(export), headers)
