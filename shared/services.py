"""The outside world as this process uses it: one identity and one client each of Graph and storage, lazily made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from shared.settings import Settings, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials_async import AsyncTokenCredential

    from shared.callbacks.delivery import Callbacks
    from shared.graph.calls import Graph
    from shared.storage.batches import Batches
    from shared.storage.containers import Containers
    from shared.storage.grants import Grants
    from shared.storage.pacer import Pacer
    from shared.storage.records import Records
    from shared.storage.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True)
class Services:
    """What the monitor and the API work with."""

    settings: Settings
    records: Records
    batches: Batches
    pacer: Pacer
    containers: Containers
    grants: Grants
    graph: Graph
    subscriptions: Subscriptions
    callbacks: Callbacks
    now: Callable[[], datetime]


@cache
def services() -> Services:
    """This process's services. They belong to its one event loop and live as long as it does."""
    from azure.storage.blob.aio import BlobServiceClient  # noqa: PLC0415 - imports are paid for when first used

    from shared.callbacks.delivery import Callbacks  # noqa: PLC0415
    from shared.callbacks.destinations import Destinations  # noqa: PLC0415
    from shared.graph.calls import Graph  # noqa: PLC0415
    from shared.graph.client import GraphClient  # noqa: PLC0415
    from shared.storage import batches, index, records, subscriptions  # noqa: PLC0415
    from shared.storage.batches import Batches  # noqa: PLC0415
    from shared.storage.containers import Containers  # noqa: PLC0415
    from shared.storage.grants import Grants  # noqa: PLC0415
    from shared.storage.index import Index  # noqa: PLC0415
    from shared.storage.pacer import Pacer  # noqa: PLC0415
    from shared.storage.records import Records  # noqa: PLC0415
    from shared.storage.subscriptions import Subscriptions  # noqa: PLC0415
    from shared.storage.tables import Table  # noqa: PLC0415
    from shared.storage.transport import TracedTransport, keep_sdk_quiet, pooled  # noqa: PLC0415

    have = settings()
    keep_sdk_quiet()
    credential = _credential(have)
    # One pool of connections: each of its own would cost a handshake and a socket more.
    pool = pooled(have.behind_proxy)

    def table(name: str) -> Table:
        return Table(have.table_endpoint, name, credential=credential, transport=TracedTransport(pool, f"/{name}"))

    def account(holder: AsyncTokenCredential | str) -> BlobServiceClient:
        transport = TracedTransport(pool, "/{container}/{blob}")
        return BlobServiceClient(have.blob_endpoint, credential=holder, transport=transport)

    blobs = account(credential)
    keyed = account(have.account_key) if have.account_key else None
    client = GraphClient(have.cloud, have.graph_root, credential, have.rules.graph_timeout)
    return Services(
        settings=have,
        records=Records(table(records.TABLE), Index(table(index.TABLE))),
        batches=Batches(table(batches.TABLE)),
        pacer=Pacer(table(index.TABLE), have.rules.submissions_per_day),
        containers=Containers(blobs, have.table_endpoint),
        grants=Grants(blobs, keyed, have.account_key),
        graph=Graph(client, have.cloud),
        subscriptions=Subscriptions(table(subscriptions.TABLE)),
        callbacks=Callbacks(Destinations(have.callback_hosts), have.callback_key, have.public_base_url),
        now=utc_now,
    )


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def _credential(have: Settings) -> AsyncTokenCredential:
    """The platform's managed identity; on a developer's machine the developer's own sign-in."""
    if have.managed_identity:
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415

        return ManagedIdentityCredential(client_id=have.client_id)
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415

    return DefaultAzureCredential(authority=have.cloud.authority)
