"""The HTTP side of the app: authentication, keys, routes, and what goes into and comes out of a function."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from aiohttp import web
from azure.functions import HttpResponse
from azure.functions.http import HttpRequest
from multidict import CIMultiDict
from opentelemetry.trace import SpanKind

from local.host.access_keys import Keys
from local.host.app_service_authentication import Headers, Verifier, authenticate
from local.host.durable_management_api import Management
from local.host.function_invocation import Invoker
from local.host.function_loader import Function
from local.host.host_telemetry import here, span, trace_of
from local.host.route_templates import Routes

logger = logging.getLogger(__name__)

_KEY_HEADER = "x-functions-key"
_RPC = "/durabletask/"
_WEBHOOKS = "/runtime/webhooks/durabletask/"


class Front:
    """Answers every request that comes to the host.

    Args:
        routes: the HTTP functions.
        invoker: calls them.
        keys: open them.
        management: the API of Durable Functions.
        verifier: stands in front if App Service authentication is on; None if it is off.
    """

    def __init__(
        self, routes: Routes, invoker: Invoker, keys: Keys, management: Management, verifier: Verifier | None
    ) -> None:
        self._routes = routes
        self._invoker = invoker
        self._keys = keys
        self._management = management
        self._verifier = verifier

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        if request.path == "/" and request.method in ("GET", "HEAD"):
            return web.Response(status=204)
        headers = list(request.headers.items())
        if self._verifier:
            verified = await authenticate(headers, request.path, self._verifier)
            if verified is None:
                return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
            headers = verified
        return await self._answer(request, headers)

    async def _answer(self, request: web.Request, headers: Headers) -> web.Response:
        path, key = request.path, request.headers.get(_KEY_HEADER) or request.query.get("code")
        if path.startswith(_RPC):
            return await self._management.handle(request, request.rel_url.raw_path.removeprefix(_RPC))
        if path.startswith(_WEBHOOKS):
            if not self._keys.opens_durable(key):
                return web.Response(status=401)
            return await self._management.handle(request, request.rel_url.raw_path.removeprefix(_WEBHOOKS))
        if path == "/admin/host/status":
            return self._host_status(key)
        return await self._function(request, headers, key)

    def _host_status(self, key: str | None) -> web.Response:
        if not self._keys.opens_admin(key):
            return web.Response(status=401)
        return web.json_response({"state": "Running", "functions": self._routes.names})

    async def _function(self, request: web.Request, headers: Headers, key: str | None) -> web.Response:
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        function, parameters = found
        if not self._opens(function, key):
            return web.Response(status=401)
        argument = await _request(request, headers, parameters)
        with span(function.name, trace_of(request.headers), SpanKind.SERVER, _described(request)) as opened:
            try:
                response = _response(await self._invoker.invoke(function, argument, here()))
            except Exception:  # noqa: BLE001  logged by the invoker; the caller learns nothing, as on the platform
                response = web.Response(status=500)
            opened.set_attribute("http.response.status_code", response.status)
            return response

    def _opens(self, function: Function, key: str | None) -> bool:
        level = str(getattr(function.binding["authLevel"], "value", function.binding["authLevel"])).lower()
        if level == "anonymous":
            return True
        return self._keys.opens_admin(key) if level == "admin" else self._keys.opens_function(key)


def _described(request: web.Request) -> dict[str, str]:
    """What the platform's span says of a request: the values of its query are left out there too."""
    query = "&".join(f"{name}=Redacted" for name in request.query)
    return {"http.request.method": request.method, "url.path": request.path, "url.query": query}


async def _request(request: web.Request, headers: Headers, parameters: dict[str, str]) -> HttpRequest:
    return HttpRequest(
        method=request.method,
        url=str(request.url),
        headers=_joined((name.lower(), value) for name, value in headers),
        params=_joined(request.query.items()),
        route_params=parameters,
        body_type="bytes",
        body=await request.read(),
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Write what is given several times as one value, as the platform does."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _response(result: object) -> web.Response:
    if result is None:
        return web.Response(status=204)
    if isinstance(result, str):
        return web.Response(text=result)
    if not isinstance(result, HttpResponse):
        logger.error("An HTTP function returned a %s; it must return an HttpResponse or a str", type(result).__name__)
        return web.Response(status=500)
    headers = CIMultiDict(result.headers.items())
    if "Content-Type" not in headers:
        is_text = result.mimetype.startswith("text/")
        headers["Content-Type"] = f"{result.mimetype}; charset={result.charset}" if is_text else result.mimetype
    return web.Response(status=result.status_code, headers=headers, body=result.get_body())
