"""Builds this process's services: one identity, one connection pool, one client of each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from azure.identity.aio import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.blob.aio import BlobServiceClient

from shared.callbacks.callback_destinations import CallbackDestinations
from shared.callbacks.callback_sender import HttpCallbackSender
from shared.graph.graph_calls import GraphCalls
from shared.graph.graph_client import GraphClient
from shared.records.batch_records import BatchRecords
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.submission_slots import SubmissionSlots
from shared.records.subscription_records import SubscriptionRecords
from shared.records.table_names import TableName
from shared.services import Services
from shared.settings import Settings, settings
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants
from shared.storage.storage_transport import TracedTransport, connection_pool, silence_sdk_telemetry

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


@cache
def services() -> Services:
    """This process's services. They belong to its one event loop and live as long as it does."""
    have = settings()
    silence_sdk_telemetry()
    credential = _credential(have)
    # One pool of connections: each of its own would cost a handshake and a socket more.
    pool = connection_pool(have.behind_proxy)

    def table(name: str) -> AzureTable:
        return AzureTable(have.table_endpoint, name, credential=credential, transport=TracedTransport(pool, f"/{name}"))

    def account(holder: AsyncTokenCredential | str) -> BlobServiceClient:
        transport = TracedTransport(pool, "/{container}/{blob}")
        return BlobServiceClient(have.blob_endpoint, credential=holder, transport=transport)

    blobs = account(credential)
    keyed = account(have.account_key) if have.account_key else None
    client = GraphClient(have.cloud, have.graph_root, credential, have.limits.graph_timeout)
    return Services(
        settings=have,
        records=ExportRecords(table(TableName.EXPORTS), ExportIndex(table(TableName.INDEX))),
        batches=BatchRecords(table(TableName.BATCHES)),
        pacer=SubmissionSlots(table(TableName.INDEX), have.limits.submissions_per_day),
        containers=BlobExportContainers(blobs, have.table_endpoint),
        grants=Grants(blobs, keyed, have.account_key),
        graph=GraphCalls(client, have.cloud),
        subscriptions=SubscriptionRecords(table(TableName.SUBSCRIPTIONS)),
        callbacks=HttpCallbackSender(
            CallbackDestinations(have.callback_hosts), have.callback_key, have.public_base_url
        ),
        now=utc_now,
    )


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def _credential(have: Settings) -> AsyncTokenCredential:
    """The platform's managed identity; on a developer's machine the developer's own sign-in."""
    if have.managed_identity:
        return ManagedIdentityCredential(client_id=have.client_id)
    return DefaultAzureCredential(authority=have.cloud.authority)
