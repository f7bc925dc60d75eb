"""The web server under the host. What can't be read as a request is refused without a word, as on the platform."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from local.host.http_requests import LARGEST_HEADERS, LONGEST_REQUEST_LINE

logger = logging.getLogger(__name__)

_OPTIONS: dict[str, Any] = {
    "access_log": None,
    "auto_decompress": False,  # as on the platform, the app gets bodies as they were sent and unpacks them itself
    "max_line_size": LONGEST_REQUEST_LINE,
    "max_field_size": LARGEST_HEADERS,
    "max_headers": LARGEST_HEADERS,
}


class _Connection(web.RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - callers get no reason
    ) -> web.StreamResponse:
        """Answer what can't be read as a request, or what the handler failed at."""
        if isinstance(exc, LineTooLong):
            status = 414 if exc.args[1] == LONGEST_REQUEST_LINE else 431
        if status == HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(exc, ConnectionError):
            logger.error("The host failed to answer a request", exc_info=exc)
        if request.writer.output_size:
            raise ConnectionError("a part of the response is sent already")
        return refused(status)


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=asyncio.get_running_loop(), **_OPTIONS)


def http_server(handle: Callable[[web.Request], Awaitable[web.Response]], largest_body: int) -> web.Server:
    """Return a server that gives every request to `handle`, whatever its path is, for the running event loop."""
    limit = largest_body + 1  # aiohttp refuses a body of this length
    factory = partial(web.Request, loop=asyncio.get_running_loop(), client_max_size=limit)
    return _Server(cast("Callable[[web.BaseRequest], Awaitable[web.Response]]", handle), request_factory=factory)


def refused(status: int) -> web.Response:
    """A refusal after which the connection is closed, because what follows on it was not read."""
    response = web.Response(status=status, headers={"Connection": "close"})
    response.force_close()
    return response
