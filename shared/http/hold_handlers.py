"""Handlers that place holds on exported data and lift them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from shared.exports.states_and_codes import HoldStatus
from shared.http.app_roles import AppRole
from shared.http.export_handlers import find_changeable_export
from shared.http.query_parameters import next_page_parameters, read_continuation_token, read_reference
from shared.http.request_bodies import read_hold
from shared.http.response_bodies import export_body, holds_body
from shared.records.index_keys import ExportFilter
from shared.use_cases import hold_exports

if TYPE_CHECKING:
    import azure.functions as func

    from shared.http.request_context import RequestContext
    from shared.services import Services
    from shared.use_cases.hold_exports import HoldOutcomes


async def place_hold(context: RequestContext, services: Services) -> func.HttpResponse:
    """Keeps the data of an export from being erased: 200."""
    export = await find_changeable_export(context, services, (AppRole.SUBMIT,))
    reason = read_hold(context.read_body())
    export = await hold_exports.place_hold(export.id, reason, context.caller.id, services)
    return context.respond(200, export_body(export))


async def lift_hold(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lets the data of an export be erased again: 200."""
    export = await find_changeable_export(context, services, (AppRole.SUBMIT,))
    export = await hold_exports.lift_hold(export.id, context.caller.id, services)
    return context.respond(200, export_body(export))


async def place_holds(context: RequestContext, services: Services) -> func.HttpResponse:
    """The same for each export that has a reference, with what became of it: 200."""
    wanted = _changeable(context)
    reason, after = read_hold(context.read_body()), read_continuation_token(context.query, wanted)
    outcomes = await hold_exports.place_holds(wanted, reason, context.caller.id, services, after=after)
    return _page(context, outcomes, HoldStatus.HELD)


async def lift_holds(context: RequestContext, services: Services) -> func.HttpResponse:
    """Lets the data of each export that has a reference be erased again, with what became of it: 200."""
    wanted = _changeable(context)
    after = read_continuation_token(context.query, wanted)
    outcomes = await hold_exports.lift_holds(wanted, context.caller.id, services, after=after)
    return _page(context, outcomes, HoldStatus.LIFTED)


def _changeable(context: RequestContext) -> ExportFilter:
    """The exports with the reference that the caller may change: all for an administrator, for others their own.

    Raises:
        ApiError: 400 MissingField; 401; 403.
    """
    context.caller.require(AppRole.SUBMIT)
    requester = None if context.caller.has(AppRole.ADMIN) else context.caller.id
    return ExportFilter(reference=read_reference(context.query), requested_by=requester)


def _page(context: RequestContext, outcomes: HoldOutcomes, done: HoldStatus) -> func.HttpResponse:
    body = holds_body(outcomes, done)
    if outcomes.place is not None:
        parameters = next_page_parameters(context.query, outcomes.place)
        body["nextLink"] = context.absolute_url(f"holds?{urlencode(parameters)}")
    return context.respond(200, body)
