"""The management API of Durable Functions: start, query, raise events, terminate, suspend, resume, restart, purge."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import unquote

from aiohttp import web

from local.host.durable_engine import AlreadyRunningError, Engine, UnknownOrchestratorError
from local.host.host_telemetry import trace_of
from local.host.instance_status import fits, flag, history, payload
from local.host.management_urls import Links
from local.host.orchestration_history import Kind
from local.host.orchestration_instance import Instance, Status

_RETRY_AFTER = "5"  # seconds


class Management:
    """Answers requests to the API."""

    def __init__(self, engine: Engine, links: Links) -> None:
        self._engine = engine
        self._links = links

    async def handle(self, request: web.Request, path: str) -> web.Response:
        """Answer a request; `path` is what follows the API's base address, still quoted."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        match request.method, parts:
            case "POST", ["orchestrators", name, *rest] if len(rest) <= 1:
                return await self._start(request, name, rest[0] if rest else None)
            case "GET", ["instances"]:
                return self._list(request)
            case "DELETE", ["instances"]:
                return self._purge_many(request)
            case _, ["instances", instance_id, *operation]:
                instance = self._engine.store.instance(instance_id)
                return await self._of_instance(request, instance, operation) if instance else _nothing()
        return _nothing()

    async def _of_instance(self, request: web.Request, instance: Instance, operation: list[str]) -> web.Response:
        match request.method, operation:
            case "GET", []:
                answer = _status(request, instance)
            case "DELETE", []:
                answer = self._purge([instance])
            case "POST", ["raiseEvent", name]:
                answer = await self._raise_event(request, instance, name)
            case "POST", [("terminate" | "suspend" | "resume") as control]:
                answer = self._control(instance, control, request.query.get("reason", ""))
            case "POST", ["restart"]:
                answer = await self._restart(request, instance)
            case "POST", ["rewind"]:
                answer = _json("The local host can't rewind instances; restart them instead.", status=501)
            case _:
                answer = _nothing()
        return answer

    async def _start(self, request: web.Request, name: str, instance_id: str | None) -> web.Response:
        text = (await request.text()).strip()
        if text and not _is_json(text):
            return _error("Invalid JSON content")
        return await self._begin(request, name, instance_id, text or None, request.query.get("version"))

    async def _restart(self, request: web.Request, instance: Instance) -> web.Response:
        is_new = request.query.get("restartWithNewInstanceId", "true").lower() != "false"
        new_id = None if is_new else instance.id
        return await self._begin(request, instance.name, new_id, instance.input, instance.version)

    async def _begin(
        self, request: web.Request, name: str, instance_id: str | None, text: str | None, version: str | None
    ) -> web.Response:
        try:
            started = self._engine.begin(name, instance_id, text, version, trace_of(request.headers))
        except UnknownOrchestratorError as error:
            return _error(str(error))
        except AlreadyRunningError as error:
            return _conflict(str(error))
        timeout, pause = _seconds(request, "timeout"), _seconds(request, "pollingInterval")
        if timeout and pause and (answer := await self._wait(started, timeout, pause)):
            return answer
        links = self._links.of_instance(started, str(request.url.origin()))
        headers = {"Location": links["statusQueryGetUri"], "Retry-After": _RETRY_AFTER}
        return _json(links, status=202, headers=headers)

    async def _wait(self, instance_id: str, timeout_s: float, pause_s: float) -> web.Response | None:
        """Wait as long as the caller wants to; the answer of an instance that ended by then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            instance = self._engine.store.instance(instance_id)
            if instance is None:
                return None
            if instance.status.ended:
                is_failed = instance.status is Status.FAILED
                return _json(payload(instance, {}), status=500) if is_failed else _json(instance.output)
            if loop.time() + pause_s > deadline:
                return None
            await asyncio.sleep(pause_s)

    async def _raise_event(self, request: web.Request, instance: Instance, name: str) -> web.Response:
        if instance.status.ended:
            return web.Response(status=410)
        if request.content_type != "application/json":
            return _error("Only application/json request content is supported")
        text = (await request.text()).strip() or "null"
        if not _is_json(text):
            return _error("Invalid JSON content")
        self._engine.tell(instance.id, Kind.EVENT_RAISED, Name=name, Input=text)
        return web.Response(status=202)

    def _control(self, instance: Instance, control: str, reason: str) -> web.Response:
        if instance.status.ended:
            return web.Response(status=410)
        self._engine.tell(instance.id, _CONTROLS[control], Input=reason)
        return web.Response(status=202)

    def _list(self, request: web.Request) -> web.Response:
        chosen = [each for each in self._engine.store.instances() if fits(each, request.query)]
        return _json([payload(each, request.query) for each in chosen])

    def _purge_many(self, request: web.Request) -> web.Response:
        if "createdTimeFrom" not in request.query:
            return _json("Please provide value for 'createdTimeFrom' parameter.", status=400)
        return self._purge([each for each in self._engine.store.instances() if fits(each, request.query)])

    def _purge(self, instances: list[Instance]) -> web.Response:
        ended = [instance.id for instance in instances if instance.status.ended]
        with self._engine.store.transaction():
            self._engine.store.purge(ended)
        return _json({"instancesDeleted": len(ended)}) if ended else _nothing()


_CONTROLS = {"terminate": Kind.EXECUTION_TERMINATED, "suspend": Kind.SUSPENDED, "resume": Kind.RESUMED}


def _status(request: web.Request, instance: Instance) -> web.Response:
    shown = payload(instance, request.query)
    if flag(request.query, "showHistory"):
        shown["historyEvents"] = history(instance, with_output=flag(request.query, "showHistoryOutput"))
    if not instance.status.ended:
        return _json(shown, status=202, headers={"Location": str(request.url), "Retry-After": _RETRY_AFTER})
    as_error = instance.status is Status.FAILED and flag(request.query, "returnInternalServerErrorOnFailure")
    return _json(shown, status=500 if as_error else 200)


def _seconds(request: web.Request, name: str) -> float | None:
    try:
        return float(request.query.get(name, ""))
    except ValueError:  # the platform, too, takes what it can't read for nothing
        return None


def _nothing() -> web.Response:
    return web.Response(status=404)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _json(content: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(content, status=status, headers=headers)


def _error(message: str) -> web.Response:
    heading = "One or more of the arguments submitted is incorrect"
    return _json({"Message": heading, "ExceptionMessage": message}, status=400)


def _conflict(message: str) -> web.Response:
    # The platform has no 409 here; clients know the case by its text.
    heading = "Something went wrong while processing your request"
    kind = "System.InvalidOperationException"
    return _json({"Message": heading, "ExceptionMessage": message, "ExceptionType": kind}, status=500)
