"""Calls the API in this process: through the real dispatch and handlers, on the real records in memory.

Every response is held to the OpenAPI document.
"""

import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from shared.http import (
    batch_handlers,
    command_handlers,
    export_handlers,
    file_handlers,
    service_handlers,
    subscription_handlers,
)
from shared.http.app_roles import AppRole
from shared.http.request_context import RequestContext, dispatch
from shared.settings import Settings, read_settings
from tests.described import departures
from tests.exports.samples import CALLER, LIMITS
from tests.fakes.in_memory_services import InMemoryServices
from tests.test_settings import LEAST

ROOT = "https://exports.contoso.example"
OTHER_CALLER = "9c1d2e3f-4444-4555-8666-777788889999"
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_Handler = Callable[[RequestContext], Awaitable[func.HttpResponse]]


def principal(*claims: tuple[str, Any]) -> dict[str, str]:
    """The header in which App Service authentication passes a caller on."""
    given = {"auth_typ": "aad", "claims": [{"typ": kind, "val": value} for kind, value in claims]}
    return {"x-ms-client-principal": base64.b64encode(json.dumps(given).encode()).decode()}


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
        self.fakes = InMemoryServices(LIMITS)
        self.settings: Settings = read_settings(LEAST | {"WEBSITE_AUTH_ENABLED": "true"} | settings)
        self.caller = CALLER
        self.roles: tuple[str, ...] = (AppRole.ADMIN,)

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
        media_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends a request; a body that is no bytes is sent as JSON. An absolute URL of the API is fine too."""
        url = path if path.startswith(ROOT) else f"{ROOT}/api{path}"
        route = urlsplit(url).path.removeprefix("/api")
        handler, identity = self._route(method, route)
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = principal((_OBJECT_ID, self.caller), *(("roles", role) for role in self.roles))
        if content:
            sent["content-type"] = media_type
        request = func.HttpRequest(
            method,
            url,
            headers=sent | dict(headers or {}),
            params=dict(parse_qsl(urlsplit(url).query)),
            route_params=identity,
            body=content,
        )
        response = await dispatch(request, self.settings, handler)
        given = {**response.headers, **({"content-type": response.mimetype} if response.get_body() else {})}
        assert departures(method, url, response.status_code, given, response.get_body()) == []
        return Reply(response.status_code, given, response.get_body())

    async def get(self, path: str) -> Reply:
        return await self.call("GET", path)

    async def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return await self.call("POST", path, body, **more)

    def _route(self, method: str, path: str) -> tuple[_Handler, dict[str, str]]:
        for route, handler in self.handlers().items():
            wanted, _, template = route.partition(" ")
            found = re.fullmatch(template.replace("{id}", "(?P<id>[^/]+)"), path)
            if wanted == method and found:
                return handler, found.groupdict()
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
            "POST /exports/{id}/cancel": lambda context: command_handlers.cancel_export(context, services, monitors),
            "POST /exports/{id}/retry": lambda context: command_handlers.retry_export(context, services, monitors),
            "DELETE /exports/{id}/data": lambda context: command_handlers.erase_export(context, services),
            "POST /batches": lambda context: batch_handlers.create_batch(context, services, monitors),
            "GET /batches/{id}": lambda context: batch_handlers.get_batch(context, services),
            "POST /subscriptions": lambda context: subscription_handlers.create_subscription(context, services),
            "DELETE /subscriptions/{id}": lambda context: subscription_handlers.delete_subscription(context, services),
            "POST /preflight": lambda context: service_handlers.post_preflight(context, services),
            "GET /health": lambda context: service_handlers.get_health(context, services),
            "GET /openapi.json": service_handlers.get_openapi_document,
        }
