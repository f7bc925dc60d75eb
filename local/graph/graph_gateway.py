"""The front of Graph: reads requests, lets faults happen, and puts what the calls come to on the wire."""

import asyncio
from urllib.parse import unquote

from aiohttp import web

from local.graph.data_policy_operations import Operations
from local.graph.export_personal_data import Submissions, storage_location
from local.graph.fault_injection import Fault, Faults, Group
from local.graph.graph_errors import GraphError, RequestIds, error_body, operation_not_found, throttled, unavailable
from local.graph.graph_reads import Reader
from local.graph.graph_responses import accepted, broken_gateway, json_reply, redirected, service_root
from local.graph.graph_routes import Call, ReadOperation, ReadUser, Submit, parse_call
from local.graph.request_journal import Entry, Journal
from local.graph.service_clock import Clock
from local.graph.storage_location import describe_sas
from local.graph.tenant_directory import Directory
from local.graph.token_validation import Principal, Tokens


class _Dropped(Exception):  # noqa: N818 - it is no error: the connection is to be closed, that is all
    """The request gets no answer."""


class Gateway:
    """Handles every request to Graph itself; what tests control is elsewhere."""

    def __init__(
        self,
        *,
        tokens: Tokens,
        submissions: Submissions,
        reader: Reader,
        directory: Directory,
        operations: Operations,
        faults: Faults,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._submissions = submissions
        self._reader = reader
        self._directory = directory
        self._operations = operations
        self._faults = faults
        self._journal = journal
        self._clock = clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers a request, and writes it down."""
        time, body = self._clock.now(), await request.read()
        ids = RequestIds.given(request.headers.get("client-request-id"))
        status: int | None = None
        try:
            response = await self._answer(request, body)
            status = response.status
        except GraphError as error:
            response = json_reply(error_body(error, ids, self._clock.now()), error.status)
            if error.status == web.HTTPUnauthorized.status_code:
                response.headers["WWW-Authenticate"] = 'Bearer realm=""'
            status = error.status
        except _Dropped:
            response = web.Response()
            _close(request)
        finally:
            self._journal.add(Entry(request.method, request.path, status, time, _sas(body)))
        response.headers.update(ids.as_headers())
        return response

    async def _answer(self, request: web.Request, body: bytes) -> web.Response:
        principal = await self._tokens.principal(request.headers.get("Authorization"))
        call = parse_call(request.method, request.match_info["version"], _segments(request))
        subjects = self._subjects(call)
        delay = self._faults.take(Group.DELAY, call.name, subjects)
        fault = self._faults.take(Group.ANSWER, call.name, subjects)
        try:
            response = _instead(fault) or await self._perform(call, principal, request, body, fault)
        finally:
            # Slow means slow to answer: what was asked for has been done by then.
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
        manner = fault.name if fault else None
        match call:
            case Submit():
                operation = await self._submissions.submit(
                    call, principal, body, enqueue_fails=manner == "enqueueFails"
                )
                return accepted(operation.id, root, self._clock, manner)
            case ReadOperation():
                return json_reply(self._reader.operation(call, principal, version))
            case ReadUser():
                return json_reply(self._reader.user(call, principal, request.query.get("$select"), version))

    def _subjects(self, call: Call) -> set[str]:
        """The ids by which a fault may name whom `call` is about, in lower case."""
        match call:
            case Submit():
                return {call.subject_id.lower()}
            case ReadOperation():
                operation = self._operations.find(call.operation_id)
                return {call.operation_id.lower()} | ({operation.subject_id} if operation else set())
            case ReadUser():
                user = self._directory.user(call.key)
                return {call.key.lower()} | ({user.id} if user else set())


def _instead(fault: Fault | None) -> web.Response | None:
    """What `fault` does in place of the call; None if it leaves the call alone.

    Raises:
        GraphError: The fault is a refusal.
        _Dropped: The fault is silence.
    """
    if fault is None:
        return None
    match fault.name:
        case "throttle":
            raise throttled()
        case "unavailable":
            raise unavailable()
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
    """The path below the version. Empty segments don't count: Graph's own SDK sends two slashes in a row."""
    return [unquote(segment) for segment in request.rel_url.raw_path.split("/")[2:] if segment]


def _sas(body: bytes) -> dict[str, object] | None:
    try:
        return describe_sas(storage_location(body))
    except GraphError:
        return None


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
