"""Calls the API in this process: through the real dispatch and handlers, on the real records in memory.

Every response is held to the OpenAPI document.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import azure.functions as func

from shared.exports.states_and_codes import Status
from shared.http import (
    batch_handlers,
    command_handlers,
    deadline_handlers,
    export_handlers,
    file_handlers,
    handover_handlers,
    hold_handlers,
    openapi_handler,
    package_handlers,
    service_handlers,
    subscription_handlers,
)
from shared.http.app_roles import AppRole
from shared.http.openapi.openapi_document import openapi_document
from shared.http.request_context import JSON, RequestContext, dispatch
from shared.settings import Settings, read_settings
from tests.exports.samples import CALLER, USER
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Fate
from tests.openapi_conformance import departures, resolved
from tests.test_settings import LEAST
from tests.use_cases.export_runs import OTHER_USER, read, run_to_end

ROOT = "https://exports.contoso.example"
PERSON, OTHER_PERSON = str(USER.id), str(OTHER_USER.id)
UNKNOWN_ID = "0a9b1c2d-0000-4000-8000-000000000000"
OBJECT_ID_CLAIM = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_Handler = Callable[[RequestContext], Awaitable[func.HttpResponse]]


def principal(*claims: tuple[str, Any]) -> dict[str, str]:
    """The header in which App Service authentication passes a caller on."""
    given = {"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims]}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(given).encode()).decode()}


def query_parameters(call: Mapping[str, Any]) -> list[str]:
    """The names of the query parameters that a call has in the OpenAPI document."""
    described = [resolved(parameter) for parameter in call["parameters"]]
    return [parameter["name"] for parameter in described if parameter["in"] == "query"]


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> tuple[int, str, str | None]:
        """The status, the code and the target of an error."""
        error = self.body["error"]
        return self.status, error["code"], error["target"]


class ApiClient:
    """A caller of the API.

    Attributes:
        fakes: the services behind the API, and the fakes below them.
    """

    def __init__(self, **settings: str) -> None:
        self.fakes = HookedServices()
        self.settings: Settings = read_settings(LEAST | {"WEBSITE_AUTH_ENABLED": "true"} | settings)
        self.caller = CALLER
        self.roles: tuple[str, ...] = tuple(AppRole)

    def become(self, caller: str, *roles: str) -> "ApiClient":
        """Calls as somebody else from now on."""
        self.caller, self.roles = caller, roles
        return self

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends a request; a body that is no bytes is sent as JSON. An absolute URL of the API is fine too."""
        url = path if path.startswith(ROOT) else f"{ROOT}/api{path}"
        route = urlsplit(url).path.removeprefix("/api")
        handler, identity, parameters = self._route(method, route)
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = principal((OBJECT_ID_CLAIM, self.caller), *(("roles", role) for role in self.roles))
        if content:
            sent["content-type"] = media_type
        request = func.HttpRequest(
            method,
            url,
            headers=sent | dict(headers or {}),
            route_params=identity,
            body=content,
        )
        response = await dispatch(request, self.settings, handler, parameters=parameters)
        given = {**response.headers, **({"content-type": response.mimetype} if response.get_body() else {})}
        assert departures(method, url, response.status_code, given, response.get_body()) == []
        return Reply(response.status_code, given, response.get_body())

    async def get(self, path: str) -> Reply:
        return await self.call("GET", path)

    async def post(
        self, path: str, body: Any = None, *, media_type: str = JSON, headers: Mapping[str, str] | None = None
    ) -> Reply:
        return await self.call("POST", path, body, media_type=media_type, headers=headers)

    async def create(self, person: str = PERSON, **fields: Any) -> str:
        """The id of a new export."""
        reply = await self.post("/exports", {"subject": {"type": "user", "id": person}, **fields})
        assert reply.status == 202
        return str(reply.body["id"])

    async def run_to_end(self, export_id: str, status: Status = Status.SUCCEEDED) -> str:
        """Lets an export end as that, and returns its id."""
        if status is Status.CANCELED:
            assert (await self.post(f"/exports/{export_id}/cancel")).status == 200
        else:
            await run_to_end(self.fakes, export_id, Fate.FAILED if status is Status.FAILED else Fate.COMPLETE)
        assert (await read(self.fakes, export_id)).status is status
        return export_id

    def _route(self, method: str, path: str) -> tuple[_Handler, dict[str, str], list[str]]:
        """The handler of a call, its route parameters, and the names of the query parameters that it may have."""
        for route, handler in self.handlers().items():
            wanted, _, template = route.partition(" ")
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            if wanted == method and found:
                call = openapi_document()["paths"][template][method.lower()]
                return handler, found.groupdict(), query_parameters(call)
        raise LookupError(f"{method} {path}")

    def handlers(self) -> dict[str, _Handler]:
        """The handler of each route."""
        services, monitors = self.fakes.services, self.fakes.monitors
        return {
            "POST /exports": lambda context: export_handlers.create_export(context, services, monitors),
            "GET /exports": lambda context: export_handlers.list_exports(context, services),
            "GET /exports/{id}": lambda context: export_handlers.get_export(context, services),
            "GET /exports/{id}/result": lambda context: export_handlers.get_result(context, services),
            "GET /exports/{id}/events": lambda context: export_handlers.list_events(context, services),
            "GET /exports/{id}/files": lambda context: file_handlers.list_files(context, services),
            "POST /exports/{id}/links": lambda context: file_handlers.create_links(context, services),
            "POST /exports/{id}/package": lambda context: package_handlers.create_package(context, services, monitors),
            "GET /exports/{id}/package": lambda context: package_handlers.get_package(context, services),
            "POST /exports/{id}/cancel": lambda context: command_handlers.cancel_export(context, services, monitors),
            "POST /exports/{id}/retry": lambda context: command_handlers.retry_export(context, services, monitors),
            "POST /exports/{id}/handover": lambda context: handover_handlers.hand_over_export(
                context, services, monitors
            ),
            "DELETE /exports/{id}/data": lambda context: command_handlers.erase_export(context, services),
            "PUT /exports/{id}/hold": lambda context: hold_handlers.place_hold(context, services),
            "DELETE /exports/{id}/hold": lambda context: hold_handlers.lift_hold(context, services),
            "PUT /holds": lambda context: hold_handlers.place_holds(context, services),
            "DELETE /holds": lambda context: hold_handlers.lift_holds(context, services),
            "POST /exports/{id}/deadline": lambda context: deadline_handlers.change_deadline(context, services),
            "GET /exports/{id}/commands/{command}": lambda context: command_handlers.get_command(context, services),
            "POST /batches": lambda context: batch_handlers.create_batch(context, services, monitors),
            "GET /batches/{id}": lambda context: batch_handlers.get_batch(context, services),
            "POST /subscriptions": lambda context: subscription_handlers.create_subscription(context, services),
            "GET /subscriptions": lambda context: subscription_handlers.list_subscriptions(context, services),
            "DELETE /subscriptions/{id}": lambda context: subscription_handlers.delete_subscription(context, services),
            "POST /preflight": lambda context: service_handlers.post_preflight(context, services),
            "GET /me": service_handlers.get_me,
            "GET /health": lambda context: service_handlers.get_health(context, services),
            "GET /openapi.json": openapi_handler.get_openapi_document,
        }
