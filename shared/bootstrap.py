"""Builds this process's services: one identity, one connection pool, one client of each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient, ExponentialRetry

from shared.callbacks.callback_destinations import CallbackDestinations
from shared.callbacks.callback_sender import HttpCallbackSender
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.proxies import Proxies
from shared.services import Services, services_on
from shared.settings import Settings, settings
from shared.storage.azure_table import AzureTable
from shared.storage.export_account_probe import SasAccountProbe
from shared.storage.export_containers import BlobExportContainers
from shared.storage.storage_transport import ConnectionPool, TracedTransport, silence_sdk_telemetry
from shared.storage.table_transactions import TransactionTableClient

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from shared.records.table_names import TableName
    from shared.storage.export_account_settings import ResourceManagerAccountSettings
    from shared.storage.handover_zip_blobs import StorageHandoverZipBlobs


@cache
def services() -> Services:
    """This process's services. They belong to its one event loop and live as long as it does."""
    given = settings()
    silence_sdk_telemetry()
    credential = _credential(given)
    # One pool of connections: each of its own would cost a handshake and a socket more.
    pool = ConnectionPool(given.proxies)

    def table(name: TableName) -> AzureTable:
        transport = TracedTransport(pool, f"/{name}")
        client = TransactionTableClient(given.table_endpoint, name, credential=credential, transport=transport)
        return AzureTable(client)

    def account(holder: AsyncTokenCredential | str) -> BlobServiceClient:
        transport = TracedTransport(pool, "/{container}/{blob}")
        # The SDK's own waits add up to a minute and a half, in which the step holds up others; it has its own backoff.
        retries = ExponentialRetry(initial_backoff=1, increment_base=2, random_jitter_range=1)
        return BlobServiceClient(given.blob_endpoint, credential=holder, transport=transport, retry_policy=retries)

    def open_as_holder(signed_url: str) -> ContainerClient:
        # With connections of its own, because it closes them.
        return ContainerClient.from_container_url(signed_url, retry_total=0, transport=ConnectionPool(given.proxies))

    identified = account(credential)
    containers = BlobExportContainers(
        identified,
        account(given.account_key) if given.account_key else None,
        given.account_key,
        given.table_endpoint,
    )
    open_settings = partial(_account_settings, given, given.account_id, credential, pool) if given.account_id else None
    graph = GraphClient(given.cloud, given.graph_root, credential, given.limits.graph_timeout, given.proxies)
    destinations = CallbackDestinations(given.callback_hosts)
    return services_on(
        table,
        containers=containers,
        zip_blobs=cache(partial(_zip_blobs, identified, containers)),
        account_probe=SasAccountProbe(containers, open_as_holder, open_settings),
        graph=GraphCalls(graph, given.cloud),
        callbacks=HttpCallbackSender(destinations, given.callback_key, given.public_base_url, given.proxies),
        limits=given.limits,
        grant_kind=given.grant,
        now=utc_now,
    )


def _account_settings(
    given: Settings, account_id: str, credential: AsyncTokenCredential, pool: ConnectionPool
) -> ResourceManagerAccountSettings:
    from shared.storage.export_account_settings import ResourceManagerAccountSettings  # noqa: PLC0415 - see below
    from shared.storage.resource_manager import ResourceManager  # noqa: PLC0415 - only the preflight needs them

    resources = ResourceManager(given.resource_manager_root, given.cloud.resource_manager_scope, credential, pool)
    return ResourceManagerAccountSettings(resources, account_id)


def _zip_blobs(account: BlobServiceClient, containers: BlobExportContainers) -> StorageHandoverZipBlobs:
    from shared.storage.handover_zip_blobs import StorageHandoverZipBlobs  # noqa: PLC0415 - only packages need them

    return StorageHandoverZipBlobs(account, containers, utc_now)


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def _credential(given: Settings) -> AsyncTokenCredential:
    """The platform's managed identity; on a developer's machine the developer's own sign-in."""
    if given.managed_identity:
        # Its endpoint is on this very machine, where no proxy gets to; the SDK would send even this through HTTP_PROXY.
        return ManagedIdentityCredential(client_id=given.client_id, transport=ConnectionPool(Proxies()))
    return DefaultAzureCredential(authority=given.cloud.authority)
