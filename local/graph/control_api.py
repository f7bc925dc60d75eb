"""What tests control, under `/_local`: faults, people, and a list of the operations. No token is needed."""

import json
from typing import Any

from aiohttp import web

from local.graph.data_policy_operations import Operation, Operations
from local.graph.fault_injection import Faults, parse_fault
from local.graph.graph_errors import GraphError
from local.graph.graph_routes import checked_guid
from local.graph.storage_location import without_query
from local.graph.tenant_directory import Directory, Profile, User


class ControlApi:
    """The routes of the control API."""

    def __init__(self, directory: Directory, operations: Operations, faults: Faults) -> None:
        self._directory = directory
        self._operations = operations
        self._faults = faults

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the routes to `router`."""
        router.add_post("/_local/faults", self.add_fault)
        router.add_get("/_local/faults", self.list_faults)
        router.add_put("/_local/users/{id}", self.put_user)
        router.add_put("/_local/inboundSharedUserProfiles/{id}", self.put_profile)
        router.add_get("/_local/operations", self.list_operations)

    async def add_fault(self, request: web.Request) -> web.Response:
        """Add a fault: 204, or 400 with the reason as text."""
        try:
            self._faults.add(parse_fault(await request.json()))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def list_faults(self, _request: web.Request) -> web.Response:
        """List the faults that are still to happen, oldest first. One is gone once it begins for the last time."""
        return web.json_response(
            [{"call": fault.call, "fault": fault.name, "subject": fault.subject} for fault in self._faults.pending()]
        )

    async def put_user(self, request: web.Request) -> web.Response:
        """Add a user with the body's `userPrincipalName`."""
        name = await _principal_name(request)
        self._directory.put_user(User(_id(request), name, display_name=name))
        return web.Response(status=204)

    async def put_profile(self, request: web.Request) -> web.Response:
        """Add an inbound shared profile with the body's `userPrincipalName`."""
        name = await _principal_name(request)
        self._directory.put_profile(Profile(_id(request), name, display_name=name))
        return web.Response(status=204)

    async def list_operations(self, _request: web.Request) -> web.Response:
        """List the operations, oldest first."""
        return web.json_response([_described(operation) for operation in self._operations.all()])


def _described(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "subject": operation.subject_id,
        "subjectType": operation.subject_type,
        "container": without_query(operation.storage_location),
        "status": operation.status,
        "submitted": operation.submitted.isoformat(),
    }


def _id(request: web.Request) -> str:
    try:
        return checked_guid(request.match_info["id"])
    except GraphError as error:
        raise web.HTTPBadRequest(text=error.message) from error


async def _principal_name(request: web.Request) -> str:
    try:
        properties = json.loads(await request.read())
    except ValueError as error:
        raise web.HTTPBadRequest(text="the body is not JSON") from error
    name = properties.get("userPrincipalName") if isinstance(properties, dict) else None
    if not isinstance(name, str) or not name:
        raise web.HTTPBadRequest(text="the body must be a JSON object with a userPrincipalName")
    return name
