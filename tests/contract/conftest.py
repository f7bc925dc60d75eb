"""Where the contract tests run: on the simulation's stand-ins, and on the real classes with an account and a Graph."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from aiohttp.test_utils import TestServer
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob.aio import BlobServiceClient

from local.graph.graph_app import create_app
from local.graph.service_clock import Clock
from local.identity.identity_app import create_app as create_identity
from local.stack.azurite import Azurite
from shared.bootstrap import utc_now
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.national_clouds import CLOUDS
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.table_names import TableName
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants
from tests.contract.bench import TIMEOUT, Bench, InMemoryBench, RealBench
from tests.credentials import Identity
from tests.simulation.world.world import World

SERVICE_CLOCK = Clock(scale=864_000)


@pytest.fixture(params=["in memory", "real"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Each test runs on both."""
    if request.param == "in memory":
        yield InMemoryBench(World(Random(7), utc_now(), timedelta()))  # noqa: S311 - no secret comes of it
        return
    azurite: Azurite = request.getfixturevalue("azurite")
    folder: Path = request.getfixturevalue("tmp_path")
    async with AsyncExitStack() as stack:
        yield await _real(azurite, folder, stack)


async def _real(azurite: Azurite, folder: Path, stack: AsyncExitStack) -> Bench:
    identity = Identity(folder)
    verify = str(azurite.ca_bundle)
    service = BlobServiceClient(azurite.blob_endpoint, credential=identity, connection_verify=verify)
    keyed = BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, connection_verify=verify)
    await stack.enter_async_context(service)
    await stack.enter_async_context(keyed)
    table = await stack.enter_async_context(
        AzureTable(
            azurite.table_endpoint,
            TableName.EXPORTS,
            credential=AzureNamedKeyCredential(azurite.records_account, azurite.records_key),
            connection_verify=verify,
        )
    )
    index = await stack.enter_async_context(
        AzureTable(
            azurite.table_endpoint,
            TableName.INDEX,
            credential=AzureNamedKeyCredential(azurite.records_account, azurite.records_key),
            connection_verify=verify,
        )
    )
    keys = await stack.enter_async_context(TestServer(create_identity(folder, "unused")))
    app = create_app(folder / "graph", str(keys.make_url("")), SERVICE_CLOCK, azurite.ca_bundle)
    server = await stack.enter_async_context(TestServer(app))
    root = f"http://127.0.0.1:{server.port}"
    client = GraphClient(CLOUDS["Global"], root, identity, TIMEOUT)
    stack.push_async_callback(client.aclose)
    return RealBench(
        ExportRecords(table, ExportIndex(index)),
        BlobExportContainers(service, "these records"),
        Grants(service, keyed, azurite.account_key),
        GraphCalls(client, CLOUDS["Global"]),
        keyed,
        root,
        verify,
    )
