"""Handler that extends the deadline of an export, pauses its clock, and resumes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.app_roles import AppRole
from shared.http.export_handlers import find_changeable_export
from shared.http.request_bodies import read_clock_change
from shared.http.response_bodies import export_body
from shared.use_cases import change_deadline as use_case

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext
    from shared.services import Services


async def change_deadline(context: RequestContext, services: Services) -> func.HttpResponse:
    """Extends, pauses or resumes: 200."""
    export = await find_changeable_export(context, services, (AppRole.SUBMIT,))
    change = read_clock_change(context.read_body())
    export = await use_case.change_deadline(export.id, change, context.caller.id, services)
    return context.respond(200, export_body(export))
