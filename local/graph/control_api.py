"""Routes for tests, under `/_local`: faults, people, and what has happened. No token is asked for."""

import json
from typing import Any

from aiohttp import web

from local.graph.data_policy_operations import Operation, Operations
from local.graph.fault_injection import Faults, parse_fault
from local.graph.graph_errors import GraphError
from local.graph.graph_routes import checked_guid
from local.graph.request_journal import Journal
from local.graph.storage_location import without_query
from local.graph.tenant_directory import HOME_TENANT_ID, Directory, Profile, User


class Control:
    """What a test can see and change."""

    def __init__(self, directory: Directory, operations: Operations, faults: Faults, journal: Journal) -> None:
        self._directory = directory
        self._operations = operations
        self._faults = faults
        self._journal = journal

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Puts the routes into `router`."""
        router.add_post("/_local/faults", self.add_fault)
        router.add_delete("/_local/faults", self.clear_faults)
        router.add_put("/_local/users/{id}", self.put_user)
        router.add_put("/_local/inboundSharedUserProfiles/{id}", self.put_profile)
        router.add_get("/_local/operations", self.list_operations)
        router.add_get("/_local/requests", self.list_requests)

    async def add_fault(self, request: web.Request) -> web.Response:
        """204, or 400 with the reason as text."""
        try:
            self._faults.add(parse_fault(await request.json()))
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """204; operations that were given their fate keep it."""
        self._faults.clear()
        return web.Response(status=204)

    async def put_user(self, request: web.Request) -> web.Response:
        """Adds a user: `userPrincipalName`, and `displayName` if there is to be another."""
        properties = await _properties(request)
        name = _text(properties, "userPrincipalName", None)
        self._directory.put_user(User(_id(request), name, _text(properties, "displayName", name)))
        return web.Response(status=204)

    async def put_profile(self, request: web.Request) -> web.Response:
        """Adds an inbound shared profile: as a user, and `homeTenantId` if there is to be another."""
        properties = await _properties(request)
        name = _text(properties, "userPrincipalName", None)
        display_name = _text(properties, "displayName", name)
        home = _text(properties, "homeTenantId", HOME_TENANT_ID)
        self._directory.put_profile(Profile(_id(request), name, display_name, home))
        return web.Response(status=204)

    async def list_operations(self, _request: web.Request) -> web.Response:
        """The operations, oldest first."""
        return web.json_response([_described(operation) for operation in self._operations.all()])

    async def list_requests(self, _request: web.Request) -> web.Response:
        """The requests, oldest first."""
        return web.json_response(self._journal.as_json())


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


async def _properties(request: web.Request) -> dict[str, Any]:
    try:
        properties = json.loads(await request.read())
    except ValueError as error:
        raise web.HTTPBadRequest(text="the body is no JSON") from error
    if not isinstance(properties, dict):
        raise web.HTTPBadRequest(text="the body is no JSON object")
    return properties


def _text(properties: dict[str, Any], name: str, default: str | None) -> str:
    value = properties.get(name, default)
    if not isinstance(value, str) or not value:
        raise web.HTTPBadRequest(text=f"{name} is text")
    return value
