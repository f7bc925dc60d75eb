"""Stores subscriptions. Their URLs are secrets, which `callback_secrets` alone reads."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import Status
from shared.exports.subscription import Subscription
from shared.protocols import Create, Delete, RowExistsError, RowMissingError
from shared.records.callback_secrets import SUBSCRIPTION_PARTITION, URL_COLUMN
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from shared.protocols import Row, Table

_COLUMNS = ("RowKey", "caller", "createdDateTime", "statuses", "reference")
"""All but the URL."""


class SubscriptionRecords:
    """The table of subscriptions."""

    def __init__(self, table: Table) -> None:
        """The subscriptions in `table`."""
        self._table = table

    async def add(self, subscription: Subscription, url: str) -> Subscription:
        """Stores a subscription and returns it as it is stored: one with its id stays as it is."""
        try:
            await self._table.transact([Create(_row(subscription) | {URL_COLUMN: url})])
        except RowExistsError:
            return await self.get(subscription.id) or subscription
        return subscription

    async def all(self) -> list[Subscription]:
        """Every subscription."""
        rows = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=_COLUMNS)
        return [_subscription(row) async for row in rows]

    async def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, None where there is none."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, subscription_id, _COLUMNS)
        return None if found is None else _subscription(found.row)

    async def remove(self, subscription_id: str) -> None:
        """Deletes the subscription and its URL; one that is gone is fine."""
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(SUBSCRIPTION_PARTITION, subscription_id)])


def _row(subscription: Subscription) -> Row:
    row = {
        "PartitionKey": SUBSCRIPTION_PARTITION,
        "RowKey": subscription.id,
        "caller": subscription.caller,
        "createdDateTime": subscription.created_at,
        "statuses": ",".join(sorted(subscription.statuses)),
        "reference": subscription.reference,
    }
    return {name: value for name, value in row.items() if value is not None}


def _subscription(row: Row) -> Subscription:
    return Subscription(
        id=row["RowKey"],
        caller=row["caller"],
        created_at=row["createdDateTime"],
        statuses=frozenset(Status(name) for name in row["statuses"].split(",") if name),
        reference=row.get("reference"),
    )
