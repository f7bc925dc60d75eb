"""Calls of the API: the product's own handlers, without the Functions host around them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import azure.functions as func

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.ids import subscription_id
from shared.http import (
    batch_handlers,
    command_handlers,
    deadline_handlers,
    export_handlers,
    file_handlers,
    handover_handlers,
    hold_handlers,
    package_handlers,
    subscription_handlers,
)
from shared.http.authentication import PRINCIPAL_HEADER
from shared.http.request_context import RequestContext

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shared.protocols import Monitors
    from shared.services import Services
    from shared.settings import Settings
    from tests.simulation.planned_calls import PlannedCall

_LINKS = {"files": ["Product 0/0.json"]}
_ROLES = ("Exports.Submit", "Exports.Read", "Exports.Download")

_STARTING: dict[str, Callable[[RequestContext, Services, Monitors], Awaitable[func.HttpResponse]]] = {
    "start": export_handlers.create_export,
    "batch": batch_handlers.create_batch,
    "cancel": command_handlers.cancel_export,
    "retry": command_handlers.retry_export,
    "hand over": handover_handlers.hand_over_export,
    "package": package_handlers.create_package,
}
"""The handlers that start or end monitors."""
_OTHERS: dict[str, Callable[[RequestContext, Services], Awaitable[func.HttpResponse]]] = {
    "erase": command_handlers.erase_export,
    "extend deadline": deadline_handlers.change_deadline,
    "pause clock": deadline_handlers.change_deadline,
    "resume clock": deadline_handlers.change_deadline,
    "hold": hold_handlers.place_hold,
    "lift": hold_handlers.lift_hold,
    "hold by reference": hold_handlers.place_holds,
    "lift by reference": hold_handlers.lift_holds,
    "look at package": package_handlers.get_package,
    "link package": file_handlers.create_links,
    "look": export_handlers.list_events,
    "look at batch": batch_handlers.get_batch,
    "page": export_handlers.list_exports,
    "files": file_handlers.list_files,
    "link": file_handlers.create_links,
    "subscribe": subscription_handlers.create_subscription,
    "unsubscribe": subscription_handlers.delete_subscription,
}


class ApiCalls:
    """The API of one deployment."""

    def __init__(self, settings: Settings, monitors: Monitors) -> None:
        self._settings = settings
        self._monitors = monitors
        self._count = 0

    async def make(self, call: PlannedCall, services: Services) -> func.HttpResponse:
        """The response to a call; what the handler raises is passed on."""
        context = self._context(call)
        if call.name in _STARTING:
            return await _STARTING[call.name](context, services, self._monitors)
        return await _OTHERS[call.name](context, services)

    def _context(self, call: PlannedCall) -> RequestContext:
        self._count += 1
        headers = {"Content-Type": "application/json", **_principal(call.caller)}
        if call.key is not None:
            headers["Idempotency-Key"] = call.key
        request = func.HttpRequest(
            "POST",
            f"https://exports.contoso.example/api/exports?{urlencode(dict(call.params))}",
            headers=headers,
            route_params={"id": call.export_id or subscription_of(call)},
            body=json.dumps(_LINKS if call.body is None else call.body).encode(),
        )
        return RequestContext(request, f"request-{self._count}", self._settings)


def subscription_of(call: PlannedCall) -> str:
    """The id of the subscription that a call asks for; empty if it asks for something else."""
    if not isinstance(call.body, dict) or set(call.body) - {"callbackUrl", "status", "reference", "events"}:
        return ""
    filters = [*sorted(call.body.get("status", ())), call.body.get("reference") or ""]
    return subscription_id(call.caller, call.body["callbackUrl"], filters, sorted(call.body.get("events", ())))


def next_page(body: dict[str, Any]) -> dict[str, str] | None:
    """The parameters of the page after this one; None for the last."""
    link = body.get("nextLink")
    return None if link is None else dict(parse_qsl(urlsplit(link).query))


def _principal(caller: str) -> dict[str, str]:
    """The headers by which App Service authentication names a caller."""
    if caller == FUNCTION_KEY_CALLER:
        return {}
    claims = [{"typ": "oid", "val": caller}, *({"typ": "roles", "val": role} for role in _ROLES)]
    return {PRINCIPAL_HEADER: base64.b64encode(json.dumps({"claims": claims}).encode()).decode()}
