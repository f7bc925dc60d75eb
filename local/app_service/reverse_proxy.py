"""A reverse proxy that passes requests with a valid token on to a Functions host, as they came.

The host gets the `Host` header that the caller sent, so the URLs that it answers with lead here.
"""

import logging
from collections.abc import AsyncIterator, Iterable

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

from local.app_service.platform_authentication import Headers, TokenVerifier, authenticate

logger = logging.getLogger(__name__)

_OF_THE_CONNECTION = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that mean one connection, not the request (RFC 9110, section 7.6.1)."""

_ADDED_BY_THE_CLIENT = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
_LARGEST_HEADERS = 65_536
"""Bytes of a line of headers, above what any host takes: the host is to refuse, not the proxy."""


def create_app(identity: str, host: str) -> web.Application:
    """Return the proxy.

    Args:
        identity: the address of the identity provider.
        host: the root URL of the host.
    """
    proxy = _ReverseProxy(TokenVerifier(identity), host.rstrip("/"))
    # The host decides which bodies are too large.
    application = web.Application(client_max_size=0, handler_args=_handler_arguments())
    application.cleanup_ctx.append(proxy.session)
    application.on_response_prepare.append(_add_nothing)
    application.router.add_route("*", r"/{path:[\s\S]*}", proxy.handle)
    return application


def _handler_arguments() -> dict[str, object]:
    return {
        "auto_decompress": False,
        "max_line_size": _LARGEST_HEADERS,
        "max_field_size": _LARGEST_HEADERS,
    }


class _ReverseProxy:
    def __init__(self, verifier: TokenVerifier, host: str) -> None:
        self._verifier = verifier
        self._host = host
        self._client: ClientSession

    async def session(self, _application: web.Application) -> AsyncIterator[None]:
        async with ClientSession(
            auto_decompress=False,
            connector=TCPConnector(limit=0),
            skip_auto_headers=_ADDED_BY_THE_CLIENT,
            timeout=ClientTimeout(total=None),
        ) as self._client:
            yield

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer 401, or as the host does; 503 if it doesn't listen, 502 if it ends before it has answered."""
        headers = await authenticate(list(request.headers.items()), request.path, self._verifier)
        if headers is None:
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        try:
            answer = await self._ask(request, headers)
        except ClientConnectorError:
            return web.Response(status=503)
        except ClientError as error:
            logger.warning("The host did not answer: %s", error)
            return web.Response(status=502)
        async with answer:
            return await _pass_back(request, answer)

    async def _ask(self, request: web.Request, headers: Headers) -> ClientResponse:
        return await self._client.request(
            request.method,
            URL(f"{self._host}{request.raw_path}", encoded=True),
            headers=CIMultiDict(_end_to_end(headers)),
            data=request.content if request.body_exists else None,
            allow_redirects=False,
        )


class _Passed(web.StreamResponse):
    """A response with the host's status and headers."""

    def __init__(self, answer: ClientResponse) -> None:
        self.own_headers = CIMultiDict(_end_to_end(answer.headers.items()))
        super().__init__(status=answer.status, reason=answer.reason, headers=self.own_headers)


async def _add_nothing(_request: web.Request, response: web.StreamResponse) -> None:
    """Take back the type that a response gets that has none."""
    if isinstance(response, _Passed) and "Content-Type" not in response.own_headers:
        response.headers.popall("Content-Type", None)


async def _pass_back(request: web.Request, answer: ClientResponse) -> web.StreamResponse:
    response = _Passed(answer)
    await response.prepare(request)
    try:
        async for part in answer.content.iter_any():
            await response.write(part)
    except ClientError:
        # The host ended in the middle of its answer. The caller must not take what came for the whole.
        if request.transport:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def _end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION]
