"""The calls to Graph against a server that answers what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from local.graph.service_clock import Clock
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.national_clouds import CLOUDS
from shared.proxies import Proxies
from tests.credentials import Identity

TIMEOUT = timedelta(seconds=1)
FAST = Clock(scale=864_000)


@dataclass
class Script:
    """Answers every request in the same way and remembers what it was asked."""

    answer: web.Response = field(default_factory=lambda: web.Response(status=202))
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    delay: float = 0.0
    """How long an answer takes, in seconds."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.bodies.append(await request.text())
        await asyncio.sleep(self.delay)
        return self.answer


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("key")


@pytest.fixture
def identity(key_folder: Path) -> Identity:
    return Identity(key_folder)


@pytest.fixture
async def script() -> Script:
    return Script()


@pytest.fixture
async def scripted(script: Script, identity: Identity) -> AsyncIterator[GraphCalls]:
    """The product's Graph, asking the script."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    async with TestServer(app) as server:
        client = GraphClient(CLOUDS["Global"], f"http://127.0.0.1:{server.port}", identity, TIMEOUT, Proxies())
        yield GraphCalls(client, CLOUDS["Global"])
        await client.aclose()
