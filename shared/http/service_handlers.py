"""Handlers for the caller, health and the preflight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.http.app_roles import AppRole
from shared.http.response_bodies import report_body
from shared.use_cases.run_preflight import run_preflight

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http import service_schema
    from shared.http.request_context import RequestContext
    from shared.services import Services


async def get_health(context: RequestContext, services: Services) -> func.HttpResponse:
    """Gets whether the app can reach its records: 200 for anybody, so it says no more."""
    await services.records.check_readable()
    body: service_schema.Health = {"status": "Healthy"}
    return context.respond(200, body)


async def get_me(context: RequestContext) -> func.HttpResponse:
    """Gets who calls, and with which app roles: 200 for every caller, also for one without a role."""
    caller = context.caller
    body: service_schema.Me = {
        "id": caller.id,
        "name": caller.name,
        "roles": [role.value for role in AppRole if role in caller.roles],
    }
    return context.respond(200, body)


async def post_preflight(context: RequestContext, services: Services) -> func.HttpResponse:
    """Runs the preflight: 200 and the report, whatever it says."""
    context.caller.require(AppRole.OPERATE)
    return context.respond(200, report_body(await run_preflight(services)))
