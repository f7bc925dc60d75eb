"""An identity that runs in the test's own process."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiohttp.test_utils import TestServer

from local.identity.identity_app import create_app
from tests.loopback import NO_TLS

SECRET = "known to the app alone"  # noqa: S105 - made up, and of this test only


@pytest.fixture(scope="session")
def identity_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by all tests, because it takes a while to make a key."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture
async def identity(identity_state: Path) -> AsyncIterator[httpx.AsyncClient]:
    server = TestServer(create_app(identity_state, SECRET))
    await server.start_server()
    url, headers = str(server.make_url("")), {"X-IDENTITY-HEADER": SECRET}
    async with httpx.AsyncClient(base_url=url, headers=headers, verify=NO_TLS) as client:
        yield client
    await server.close()
