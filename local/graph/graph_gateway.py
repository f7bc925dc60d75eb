"""Handles the requests to Graph: authenticates, routes, injects faults, and answers."""

import asyncio
from urllib.parse import unquote

from aiohttp import web

from local.graph.data_policy_operations import Operations
from local.graph.export_personal_data import Submissions
from local.graph.fault_injection import Fault, Faults, Group
from local.graph.graph_errors import GraphError, RequestIds, error_body, operation_not_found, throttled, unavailable
from local.graph.graph_reads import Reader
from local.graph.graph_responses import accepted, broken_gateway, json_reply, redirected, service_root
from local.graph.graph_routes import Call, ReadOperation, ReadUser, Submit, parse_call
from local.graph.service_clock import Clock
from local.graph.tenant_directory import Directory
from local.graph.token_validation import Principal, TokenValidator


class _Dropped(Exception):  # noqa: N818 - not an error: it ends the handling of a request
    """The connection is to be closed without an answer."""


class GraphGateway:
    """Handles every request to Graph itself; the control API is apart."""

    def __init__(
        self,
        *,
        tokens: TokenValidator,
        submissions: Submissions,
        reader: Reader,
        directory: Directory,
        operations: Operations,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._submissions = submissions
        self._reader = reader
        self._directory = directory
        self._operations = operations
        self._faults = faults
        self._clock = clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        body = await request.read()
        ids = RequestIds.given(request.headers.get("client-request-id"))
        try:
            response = await self._answer(request, body)
        except GraphError as error:
            response = json_reply(error_body(error, ids, self._clock.now()), error.status)
            if error.retry_after is not None:
                response.headers["Retry-After"] = error.retry_after
            if error.status == web.HTTPUnauthorized.status_code:
                response.headers["WWW-Authenticate"] = 'Bearer realm=""'
        except _Dropped:
            response = web.Response()
            _close(request)
        response.headers.update(ids.as_headers())
        return response

    async def _answer(self, request: web.Request, body: bytes) -> web.Response:
        principal = await self._tokens.principal(request.headers.get("Authorization"))
        call = parse_call(request.method, request.match_info["version"], _segments(request))
        subjects = self._subjects(call)
        delay = self._faults.take(Group.DELAY, call.name, subjects)
        fault = self._faults.take(Group.ANSWER, call.name, subjects)
        try:
            response = _response_of(fault) or await self._perform(call, principal, request, body, fault)
        finally:
            # The answer is slow, not the work: that is done by now.
            if delay:
                await asyncio.sleep(delay.parameters["seconds"])
        if fault and fault.name == "dropAfter":
            raise _Dropped
        return response

    async def _perform(
        self, call: Call, principal: Principal, request: web.Request, body: bytes, fault: Fault | None
    ) -> web.Response:
        root = service_root(request)
        version = f"{root}/{request.match_info['version']}"
        match call:
            case Submit():
                operation = await self._submissions.submit(call, principal, body)
                return accepted(operation.id, root, self._clock, fault.name if fault else None)
            case ReadOperation():
                return json_reply(self._reader.operation(call, principal, version))
            case ReadUser():
                return json_reply(self._reader.user(call, principal, request.query.get("$select"), version))

    def _subjects(self, call: Call) -> set[str]:
        """The ids, in lower case, by which a fault may name the person or operation of a call."""
        match call:
            case Submit():
                return {call.subject_id.lower()}
            case ReadOperation():
                operation = self._operations.find(call.operation_id)
                return {call.operation_id.lower()} | ({operation.subject_id} if operation else set())
            case ReadUser():
                user = self._directory.user(call.key)
                return {call.key.lower()} | ({user.id} if user else set())


def _response_of(fault: Fault | None) -> web.Response | None:
    """The response that a fault gives in place of the call; None if the call is made.

    Raises:
        GraphError: The fault is an error response.
        _Dropped: The fault is a closed connection.
    """
    if fault is None:
        return None
    match fault.name:
        case "throttle":
            raise throttled(fault.parameters.get("retryAfter"))
        case "unavailable":
            raise unavailable(fault.parameters.get("retryAfter"))
        case "refuse":
            raise GraphError(fault.parameters["status"], fault.parameters["code"], fault.parameters["message"])
        case "unknown":
            raise operation_not_found()
        case "dropBefore":
            raise _Dropped
        case "redirect":
            return redirected(fault.parameters["to"])
        case "html":
            return broken_gateway()
        case _:
            return None


def _segments(request: web.Request) -> list[str]:
    """The path below the version. Empty segments are dropped: Graph's own SDK sends two slashes in a row."""
    return [unquote(segment) for segment in request.rel_url.raw_path.split("/")[2:] if segment]


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
