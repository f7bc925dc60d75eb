"""Counts the requests to storage on the wire, and the bytes of blobs, below the SDK's retries and transactions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from shared.proxies import Proxies
from shared.storage.storage_transport import ConnectionPool

if TYPE_CHECKING:
    from pathlib import Path


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
    """The requests that were sent through its connections.

    Attributes:
        sent: the requests.
        rows: how many rows of tables the answers to queries and reads had.
        blob_bytes: how many bytes the bodies of requests about blobs and of their answers had.
    """

    def __init__(self) -> None:
        """No request was sent yet."""
        self.sent: list[Sent] = []
        self.rows = 0
        self.blob_bytes = 0

    def connections(self, service: str, ca_bundle: Path) -> ConnectionPool:
        """The connections of a client of that service, which trust the certificates in `ca_bundle`."""
        return _Connections(self, service, ca_bundle)

    def take(self) -> list[Sent]:
        """The requests since the last call of this method."""
        taken, self.sent = self.sent, []
        return taken


class _Connections(ConnectionPool):
    def __init__(self, wire: Wire, service: str, ca_bundle: Path) -> None:
        super().__init__(Proxies())
        self.connection_config.verify = str(ca_bundle)
        self._wire = wire
        self._service = service

    async def send(self, request: Any, **config: Any) -> Any:  # noqa: ANN401 - as it is there
        self._wire.sent.append(Sent(self._service, request.method, request.url))
        answer = await super().send(request, **config)
        if self._service == "blob":
            came = 0 if request.method == "HEAD" else int(answer.headers.get("Content-Length", 0))
            self._wire.blob_bytes += int(request.headers.get("Content-Length", 0)) + came
        if self._service == "table" and request.method == "GET" and answer.status_code == HTTPStatus.OK:
            self._wire.rows += len(json.loads(answer.text()).get("value", [None]))
        return answer
