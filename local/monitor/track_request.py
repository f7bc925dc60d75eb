"""A request to the ingestion service, `POST /v2.1/track`: its items, and which of them are accepted. Pure functions.

The answer's form: "Azure Monitor exporters", swagger of 2020-09-15, `TrackResponse`. Required fields: the same swagger.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from local.monitor.telemetry_tables import time_of

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_REQUIRED = {
    "EventData": ("name",),
    "ExceptionData": ("exceptions",),
    "MessageData": ("message",),
    "MetricData": ("metrics",),
    "RemoteDependencyData": ("name", "duration"),
    "RequestData": ("id", "duration", "responseCode"),
}


class UnreadableError(Exception):
    """The body is neither a JSON list of objects nor one object a line."""


@dataclass(frozen=True)
class Verdict:
    """Which items of a request are accepted.

    Attributes:
        received: how many items there were.
        accepted: the items to keep, in their order.
        errors: one for each other item, as the service writes them.
    """

    received: int
    accepted: Sequence[dict[str, Any]]
    errors: Sequence[dict[str, Any]]

    @property
    def status(self) -> HTTPStatus:
        """The status of the answer."""
        if not self.errors:
            return HTTPStatus.OK
        return HTTPStatus.PARTIAL_CONTENT if self.accepted else HTTPStatus.BAD_REQUEST

    @property
    def answer(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"itemsReceived": self.received, "itemsAccepted": len(self.accepted), "errors": list(self.errors)}


def judge(body: str) -> Verdict:
    """Read a body, already decompressed, and check each item.

    Raises:
        UnreadableError: there are no items in it.
    """
    items = _items(body)
    faults = [_fault(item) for item in items]
    return Verdict(
        len(items),
        [item for item, fault in zip(items, faults, strict=True) if not fault],
        [{"index": at, "statusCode": 400, "message": fault} for at, fault in enumerate(faults) if fault],
    )


def _items(body: str) -> list[dict[str, Any]]:
    try:
        if body.lstrip().startswith("["):
            items = json.loads(body)
        else:
            items = [json.loads(line) for line in body.split("\n") if line.strip()]
    except ValueError as error:
        raise UnreadableError(str(error)) from None
    if not items or not all(isinstance(item, dict) for item in items):
        raise UnreadableError("there are no items in it")
    return list(items)


def _fault(item: dict[str, Any]) -> str:
    """Why an item is refused; an empty text if it isn't."""
    if not _GUID.fullmatch(str(item.get("iKey", ""))):
        return "Invalid instrumentation key"
    missing = _missing(item, ("name", "time", "data"), "Envelope")
    if missing:
        return missing
    try:
        time_of(item)
    except (TypeError, ValueError):
        return "102: Field 'time' on type 'Envelope' is not a valid time"
    data = item["data"]
    if not isinstance(data, dict) or not isinstance(data.get("baseData"), dict):
        return "Field 'data' on type 'Envelope' has no 'baseData'"
    kind = str(data.get("baseType"))
    return _missing(data["baseData"], _REQUIRED.get(kind, ()), kind)


def _missing(content: dict[str, Any], names: Sequence[str], kind: str) -> str:
    for name in names:
        if content.get(name) in (None, "", [], {}):
            return f"109: Field '{name}' on type '{kind}' is required but missing or empty"
    return ""
