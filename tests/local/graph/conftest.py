"""A Graph in the test's own process, on real HTTP, with real tokens and a real storage account."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from azure.storage.blob import BlobServiceClient

from local.graph.graph_app import create_app
from local.graph.service_clock import Clock
from local.identity.signing_key import SigningKey
from local.stack.azurite import Azurite
from tests.local.graph.graph_test_client import GraphClient
from tests.local.graph.sas_containers import ExportAccount, ExportContainer
from tests.local.stand_in_process import stand_in

SECRET = "known to the app alone"  # noqa: S105 - made up, and of these tests only

# A user's export takes 0.2 s, an inbound profile's 0.1 s.
FAST = Clock(scale=864_000)


@pytest.fixture(scope="session")
def signing_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing")


@pytest.fixture(scope="session")
def signing_key(signing_state: Path) -> SigningKey:
    return SigningKey(signing_state)


@pytest.fixture(scope="session")
def identity_url(signing_state: Path) -> Iterator[str]:
    log = signing_state / "log"
    with stand_in(
        "local.identity", "--state", signing_state, log=log, environment={"IDENTITY_HEADER": SECRET}
    ) as process:
        yield process.url


@pytest.fixture
async def graph(
    identity_url: str, signing_key: SigningKey, azurite: Azurite, tmp_path: Path
) -> AsyncIterator[GraphClient]:
    server = TestServer(create_app(tmp_path / "graph", identity_url, FAST, azurite.ca_bundle))
    await server.start_server()
    async with GraphClient(str(server.make_url("")), signing_key) as client:
        yield client
    await server.close()


@pytest.fixture(scope="session")
def export_account(azurite: Azurite) -> Iterator[ExportAccount]:
    with BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    ) as service:
        yield ExportAccount(service, azurite)


@pytest.fixture
def container(export_account: ExportAccount) -> ExportContainer:
    return export_account.new_container()


@pytest.fixture
def containers(export_account: ExportAccount) -> list[ExportContainer]:
    return [export_account.new_container() for _ in range(12)]
