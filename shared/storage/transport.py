"""The transport of the storage clients: each call is a span without ids, in place of the SDK's own with whole URLs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import AioHttpTransport
from azure.core.settings import settings

from shared.telemetry.names import Metric
from shared.telemetry.spans import http_call

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpRequest

_CONNECT_SECONDS, _READ_SECONDS = 20, 60
"""As the blob SDK has them for a transport of its own."""


class TracedTransport(AioHttpTransport):  # type: ignore[misc]  # exported in a way that has no types
    """Sends requests of one client and records them as calls of `template`."""

    def __init__(self, template: str) -> None:
        """A transport for a client whose calls all go to that path, with names in place of ids."""
        super().__init__(connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        self._template = template

    async def send(self, request: HttpRequest, **config: Any) -> AsyncHttpResponse:  # noqa: ANN401 - as it is there
        """Sends the request once."""
        host = urlsplit(request.url).hostname or ""
        with http_call(Metric.STORAGE_ANSWERS, request.method, host, self._template) as call:
            response: AsyncHttpResponse = await super().send(request, **config)
            call.answered(response.status_code)
            return response


def keep_sdk_quiet() -> None:
    """Keeps the Azure SDK from recording and logging requests: their URLs name persons, containers and files."""
    settings.tracing_enabled = False
    logging.getLogger("azure").setLevel(logging.WARNING)
