"""What the probe finds on an account as the templates make it: the fake's defaults, and the real one's reading."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.identity.identity_app import create_app as create_identity
from local.resource_manager.resource_manager_app import create_app
from local.resource_manager.storage_account_resource import account_id
from local.stack.azurite import Azurite
from shared.exports.export_account import AccountUnread
from shared.national_clouds import CLOUDS
from shared.protocols import ExportAccountProbe, HeldContainers
from shared.proxies import Proxies
from shared.storage.export_account_probe import SasAccountProbe
from shared.storage.export_account_settings import ResourceManagerAccountSettings
from shared.storage.export_containers import BlobExportContainers
from shared.storage.resource_manager import ResourceManager
from shared.storage.storage_transport import ConnectionPool
from tests.contract.conftest import IN_MEMORY, REAL
from tests.credentials import Identity
from tests.fakes.fixed_account_probe import TEMPLATE_ACCOUNT, FixedAccountProbe


@dataclass(frozen=True)
class Probed:
    """A probe, and how the app loses its role on the account."""

    probe: ExportAccountProbe
    take_role: Callable[[], Awaitable[None]]


@pytest.fixture(params=[IN_MEMORY, REAL])
async def probed(request: pytest.FixtureRequest) -> AsyncIterator[Probed]:
    if request.param == IN_MEMORY:
        fake = FixedAccountProbe()

        async def refuse() -> None:
            fake.settings = AccountUnread("AuthorizationFailed", 403)

        yield Probed(fake, refuse)
        return
    azurite: Azurite = request.getfixturevalue("azurite")
    folder: Path = request.getfixturevalue("tmp_path")
    async with AsyncExitStack() as stack:
        yield await _real(azurite, folder, stack)


async def _real(azurite: Azurite, folder: Path, stack: AsyncExitStack) -> Probed:
    identity = Identity(folder)
    keys = await stack.enter_async_context(TestServer(create_identity(folder, "unused")))
    server = await stack.enter_async_context(TestServer(create_app(str(keys.make_url("")), azurite.account)))
    pool = await stack.enter_async_context(ConnectionPool(Proxies()))
    root = f"http://127.0.0.1:{server.port}"
    resources = ResourceManager(root, CLOUDS["Global"].resource_manager_scope, identity, pool)
    service = await stack.enter_async_context(
        BlobServiceClient(azurite.blob_endpoint, credential=identity, connection_verify=str(azurite.ca_bundle))
    )
    containers = BlobExportContainers(service, None, None, "these records")

    async def take_role() -> None:
        async with aiohttp.ClientSession() as session, session.put(f"{root}/_local/reader", json=False) as answer:
            assert answer.status == 204

    settings = ResourceManagerAccountSettings(resources, account_id(azurite.account))
    return Probed(SasAccountProbe(containers, ContainerClient.from_container_url, lambda: settings), take_role)


async def test_the_account_of_the_templates(probed: Probed) -> None:
    assert await probed.probe.read_settings() == TEMPLATE_ACCOUNT


async def test_an_account_that_the_app_has_no_role_on(probed: Probed) -> None:
    await probed.take_role()
    assert await probed.probe.read_settings() == AccountUnread("AuthorizationFailed", 403)


async def test_nothing_is_held_unless_somebody_holds_it(probed: Probed) -> None:
    assert await probed.probe.find_held() == HeldContainers((), is_complete=True)
