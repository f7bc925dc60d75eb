"""Stores subscriptions, as many as there may be. Their URLs are secrets, which `callback_secrets` alone reads."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, TooManySubscriptionsError
from shared.exports.states_and_codes import Status
from shared.exports.subscription import MAX_SUBSCRIPTIONS, Subscription
from shared.protocols import Create, Delete, Replace, RowChangedError, RowExistsError, RowMissingError
from shared.records.callback_secrets import URL_COLUMN
from shared.records.column_reader import readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.protocols import Operation, Row, Table

SUBSCRIPTION_PARTITION = "subscription"
_COLUMNS = ("PartitionKey", "RowKey", "caller", "createdDateTime", "statuses", "reference")
"""All but the URL."""
_COUNT_KEY = "~count"
"""The key of the row that counts the others; it sorts above them, so it is not among them."""
_COUNT = "count"
_TRIES = 10


class SubscriptionRecords:
    """The table of subscriptions: a row for each, and one that counts them and changes with each of them."""

    def __init__(self, table: Table) -> None:
        """The subscriptions in `table`."""
        self._table = table
        # Between processes the counting row decides; within one they take turns, or they would contend for it.
        self._turn = asyncio.Lock()

    async def add(self, subscription: Subscription, url: str) -> Subscription:
        """Stores a subscription and returns it as it is stored: one with its id stays as it is.

        Raises:
            TooManySubscriptionsError: there are `MAX_SUBSCRIPTIONS` already.
            ConflictError: other processes add and remove subscriptions at this moment; nothing was stored.
        """
        async with self._turn:
            for _ in range(_TRIES):
                if (present := await self.get(subscription.id)) is not None:
                    return present
                if await self._change(Create(_row(subscription) | {URL_COLUMN: url}), lambda count: count + 1):
                    return subscription
        raise ConflictError(subscription.id)

    async def all(self) -> list[Subscription]:
        """Every subscription that can be read; others are logged."""
        rows = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=_COLUMNS)
        return [subscription async for subscription in readable(rows, _subscription)]

    async def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, None where there is none; UnreadableRowError where it can't be read."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, subscription_id, _COLUMNS)
        return None if found is None else _subscription(found.row)

    async def url_of(self, subscription_id: str) -> str | None:
        """Where a subscription's deliveries go; None where there is no such subscription (any more)."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, subscription_id, [URL_COLUMN])
        url = None if found is None else found.row.get(URL_COLUMN)
        return url if isinstance(url, str) else None

    async def remove(self, subscription_id: str) -> None:
        """Deletes the subscription and its URL; one that is gone is fine.

        Raises:
            ConflictError: other processes add and remove subscriptions at this moment; nothing was deleted.
        """
        async with self._turn:
            for _ in range(_TRIES):
                if await self._table.get(SUBSCRIPTION_PARTITION, subscription_id, ["RowKey"]) is None:
                    return
                deletion = Delete(SUBSCRIPTION_PARTITION, subscription_id)
                if await self._change(deletion, lambda count: max(count - 1, 0)):
                    return
        raise ConflictError(subscription_id)

    async def _change(self, operation: Create | Delete, recount: Callable[[int], int]) -> bool:
        """Carries out an operation and counts it in the same transaction; False where another process was faster."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, _COUNT_KEY)
        count = None if found is None else found.row.get(_COUNT)
        if type(count) is not int or count >= MAX_SUBSCRIPTIONS:
            # It was never counted, or perhaps wrongly, by an earlier version; while it is, the row keeps its ETag.
            count = await self._counted()
        if isinstance(operation, Create) and count >= MAX_SUBSCRIPTIONS:
            raise TooManySubscriptionsError
        row = {"PartitionKey": SUBSCRIPTION_PARTITION, "RowKey": _COUNT_KEY, _COUNT: recount(count)}
        operations: list[Operation] = [operation, Create(row) if found is None else Replace(row, found.etag)]
        try:
            await self._table.transact(operations)
        except (RowExistsError, RowChangedError, RowMissingError):
            return False
        return True

    async def _counted(self) -> int:
        rows = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=["RowKey"])
        return len([row async for row in rows])


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
    with reading(row) as columns:
        statuses = columns.need("statuses", str)
        return Subscription(
            id=columns.need("RowKey", str),
            caller=columns.need("caller", str),
            created_at=columns.need("createdDateTime", datetime),
            statuses=frozenset(Status(name) for name in statuses.split(",") if name),
            reference=columns.find("reference", str),
        )
