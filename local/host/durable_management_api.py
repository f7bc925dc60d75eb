"""The management API of Durable Functions: start, status, list, suspend, resume, terminate, rewind and purge.

It answers as the platform's does. What it doesn't support is refused with a 501 that names it. The public address needs
a key. The SDK's client calls the same API at an address of its own, without one.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from aiohttp import web

from local.host.durable_engine import AlreadyRunningError, DurableEngine
from local.host.durable_instance_query import page, page_size, read_query
from local.host.durable_instance_status import shown, shown_history
from local.host.host_telemetry import trace_of_headers
from local.host.management_urls import RPC, ManagementUrls
from local.host.orchestration_instance import Instance, Status

logger = logging.getLogger(__name__)

_Operation = Callable[..., Awaitable[web.Response]]
"""Takes the request and what its path names."""

_RETRY_AFTER_START, _RETRY_AFTER_STATUS = "10", "5"  # seconds
_CONTINUATION = "x-ms-continuation-token"
_CONNECTIONS = ("storage", "azurewebjobsstorage")
"""The names of the one connection that the host has, in lower case."""
_ANY = "*"
"""Stands for a part that a caller names."""


class DurableManagementApi:
    """Answers requests to the API."""

    def __init__(self, engine: DurableEngine, urls: ManagementUrls) -> None:
        self._engine = engine
        self._urls = urls
        self._operations: tuple[tuple[str, str, _Operation], ...] = (
            ("POST", "orchestrators/*", self._start),
            ("POST", "orchestrators/*/*", self._start),
            ("GET", "instances", self._list),
            ("GET", "instances/*", self._status),
            ("POST", "instances/*/terminate", self._terminate),
            ("POST", "instances/*/suspend", self._suspend),
            ("POST", "instances/*/resume", self._resume),
            ("POST", "instances/*/rewind", self._rewind),
            ("DELETE", "instances/*", self._purge_one),
            ("DELETE", "instances", self._purge_many),
            ("POST", "instances/*/raiseevent/*", _refuse),
            ("POST", "instances/*/restart", _refuse),
            ("GET", "entities", _refuse),
            ("GET", "entities/*", _refuse),
            ("GET", "entities/*/*", _refuse),
            ("POST", "entities/*/*", _refuse),
            ("DELETE", "entities/*/*", _refuse),
        )

    async def handle_rpc(self, request: web.Request) -> web.Response:
        """Answer a request of the SDK's client."""
        path = request.rel_url.raw_path
        return await self.handle(request, path.removeprefix(RPC)) if path.startswith(RPC) else _not_found()

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer a request; `path` is what follows the API's base address, still quoted."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        found = self._find(request.method, parts)
        if found is None:
            return _not_found()
        operation, names = found
        connection = request.query.get("connection")
        if connection and connection.casefold() not in _CONNECTIONS:
            return _failure(f"Unable to resolve the Azure Storage connection named '{connection}'.")
        return await operation(request, *names)

    def _find(self, method: str, parts: list[str]) -> tuple[_Operation, list[str]] | None:
        """The operation behind a method and the parts of a path, and what the path names; None if there is none."""
        for its_method, pattern, operation in self._operations:
            words = pattern.split("/")
            if its_method == method and len(words) == len(parts) and all(map(_fits, words, parts)):
                return operation, [part for word, part in zip(words, parts, strict=True) if word == _ANY]
        return None

    async def _start(self, request: web.Request, name: str, instance_id: str | None = None) -> web.Response:
        if not self._has_hub(request):
            return _unsupported(f"a start in the task hub '{request.query['taskHub']}'")
        option = next((option for option in ("timeout", "pollingInterval") if option in request.query), None)
        if option:
            return _unsupported(f"the option '{option}' of a start")
        text = (await request.read()).decode(errors="replace").strip() or None
        refusal = _refusal_of_json(text) if text else None
        if refusal:
            return refusal
        trace, version = trace_of_headers(request.headers), request.query.get("version")
        try:
            started = self._engine.begin(name, instance_id, text, trace, version)
        except AlreadyRunningError as error:
            return _json({"Message": str(error)}, status=409)
        urls = self._urls.of_instance(started, str(request.url.origin()))
        del urls["rewindPostUri"]  # the platform's has it in what the SDK's client makes only
        headers = {"Location": urls["statusQueryGetUri"], "Retry-After": _RETRY_AFTER_START}
        return _json(urls, status=202, headers=headers)

    async def _status(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        if instance is None:
            return _not_found()
        content = shown(instance, with_input=_is_true(request, "showInput", default=True))
        if instance.history and _is_true(request, "showHistory"):
            content["historyEvents"] = shown_history(
                instance.history,
                self._engine.store.trace_parent(instance_id),
                with_output=_is_true(request, "showHistoryOutput"),
            )
        if instance.status is Status.FAILED and _is_true(request, "returnInternalServerErrorOnFailure"):
            return _json(content, status=500)
        if instance.status.ended:
            return _json(content)
        return _json(content, status=202, headers={"Location": str(request.url), "Retry-After": _RETRY_AFTER_STATUS})

    async def _list(self, request: web.Request) -> web.Response:
        size, token = page_size(request.query.get("top", "")), request.headers.get(_CONTINUATION)
        listed, following = page(self._matching(request, request.query.get("instanceIdPrefix", "")), size, token)
        with_input = _is_true(request, "showInput", default=True)
        headers = {_CONTINUATION: following} if following else {}
        return _json([shown(each, with_input=with_input) for each in listed], headers=headers)

    async def _terminate(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        refusal = _refusal_of_ended(instance)
        if refusal:
            return refusal
        self._engine.terminate(instance_id, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _suspend(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        refusal = _refusal_of_ended(instance)
        if refusal:
            return refusal
        if instance and instance.status is Status.SUSPENDED:
            return _failure(_cannot("suspend", instance))
        self._engine.suspend(instance_id, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _resume(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        refusal = _refusal_of_ended(instance)
        if refusal:
            return refusal
        if instance and instance.status is not Status.SUSPENDED:
            return _failure(_cannot("resume", instance))
        self._engine.resume(instance_id, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _rewind(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        if instance is None:
            return _json(f'No orchestration with instance ID "${instance_id}" found.', status=404)
        if instance.status is not Status.FAILED:
            refusal = (
                f"This orchestration has status {instance.status}, but only orchestrations in the "
                '"Failed" state can be rewound.'
            )
            return _json(refusal, status=412)
        self._engine.rewind(instance, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _purge_one(self, request: web.Request, instance_id: str) -> web.Response:
        instance = self._instance(instance_id, request)
        if instance and not instance.status.ended:
            refusal = (
                "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                f"{instance_id} has status {instance.status}"
            )
            return _json(refusal, status=412)
        return self._purge([instance] if instance else [])

    async def _purge_many(self, request: web.Request) -> web.Response:
        if read_query(request.query).created_from is None:
            return _json("Please provide value for 'createdTimeFrom' parameter.", status=400)
        # As on the platform, this deletes running instances too, unless the statuses leave them out. A prefix of ids
        # counts in a list alone.
        return self._purge(self._matching(request))

    def _purge(self, instances: list[Instance]) -> web.Response:
        with self._engine.store.transaction():
            self._engine.store.purge([instance.id for instance in instances])
        return _json({"instancesDeleted": len(instances)}) if instances else _not_found()

    def _instance(self, instance_id: str, request: web.Request) -> Instance | None:
        return self._engine.store.instance(instance_id) if self._has_hub(request) else None

    def _matching(self, request: web.Request, prefix: str = "") -> list[Instance]:
        query = read_query(request.query, prefix=prefix)
        instances = self._engine.store.instances() if self._has_hub(request) else []
        return [each for each in instances if query.matches(each)]

    def _has_hub(self, request: web.Request) -> bool:
        """Whether a request is about the one task hub that there is; any other is empty."""
        return request.query.get("taskHub", self._urls.hub_name).casefold() == self._urls.hub_name.casefold()


def _is_true(request: web.Request, option: str, *, default: bool = False) -> bool:
    text = request.query.get(option, "").strip().lower()
    return text == "true" if text in ("true", "false") else default


def _cannot(what: str, instance: Instance) -> str:
    return f"Cannot {what} the orchestration instance {instance.id} because instance is in the {instance.status} state."


def _refusal_of_ended(instance: Instance | None) -> web.Response | None:
    if instance is None:
        return _not_found()
    return web.Response(status=410) if instance.status.ended else None


def _refusal_of_json(text: str) -> web.Response | None:
    """What is wrong with the input of a start; None if it is JSON. The platform fails where the text ends too early."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text):
            return _failure("Unexpected end when reading JSON.")
        return _json({"Message": "Invalid JSON content", "ExceptionMessage": str(error)}, status=400)
    return None


def _fits(word: str, part: str) -> bool:
    """Whether a part of a path is what a word of a pattern says, in any case; a name has no slash in it."""
    return "/" not in part and bool(part) if word == _ANY else part.lower() == word


def _json(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(content, status=status, headers=headers)


def _not_found() -> web.Response:
    return web.Response(status=404)


def _failure(message: str) -> web.Response:
    """What the platform answers where its code raised an exception."""
    heading = "Something went wrong while processing your request"
    return _json({"Message": heading, "ExceptionMessage": message}, status=500)


async def _refuse(request: web.Request, *_: str) -> web.Response:
    return _unsupported(f"{request.method} {request.path}")


def _unsupported(call: str) -> web.Response:
    message = f"The local host does not support {call} of the Durable management API."
    # The SDK's client shows its caller the status alone.
    logger.warning("%s", message)
    return _json({"Message": message}, status=501)
