"""The management API of Durable Functions, as far as the product uses it: start, status, terminate, purge.

Anything else is refused with a 501 that names it.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from local.host.durable_engine import AlreadyRunningError, DurableEngine
from local.host.host_telemetry import trace_of_headers
from local.host.management_urls import ManagementUrls
from local.host.orchestration_instance import Instance

logger = logging.getLogger(__name__)

_Operation = Callable[[web.Request], Awaitable[web.Response]]

_RETRY_AFTER_START, _RETRY_AFTER_STATUS = "10", "5"  # seconds
_ADDRESSING = {"code", "taskHub", "connection"}
"""Options that any call may have: they say which host and hub are meant."""


class DurableManagementApi:
    """Answers requests to the API."""

    def __init__(self, engine: DurableEngine, urls: ManagementUrls) -> None:
        self._engine = engine
        self._urls = urls

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer a request; `path` is what follows the API's base address, still quoted."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        found = self._find(request.method, parts)
        if found is None:
            return _unsupported(f"{request.method} {'/'.join(parts)}")
        operation, options = found
        unknown = set(request.query) - _ADDRESSING - options
        if unknown:
            return _unsupported(f"the option '{min(unknown)}' of {request.method} {'/'.join(parts)}")
        return await operation(request)

    def _find(self, method: str, parts: list[str]) -> tuple[_Operation, set[str]] | None:
        """The operation behind a method and a path, and the query options that it takes."""
        match method, parts:
            case "POST", ["orchestrators", name, *given] if len(given) <= 1:
                return partial(self._start, name, given[0] if given else None), set()
            case "GET", ["instances", instance_id]:
                return partial(self._status, instance_id), set()
            case "POST", ["instances", instance_id, "terminate"]:
                return partial(self._terminate, instance_id), {"reason"}
            case "DELETE", ["instances", instance_id]:
                return partial(self._purge_one, instance_id), set()
            case "DELETE", ["instances"]:
                return self._purge_many, {"createdTimeFrom", "createdTimeTo", "runtimeStatus"}
        return None

    async def _start(self, name: str, instance_id: str | None, request: web.Request) -> web.Response:
        text = (await request.text()).strip() or None
        if text and not _is_json(text):
            return _bad_request("Invalid JSON content")
        try:
            started = self._engine.begin(name, instance_id, text, trace_of_headers(request.headers))
        except AlreadyRunningError as error:
            return _json({"Message": str(error)}, status=409)
        urls = self._urls.of_instance(started, str(request.url.origin()))
        headers = {"Location": urls["statusQueryGetUri"], "Retry-After": _RETRY_AFTER_START}
        return _json(urls, status=202, headers=headers)

    async def _status(self, instance_id: str, request: web.Request) -> web.Response:
        instance = self._engine.store.instance(instance_id)
        if instance is None:
            return _not_found()
        shown = _shown(instance)
        if instance.status.ended:
            return _json(shown)
        return _json(shown, status=202, headers={"Location": str(request.url), "Retry-After": _RETRY_AFTER_STATUS})

    async def _terminate(self, instance_id: str, request: web.Request) -> web.Response:
        instance = self._engine.store.instance(instance_id)
        if instance is None:
            return _not_found()
        if instance.status.ended:
            return web.Response(status=410)
        self._engine.terminate(instance_id, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _purge_one(self, instance_id: str, _: web.Request) -> web.Response:
        instance = self._engine.store.instance(instance_id)
        if instance and not instance.status.ended:
            refusal = (
                "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                f"{instance_id} has status {instance.status}"
            )
            return _json(refusal, status=412)
        return self._purge([instance] if instance else [])

    async def _purge_many(self, request: web.Request) -> web.Response:
        if "createdTimeFrom" not in request.query:
            return _json("Please provide value for 'createdTimeFrom' parameter.", status=400)
        # As on the platform, this deletes running instances too, unless the statuses leave them out.
        return self._purge([each for each in self._engine.store.instances() if _matches(each, request.query)])

    def _purge(self, instances: list[Instance]) -> web.Response:
        with self._engine.store.transaction():
            self._engine.store.purge([instance.id for instance in instances])
        return _json({"instancesDeleted": len(instances)}) if instances else _not_found()


def _shown(instance: Instance) -> dict[str, Any]:
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": str(instance.status),
        "input": None if instance.input is None else json.loads(instance.input),
        "customStatus": instance.custom_status,
        "output": instance.output,
        "createdTime": f"{instance.created:%Y-%m-%dT%H:%M:%SZ}",
        "lastUpdatedTime": f"{instance.updated:%Y-%m-%dT%H:%M:%SZ}",
    }


def _matches(instance: Instance, query: Mapping[str, str]) -> bool:
    """Whether an instance meets the conditions of a purge; times are UTC unless they say otherwise."""
    created_from, created_to = _time(query.get("createdTimeFrom")), _time(query.get("createdTimeTo"))
    statuses = query.get("runtimeStatus")
    return (
        (created_from is None or instance.created >= created_from)
        and (created_to is None or instance.created <= created_to)
        and (not statuses or str(instance.status) in statuses.split(","))
    )


def _time(text: str | None) -> datetime | None:
    try:
        read = datetime.fromisoformat(text or "")
    except ValueError:  # the platform, too, ignores a time that it can't read
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _json(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(content, status=status, headers=headers)


def _not_found() -> web.Response:
    return web.Response(status=404)


def _unsupported(call: str) -> web.Response:
    message = f"The local host does not support {call} of the Durable management API."
    # The SDK's client shows its caller the status alone.
    logger.warning("%s", message)
    return _json({"Message": message}, status=501)


def _bad_request(message: str) -> web.Response:
    heading = "One or more of the arguments submitted is incorrect"
    return _json({"Message": heading, "ExceptionMessage": message}, status=400)
