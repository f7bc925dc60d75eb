"""The host's own API under `/admin/`, for its operators: state, functions, keys, and calling a timer function now.

What else the platform has there is refused with a 501 that names it.
"""

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from aiohttp import web
from azure.functions.timer import TimerRequest

from local.host.access_keys import Keys
from local.host.function_invocation import Invoker
from local.host.function_loader import TIMER, Function
from local.host.host_telemetry import Trace, span

logger = logging.getLogger(__name__)

HOST_API = "/admin/"

_NOT_CACHED = {"Cache-Control": "no-store,no-cache", "Pragma": "no-cache"}


class HostApi:
    """Answers requests to the API.

    Args:
        keys: the access keys.
        functions: of the app.
        invoker: calls them.
    """

    def __init__(self, keys: Keys, functions: Sequence[Function], invoker: Invoker) -> None:
        self._keys = keys
        self._functions = {function.name.lower(): function for function in functions}
        self._invoker = invoker
        self._started = time.monotonic()
        self._calls: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.Request, path: str, key: str | None) -> web.Response:
        """Answer a request; `path` is what follows `/admin/`."""
        parts = path.strip("/").lower().split("/")
        if parts == ["host", "ping"]:
            return web.Response(headers=_NOT_CACHED)
        if parts == ["warmup"]:
            return web.Response()
        if not self._keys.opens_host(key):
            return without_right(is_known=self._keys.is_known(key))
        self_url = f"http://{request.headers.get('Host', '')}{HOST_API}{path}"
        if parts[0] == "functions":
            answer = self._answer_of_functions(request.method, parts[1:])
        else:
            answer = self._answer_of_host(request.method, parts, self_url)
        return answer or _unsupported(f"{request.method} {HOST_API}{path}")

    def _answer_of_host(self, method: str, parts: list[str], self_url: str) -> web.Response | None:
        match method, parts:
            case "GET", ["host", "status"]:
                return _json(self._status())
            case "GET", ["host", "keys"]:
                return _keys(self_url, "default", self._keys.function)
            case "GET", ["host", "systemkeys"]:
                return _keys(self_url, "durabletask_extension", self._keys.durable)
        return None

    def _answer_of_functions(self, method: str, parts: list[str]) -> web.Response | None:
        if not parts:
            shown = [_shown(function) for function in self._functions.values()]
            return _json(shown) if method == "GET" else None
        function = self._functions.get(parts[0])
        if function is None:
            return web.Response(status=404)
        match method, parts[1:]:
            case "GET", []:
                return _json(_shown(function))
            case "GET", ["status"]:
                return _json({})
            case "POST", [] if function.trigger == TIMER:
                return self._start(function)
        return None

    def _status(self) -> dict[str, Any]:
        return {
            "id": "local",
            "state": "Running",
            "version": "local",
            "versionDetails": "local",
            "platformVersion": "",
            "instanceId": "",
            "computerName": "",
            "processUptime": round((time.monotonic() - self._started) * 1000),
            "functionAppContentEditingState": "Unknown",
        }

    def _start(self, function: Function) -> web.Response:
        """Call a timer function without waiting for its end."""
        call = asyncio.create_task(self._call(function))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return web.Response(status=202)

    async def _call(self, function: Function) -> None:
        with suppress(Exception), span(function.name, Trace()):  # the invoker logs exceptions
            await self._invoker.invoke(function, TimerRequest(past_due=False))


def _shown(function: Function) -> dict[str, Any]:
    config = {"name": function.name, "scriptFile": "function_app.py", "bindings": [function.binding]}
    return {"name": function.name, "language": "python", "config": config, "isDisabled": False}


def without_right(*, is_known: bool) -> web.Response:
    """The refusal of a call that takes another key: 403 if the key is one of the host's, else 401."""
    if is_known:
        return web.Response(status=403)
    return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})


def _keys(self_url: str, name: str, value: str) -> web.Response:
    links = [{"rel": "self", "href": self_url}]
    return _json({"keys": [{"name": name, "value": value}], "links": links})


def _json(content: object, status: int = 200) -> web.Response:
    return web.json_response(content, status=status, dumps=_dumps)


def _dumps(content: object) -> str:
    return json.dumps(content, default=lambda value: str(getattr(value, "name", value)))


def _unsupported(call: str) -> web.Response:
    message = f"The local host does not support {call}."
    logger.warning("%s", message)
    return _json({"Message": message}, HTTPStatus.NOT_IMPLEMENTED)
