"""The subscriptions, in the table `Subscriptions`. Their URLs are secrets, which leave it for a delivery only."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from shared.exports.states_and_codes import Status
from shared.exports.subscription import Subscription

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

_PARTITION = "subscription"
_URL = "url"
_WITHOUT_URL = ["RowKey", "caller", "createdDateTime", "statuses", "reference"]


class SubscriptionRecords:
    """The table of subscriptions."""

    def __init__(self, table: TableClient) -> None:
        """The subscriptions in `table`, which is made when the first one comes."""
        self._table = table

    async def add(self, subscription: Subscription, url: str) -> Subscription:
        """Stores a subscription and gives it as it is stored: one that is there already stays as it is."""
        row = _row(subscription) | {_URL: url}
        try:
            await self._table.create_entity(row)
        except ResourceExistsError:
            return await self.get(subscription.id) or subscription
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):  # another instance was faster
                await self._table.create_table()
            return await self.add(subscription, url)
        return subscription

    async def all(self) -> list[Subscription]:
        """Every subscription."""
        found = self._table.query_entities(
            "PartitionKey eq @partition", parameters={"partition": _PARTITION}, select=_WITHOUT_URL
        )
        try:
            return [_subscription(row) async for row in found]
        except ResourceNotFoundError:
            return []  # nobody ever subscribed

    async def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, None where there is none."""
        row = await self._read(subscription_id, _WITHOUT_URL)
        return None if row is None else _subscription(row)

    async def url(self, subscription_id: str) -> str | None:
        """Where its deliveries go; None where there is no such subscription any more."""
        row = await self._read(subscription_id, [_URL])
        return None if row is None else str(row[_URL])

    async def remove(self, subscription_id: str) -> None:
        """Takes the subscription and its URL away; one that is gone is fine."""
        await self._table.delete_entity(_PARTITION, subscription_id)

    async def _read(self, subscription_id: str, columns: list[str]) -> Any:  # noqa: ANN401 - a table's entity
        try:
            return await self._table.get_entity(_PARTITION, subscription_id, select=columns)
        except ResourceNotFoundError:
            return None


def _row(subscription: Subscription) -> dict[str, Any]:
    row = {
        "PartitionKey": _PARTITION,
        "RowKey": subscription.id,
        "caller": subscription.caller,
        "createdDateTime": subscription.created_at,
        "statuses": ",".join(sorted(subscription.statuses)),
        "reference": subscription.reference,
    }
    return {name: value for name, value in row.items() if value is not None}


def _subscription(row: Any) -> Subscription:  # noqa: ANN401 - a table's entity
    return Subscription(
        id=row["RowKey"],
        caller=row["caller"],
        created_at=row["createdDateTime"],
        statuses=frozenset(Status(name) for name in row["statuses"].split(",") if name),
        # A selected column without a value can come as None.
        reference=row.get("reference"),
    )
