"""HTTP triggers: authentication, keys, routes, and how a request goes into a function and its response comes out."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from aiohttp import web
from azure.functions import HttpResponse
from azure.functions.http import HttpRequest
from multidict import CIMultiDict
from opentelemetry.trace import SpanKind

from local.app_service.platform_authentication import Headers, TokenVerifier, authenticate
from local.host.access_keys import Keys
from local.host.durable_management_api import DurableManagementApi
from local.host.function_invocation import Invoker
from local.host.host_telemetry import span, trace_of_headers
from local.host.route_templates import Routes

logger = logging.getLogger(__name__)

_KEY_HEADER = "x-functions-key"
_RPC = "/durabletask/"
_WEBHOOKS = "/runtime/webhooks/durabletask/"


class HttpTriggers:
    """Answers every request that comes to the host.

    Args:
        routes: the HTTP functions.
        invoker: calls them.
        keys: the access keys.
        management: the Durable management API.
        verifier: checks bearer tokens; None if App Service authentication is off.
        largest_body: of a request for a function, in bytes.
    """

    def __init__(
        self,
        routes: Routes,
        invoker: Invoker,
        keys: Keys,
        management: DurableManagementApi,
        verifier: TokenVerifier | None,
        largest_body: int,
    ) -> None:
        self._routes = routes
        self._invoker = invoker
        self._keys = keys
        self._management = management
        self._verifier = verifier
        self._largest_body = largest_body

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
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
        return await self._function(request, headers, key)

    async def _function(self, request: web.Request, headers: Headers, key: str | None) -> web.Response:
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        function, parameters = found
        if not function.is_anonymous and not self._keys.opens_function(key):
            return web.Response(status=401)
        if (request.content_length or 0) > self._largest_body:
            return _too_large()
        argument = await _request(request, headers, parameters)
        with span(function.name, trace_of_headers(request.headers), SpanKind.SERVER, _attributes(request)) as opened:
            try:
                response = _response(await self._invoker.invoke(function, argument))
            except Exception:  # noqa: BLE001  the invoker logs it; as on the platform, the caller gets no details
                response = web.Response(status=500)
            opened.set_attribute("http.response.status_code", response.status)
            return response


def _attributes(request: web.Request) -> dict[str, str]:
    """The attributes of a request's span. Like the platform's, it leaves the values of the query out."""
    query = "&".join(f"{name}=Redacted" for name in request.query)
    return {"http.request.method": request.method, "url.path": request.path, "url.query": query}


async def _request(request: web.Request, headers: Headers, parameters: dict[str, str]) -> HttpRequest:
    return HttpRequest(
        method=request.method,
        url=str(request.url),
        headers=_joined((name.lower(), value) for name, value in headers),
        params=_joined((name, value) for name, value in request.query.items() if value),
        route_params=parameters,
        body_type="bytes",
        # As on the platform, a body in chunks doesn't reach the function.
        body=b"" if request.content_length is None else await request.read(),
    )


def _too_large() -> web.Response:
    """What the platform responds with: no reason, and the connection is closed, because the body was not read."""
    response = web.Response(status=500)
    response.force_close()
    return response


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Join repeated values with commas, as the platform does."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _response(result: object) -> web.Response:
    if not isinstance(result, HttpResponse):
        logger.error("An HTTP function returned a %s; the local host supports HttpResponse only", type(result).__name__)
        return web.Response(status=500)
    headers = CIMultiDict(result.headers.items())
    if "Content-Type" not in headers:
        is_text = result.mimetype.startswith("text/")
        headers["Content-Type"] = f"{result.mimetype}; charset={result.charset}" if is_text else result.mimetype
    return web.Response(status=result.status_code, headers=headers, body=result.get_body())
