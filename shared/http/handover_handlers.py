"""The handler that records the hand-over of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.app_roles import AppRole
from shared.http.export_handlers import find_changeable_export
from shared.http.request_bodies import read_handover
from shared.http.response_bodies import export_body
from shared.use_cases import hand_over

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext
    from shared.protocols import Monitors
    from shared.services import Services


async def hand_over_export(context: RequestContext, services: Services, monitors: Monitors) -> func.HttpResponse:
    """Records that the person has been answered: 200."""
    export = await find_changeable_export(context, services, (AppRole.SUBMIT,))
    handed_over_at, method = read_handover(context.read_body())
    export = await hand_over.hand_over_export(export.id, handed_over_at, method, context.caller.id, services, monitors)
    return context.respond(200, export_body(export))
