"""Where the contract tests run: on the fakes, and on the product's adapters with an account and a Graph behind them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from azure.storage.blob.aio import BlobServiceClient

from local.graph.graph_app import create_app
from local.graph.service_clock import Clock
from local.identity.identity_app import create_app as create_identity
from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.national_clouds import CLOUDS
from shared.protocols import Table
from shared.proxies import Proxies
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.handover_zip_blobs import StorageHandoverZipBlobs
from tests.azure_tables import table_client, unique_name
from tests.contract.harness import TIMEOUT, Harness, InMemoryHarness, RealHarness
from tests.credentials import Identity
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.manual_clock import ManualClock
from tests.records.record_set import RecordSet

IN_MEMORY, REAL = "in memory", "real"
SERVICE_CLOCK = Clock(scale=864_000)


@pytest.fixture(params=[IN_MEMORY, REAL])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """Each test runs on both."""
    if request.param == IN_MEMORY:
        yield InMemoryHarness(ManualClock(utc_now()))
        return
    azurite: Azurite = request.getfixturevalue("azurite")
    folder: Path = request.getfixturevalue("tmp_path")
    async with AsyncExitStack() as stack:
        yield await _real(azurite, folder, stack)


@pytest.fixture(params=[IN_MEMORY, REAL])
async def table(request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    """A table that does not exist yet: in memory, and on Azurite."""
    if request.param == IN_MEMORY:
        yield InMemoryTable()
        return
    async with table_client(request.getfixturevalue("azurite"), unique_name()) as client:
        yield AzureTable(client)


@pytest.fixture(params=[IN_MEMORY, REAL])
async def record_set(request: pytest.FixtureRequest) -> AsyncIterator[RecordSet]:
    """The records on tables that do not exist yet: in memory, and on Azurite."""
    if request.param == IN_MEMORY:
        yield RecordSet(InMemoryTable(), InMemoryTable())
        return
    azurite, name = request.getfixturevalue("azurite"), unique_name()
    async with table_client(azurite, name) as exports, table_client(azurite, f"{name}i") as index:
        yield RecordSet(AzureTable(exports), AzureTable(index))


async def _real(azurite: Azurite, folder: Path, stack: AsyncExitStack) -> Harness:
    identity = Identity(folder)
    verify = str(azurite.ca_bundle)
    service = BlobServiceClient(azurite.blob_endpoint, credential=identity, connection_verify=verify)
    keyed = BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, connection_verify=verify)
    await stack.enter_async_context(service)
    await stack.enter_async_context(keyed)
    keys = await stack.enter_async_context(TestServer(create_identity(folder, "unused")))
    app = create_app(folder / "graph", str(keys.make_url("")), SERVICE_CLOCK, azurite.ca_bundle)
    server = await stack.enter_async_context(TestServer(app))
    root = f"http://127.0.0.1:{server.port}"
    client = GraphClient(CLOUDS["Global"], root, identity, TIMEOUT, Proxies())
    stack.push_async_callback(client.aclose)
    containers = BlobExportContainers(service, keyed, azurite.account_key, "these records")
    return RealHarness(
        containers,
        StorageHandoverZipBlobs(service, containers, utc_now),
        GraphCalls(client, CLOUDS["Global"]),
        keyed,
        root,
        verify,
    )
