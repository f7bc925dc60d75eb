"""Counts the requests to storage on the wire, below the SDK's retries and transactions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.transport import AioHttpTransport

if TYPE_CHECKING:
    from pathlib import Path

    from azure.core.rest import AsyncHttpResponse, HttpRequest


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to storage."""

    service: str
    """`blob` or `table`."""
    method: str
    url: str

    @property
    def is_listing(self) -> bool:
        """Whether it lists blobs or containers."""
        return self.service == "blob" and "comp=list" in self.url


class Wire:
    """The requests that were sent through its transports.

    Attributes:
        sent: the requests.
        rows: how many rows of tables the answers to queries and reads had.
    """

    def __init__(self) -> None:
        """No request was sent yet."""
        self.sent: list[Sent] = []
        self.rows = 0

    def transport(self, service: str, ca_bundle: Path) -> AioHttpTransport:
        """A transport for a client of that service, which trusts the certificates in `ca_bundle`."""
        return _Transport(self, service, ca_bundle)

    def take(self) -> list[Sent]:
        """The requests since the last call of this method."""
        taken, self.sent = self.sent, []
        return taken


class _Transport(AioHttpTransport):  # type: ignore[misc]  # the SDK imports it lazily, as Any
    def __init__(self, wire: Wire, service: str, ca_bundle: Path) -> None:
        super().__init__(connection_verify=str(ca_bundle))
        self._wire = wire
        self._service = service

    async def send(self, request: HttpRequest, **options: Any) -> AsyncHttpResponse:  # noqa: ANN401 - the SDK's
        self._wire.sent.append(Sent(self._service, request.method, request.url))
        answer: AsyncHttpResponse = await super().send(request, **options)
        if self._service == "table" and request.method == "GET" and answer.status_code == HTTPStatus.OK:
            self._wire.rows += len(json.loads(answer.text()).get("value", [None]))
        return answer
