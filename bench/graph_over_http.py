"""The Graph of the measurements as an HTTP server, which the product's own client calls as it calls Microsoft's."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from shared.exports.export import Subject
from shared.exports.graph_results import Accepted, Operation
from shared.exports.states_and_codes import SubjectType
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.national_clouds import CLOUDS
from shared.proxies import Proxies
from tests.credentials import Identity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.fakes.in_memory_graph import InMemoryGraph


@asynccontextmanager
async def graph_over_http(graph: InMemoryGraph, folder: Path) -> AsyncIterator[GraphCalls]:
    """The product's calls, answered by that Graph; the key of the app's identity is kept in `folder`."""

    async def submit(request: web.Request) -> web.Response:
        body = await request.json()
        accepted = graph.submit(Subject(SubjectType.USER, request.match_info["id"]), body["storageLocation"])
        if not isinstance(accepted, Accepted):
            raise TypeError(accepted)
        location = f"https://graph.microsoft.com/v1.0/dataPolicyOperations/{accepted.operation_id}"
        return web.Response(status=202, headers={"Location": location, "Retry-After": str(accepted.retry_after)})

    async def read(request: web.Request) -> web.Response:
        operation = graph.read(request.match_info["id"])
        if not isinstance(operation, Operation):
            raise TypeError(operation)
        return web.json_response({"status": operation.status, "progress": operation.progress})

    app = web.Application()
    app.router.add_post("/v1.0/users/{id}/exportPersonalData", submit)
    app.router.add_get("/v1.0/dataPolicyOperations/{id}", read)
    cloud = CLOUDS["Global"]
    async with serving(app) as root:
        client = GraphClient(cloud, root, Identity(folder), timedelta(seconds=30), Proxies())
        yield GraphCalls(client, cloud)
        await client.aclose()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The address at which the application is served, on this machine."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
