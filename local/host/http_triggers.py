"""HTTP triggers: authentication, keys, routes, and how a request goes into a function and its response comes out."""

import logging

from aiohttp import web
from opentelemetry.trace import SpanKind

from local.app_service.platform_authentication import TokenVerifier, authenticate
from local.host.access_keys import Keys
from local.host.durable_management_api import DurableManagementApi
from local.host.function_invocation import Invoker
from local.host.host_api import HOST_API, HostApi, without_right
from local.host.host_telemetry import span, trace_of_headers
from local.host.http_requests import Headers, function_request, refusal
from local.host.http_responses import BrokenOffError, UnsendableError, framed, response_of
from local.host.http_server import refused
from local.host.request_targets import BadTargetError, Target, read_target
from local.host.route_templates import Routes

logger = logging.getLogger(__name__)

_KEY_HEADER = "x-functions-key"
_ALL_WEBHOOKS = "/runtime/webhooks/"
_WEBHOOKS = "/runtime/webhooks/durabletask/"

_HOME_PAGE = b"<!DOCTYPE html>\n<title>Function app</title>\n<p>Your function app is up and running.\n"


class HttpTriggers:
    """Answers every request that comes to the host.

    Args:
        routes: the HTTP functions.
        invoker: calls them.
        keys: the access keys.
        management: the Durable management API.
        host_api: the host's own API.
        verifier: checks bearer tokens; None if App Service authentication is off.
        largest_body: of a request for a function, in bytes.
        has_home_page: whether there is a page at `/`.
    """

    def __init__(
        self,
        *,
        routes: Routes,
        invoker: Invoker,
        keys: Keys,
        management: DurableManagementApi,
        host_api: HostApi,
        verifier: TokenVerifier | None,
        largest_body: int,
        has_home_page: bool,
    ) -> None:
        self._routes = routes
        self._invoker = invoker
        self._keys = keys
        self._management = management
        self._host_api = host_api
        self._verifier = verifier
        self._largest_body = largest_body
        self._has_home_page = has_home_page

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        if status := refusal(request):
            return refused(status)
        try:
            target = read_target(request.raw_path)
        except BadTargetError:
            return refused(400)
        headers = list(request.headers.items())
        if self._verifier:
            verified = await authenticate(headers, target.path, self._verifier)
            if verified is None:
                return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
            headers = verified
        return await self._answer(request, target, headers)

    async def _answer(self, request: web.Request, target: Target, headers: Headers) -> web.Response:
        path, key = target.path.lower(), _key(request, target)
        if path == "/":
            return self._home_page()
        if path.startswith(HOST_API):
            return await self._host_api.handle(request, target.path[len(HOST_API) :], key)
        if path.startswith(_ALL_WEBHOOKS):
            return await self._webhook(request, target, key)
        return await self._function(request, target, headers, key)

    def _home_page(self) -> web.Response:
        if self._has_home_page:
            return web.Response(body=_HOME_PAGE, headers={"Content-Type": "text/html"})
        return web.Response(status=204)

    async def _webhook(self, request: web.Request, target: Target, key: str | None) -> web.Response:
        if not self._keys.opens_durable(key):
            return without_right(is_known=self._keys.is_known(key))
        if not target.raw_path.lower().startswith(_WEBHOOKS) or len(target.raw_path) == len(_WEBHOOKS):
            return web.Response(status=404)
        return await self._management.handle(request, target.raw_path[len(_WEBHOOKS) :])

    async def _function(self, request: web.Request, target: Target, headers: Headers, key: str | None) -> web.Response:
        found = self._routes.find(request.method, target.path)
        if found is None:
            return web.Response(status=404)
        function, values = found
        if not self._keys.opens_level(function.level, key):
            return web.Response(status=401)
        if not request.headers.get("Host"):  # allowed in HTTP/1.0, but then there is no URL to pass on
            return framed(web.Response(status=500), request)
        if (request.content_length or 0) > self._largest_body:
            return refused(500)
        argument = await function_request(request, target, headers, values)
        attributes = _attributes(request, target)
        with span(function.name, trace_of_headers(request.headers), SpanKind.SERVER, attributes) as opened:
            try:
                response = response_of(await self._invoker.invoke(function, argument))
            except UnsendableError as error:
                logger.error("Function '%s': %s", function.name, error)  # noqa: TRY400 - it says all
                response = refused(500) if isinstance(error, BrokenOffError) else web.Response(status=500)
            except Exception:  # noqa: BLE001  the invoker logs it; as on the platform, the caller gets no details
                response = web.Response(status=500)
            opened.set_attribute("http.response.status_code", response.status)
            return framed(response, request)


def _key(request: web.Request, target: Target) -> str | None:
    """The key of a request: that of the header if there is one, however empty, else the first in the query."""
    header = request.headers.get(_KEY_HEADER)
    if header is not None:
        return header
    return next((value for name, value in target.pairs() if name.lower() == "code"), None)


def _attributes(request: web.Request, target: Target) -> dict[str, str]:
    """The attributes of a request's span. Like the platform's, it leaves the values of the query out."""
    query = "&".join(f"{name}=Redacted" for name, _ in target.pairs())
    return {"http.request.method": request.method, "url.path": target.path, "url.query": query}
