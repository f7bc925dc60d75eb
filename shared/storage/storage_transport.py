"""The transport of the storage clients: a span for each call without ids, where the SDK's own has the whole URL."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport
from azure.core.settings import settings

from shared.telemetry.spans import http_call
from shared.telemetry.telemetry_names import Metric

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpRequest

    from shared.proxies import Proxies

_CONNECT_SECONDS, _READ_SECONDS = 20, 60
"""The blob SDK's own defaults."""
_READ_BYTES = 64 * 1024
"""How much of an answer is taken at once. With the SDK's 4 KiB, a file takes a fifth more CPU to read."""


class ConnectionPool(AioHttpTransport):  # type: ignore[misc]  # the SDK hides its type
    """Connections that all clients share, each through the proxy of its URL."""

    def __init__(self, proxies: Proxies) -> None:
        """Connections of a deployment with these proxies."""
        super().__init__(
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            connection_data_block_size=_READ_BYTES,
            use_env_settings=False,
        )
        self._proxies = proxies

    async def send(self, request: Any, **config: Any) -> Any:  # noqa: ANN401 - as it is there
        """Sends the request once."""
        proxy = self._proxies.for_url(request.url)
        if proxy is not None:
            config |= {"proxy": proxy.url, "proxy_headers": proxy.headers}
        return await super().send(request, **config)


class TracedTransport(AsyncHttpTransport[Any, Any]):
    """Sends the requests of one client through a shared pool, and records each under a URL template."""

    def __init__(self, pool: ConnectionPool, template: str) -> None:
        """A transport for a client; `template` is the path of its calls, with names in place of ids."""
        self._pool = pool
        self._template = template

    async def send(self, request: HttpRequest, **config: Any) -> AsyncHttpResponse:  # noqa: ANN401 - as it is there
        """Sends the request once."""
        with http_call(Metric.STORAGE_ANSWERS, request.method, request.url, self._template) as call:
            response: AsyncHttpResponse = await self._pool.send(request, **config)
            call.answered(response.status_code)
            return response

    async def open(self) -> None:
        """Opens the pool, unless another client has done so."""
        await self._pool.open()

    async def close(self) -> None:
        """Closes the pool for all clients."""
        await self._pool.close()

    async def sleep(self, duration: float) -> None:
        """Waits between tries, in seconds."""
        await self._pool.sleep(duration)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def silence_sdk_telemetry() -> None:
    """Stops the Azure SDK from tracing and logging requests, whose URLs name persons, containers and files."""
    settings.tracing_enabled = False
    logging.getLogger("azure").setLevel(logging.WARNING)
