"""Calls with the answers that telemetry counts: to Graph, to storage and to the API."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.rest import HttpRequest
from opentelemetry import trace

from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.http.app_roles import AppRole
from shared.national_clouds import CLOUDS
from shared.proxies import Proxies
from shared.storage.storage_transport import ConnectionPool, TracedTransport
from tests.credentials import Identity
from tests.exports.samples import CALLER, LIMITS, OPERATION

if TYPE_CHECKING:
    from tests.http.api_client import ApiClient


async def be_answered(statuses: list[int]) -> None:
    """Polls operations at a Graph that answers with these statuses."""
    answers = iter(statuses)

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"error": {"code": "Code", "message": "No."}}, status=next(answers))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    with TemporaryDirectory() as folder:
        async with TestServer(app) as server:
            url = f"http://127.0.0.1:{server.port}"
            client = GraphClient(CLOUDS["Global"], url, Identity(Path(folder)), LIMITS.graph_timeout, Proxies())
            for _ in statuses:
                await GraphCalls(client, CLOUDS["Global"]).read_operation(OPERATION)
            await client.aclose()


async def be_refused_by_storage() -> None:
    """Sends a request to an account that refuses it."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=403)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app) as server, TracedTransport(ConnectionPool(Proxies()), "/{container}") as transport:
        await transport.send(HttpRequest("PUT", f"http://127.0.0.1:{server.port}/container"))


def be_called(statuses: list[int]) -> None:
    """Records API calls with these answers, as the host does."""
    tracer = trace.get_tracer("host")
    for status in statuses:
        attributes: dict[str, str | int] = {
            "http.request.method": "GET",
            "url.path": "/api/exports",
            "http.response.status_code": status,
        }
        tracer.start_span("GET /api/exports", kind=trace.SpanKind.SERVER, attributes=attributes).end()


async def call_the_api(api: ApiClient, status: int) -> int:
    """Calls the API so that it answers with this status."""
    if status == 404:
        return (await api.become(CALLER, *AppRole).get(f"/exports/{OPERATION}")).status
    headers = {"x-ms-client-principal": ""} if status == 401 else {}
    return (await api.become(CALLER).call("GET", "/exports", headers=headers)).status
