"""Stores subscriptions, as many as there may be. Their secrets are in `callback_secrets`."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, TooManySubscriptionsError
from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.states_and_codes import DeliveryEvent, Status
from shared.exports.subscription import LIFETIME, MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_OF_CALLER, Subscription
from shared.protocols import Create, Delete, Replace, RowChangedError, RowExistsError, RowMissingError
from shared.records.callback_secrets import SUBSCRIPTION_PARTITION
from shared.records.column_reader import readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND

if TYPE_CHECKING:
    from shared.protocols import CallbackReceiver, Row, StoredRow, Table
    from shared.records.callback_secrets import CallbackSecrets

_COLUMNS = (
    "PartitionKey",
    "RowKey",
    "caller",
    "createdDateTime",
    "expiresDateTime",
    "events",
    "statuses",
    "reference",
    "secretId",
)
"""All but the URL that version 1.0.0 kept here."""
_LOCK_KEY = "~lock"
"""The key of a row that changes with each addition; it sorts above the others, so it is not among them."""
_TRIES = 10


class SubscriptionRecords:
    """The table of subscriptions: a row for each, and one that makes additions take turns."""

    def __init__(self, table: Table, secrets: CallbackSecrets) -> None:
        """The subscriptions in `table`, whose secrets are in `secrets`."""
        self._table = table
        self._secrets = secrets
        # Between processes the lock's row decides; within one they take turns, or they would contend for it.
        self._turn = asyncio.Lock()

    async def add(self, subscription: Subscription, receiver: CallbackReceiver) -> Subscription:
        """Stores a subscription with its secrets, or renews the one with its id, and returns it as it is stored.

        One that was there keeps its own secrets, and `secret_id` tells them apart. The secrets are stored first, so no
        subscription is ever without them. If two calls add the same one at once, the sweep removes what the later call
        has stored.

        Raises:
            TooManySubscriptionsError: the deployment, or the caller, has as many as it may have.
            ConflictError: other processes add subscriptions at this moment; nothing was stored.
        """
        has_secrets = False
        async with self._turn:
            for _ in range(_TRIES):
                lock = await self._table.get(SUBSCRIPTION_PARTITION, _LOCK_KEY)
                found = await self._table.get(SUBSCRIPTION_PARTITION, subscription.id)
                if found is not None:
                    renewal = _renewed(found, subscription.created_at)
                    stored = _subscription(renewal.row)
                    if await self._change(renewal, lock):
                        return stored
                    continue
                await self._check_room(subscription.caller)
                if not has_secrets:
                    await self._secrets.store_receiver(subscription, receiver)
                    has_secrets = True
                if await self._change(Create(_row(subscription)), lock):
                    return subscription
        raise ConflictError(subscription.id)

    async def all(self) -> list[Subscription]:
        """Every subscription that can be read, expired ones too; others are logged."""
        rows = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=_COLUMNS)
        return [subscription async for subscription in readable(rows, _subscription)]

    async def get(self, subscription_id: str) -> Subscription | None:
        """The subscription with this id, None where there is none; UnreadableRowError where it can't be read."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, subscription_id, _COLUMNS)
        return None if found is None else _subscription(found.row)

    async def renew(self, subscription: Subscription, now: datetime) -> None:
        """Moves the expiry of a subscription; one that somebody else renews or deletes at this moment is fine."""
        found = await self._table.get(SUBSCRIPTION_PARTITION, subscription.id)
        if found is not None:
            with contextlib.suppress(RowChangedError, RowMissingError):
                await self._table.transact([_renewed(found, now)])

    async def remove(self, subscription: Subscription) -> None:
        """Deletes a subscription, then its secrets; one that is gone is fine."""
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(SUBSCRIPTION_PARTITION, subscription.id)])
        await self._secrets.delete_receiver(subscription)

    async def remove_expired(self, now: datetime) -> list[Subscription]:
        """Deletes the subscriptions that have expired, and returns them; one of 1.0.0 gets its first expiry."""
        removed = []
        for subscription in await self.all():
            if subscription.expires_at is None:
                await self.renew(subscription, now)
            elif subscription.has_expired(now) and await self._remove_if_expired(subscription, now):
                removed.append(subscription)
        return removed

    async def _remove_if_expired(self, subscription: Subscription, now: datetime) -> bool:
        """Deletes it unless somebody subscribes again at this moment, which would change the lock."""
        lock = await self._table.get(SUBSCRIPTION_PARTITION, _LOCK_KEY)
        present = await self.get(subscription.id)
        if present is None or not present.has_expired(now):
            return False
        if not await self._change(Delete(SUBSCRIPTION_PARTITION, present.id), lock):
            return False
        await self._secrets.delete_receiver(present)
        return True

    async def _check_room(self, caller: str) -> None:
        rows = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=["RowKey", "caller"])
        callers = [row.get("caller") async for row in rows]
        if len(callers) >= MAX_SUBSCRIPTIONS:
            raise TooManySubscriptionsError(MAX_SUBSCRIPTIONS)
        # Whoever has a key is the same caller.
        if caller != FUNCTION_KEY_CALLER and callers.count(caller) >= MAX_SUBSCRIPTIONS_OF_CALLER:
            raise TooManySubscriptionsError(MAX_SUBSCRIPTIONS_OF_CALLER)

    async def _change(self, operation: Create | Replace | Delete, lock: StoredRow | None) -> bool:
        """Carries out an operation with the lock; False where another process was faster."""
        row = {"PartitionKey": SUBSCRIPTION_PARTITION, "RowKey": _LOCK_KEY}
        try:
            await self._table.transact([operation, Create(row) if lock is None else Replace(row, lock.etag)])
        except (RowExistsError, RowChangedError, RowMissingError):
            return False
        return True


def _renewed(found: StoredRow, now: datetime) -> Replace:
    """The whole row with a later expiry."""
    return Replace(found.row | {"expiresDateTime": now + LIFETIME}, found.etag)


def _row(subscription: Subscription) -> Row:
    row = {
        "PartitionKey": SUBSCRIPTION_PARTITION,
        "RowKey": subscription.id,
        "caller": subscription.caller,
        "createdDateTime": subscription.created_at,
        "expiresDateTime": subscription.expires_at,
        "events": ",".join(sorted(subscription.events)),
        "statuses": ",".join(sorted(subscription.statuses)),
        "reference": subscription.reference,
        "secretId": subscription.secret_id,
    }
    return {name: value for name, value in row.items() if value is not None}


def _subscription(row: Row) -> Subscription:
    with reading(row) as columns:
        statuses = columns.need("statuses", str)
        # Version 1.0.0, which did not store this, reported the ends alone.
        events = columns.find("events", str) or DeliveryEvent.ENDED.value
        return Subscription(
            id=columns.need("RowKey", str),
            caller=columns.need("caller", str),
            created_at=columns.need("createdDateTime", datetime),
            expires_at=columns.find("expiresDateTime", datetime),
            events=frozenset(DeliveryEvent(name) for name in events.split(",")),
            statuses=frozenset(Status(name) for name in statuses.split(",") if name),
            reference=columns.find("reference", str),
            secret_id=columns.find("secretId", str),
        )
