"""The URLs that callbacks go to and what signs them, in a table of their own: readers of outcomes need not see them.

A table is the narrowest scope of a role. So secrets can't be stored in the transaction of their owner, an export or a
subscription: they are stored before it, and deleted after the state that no longer needs them. What a process that died
in between has left, the sweep removes.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.exports.ids import is_guid
from shared.protocols import CallbackReceiver, Create, Delete, RowMissingError, Upsert
from shared.records.column_reader import ColumnError, only_readable, readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND
from shared.records.index_queries import read_exports

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.exports.subscription import Subscription
    from shared.protocols import Row, Table

_log = logging.getLogger(__name__)
_CALLBACKS = "callback"
"""The partition of the URLs that came with requests for exports."""
OLD_CALLBACK_KEY = "secret-callback"
"""The key of the row in which version 1.0.0 kept such a URL, beside its export."""
SUBSCRIPTION_PARTITION = "subscription"
"""The partition of the secrets of subscriptions; in their own table, that of the subscriptions."""
URL_COLUMN, SECRET_COLUMN = "url", "signingSecret"
_KEY_COLUMNS = ("PartitionKey", "RowKey")
_KEYS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the key of a row of secrets says."""

    key: str
    owner_id: str
    stored_at: datetime


class CallbackSecrets:
    """The secrets of callbacks."""

    def __init__(self, table: Table, exports: Table, subscriptions: Table) -> None:
        """The secrets in `table`, and the URLs that version 1.0.0 kept in the tables of exports and subscriptions."""
        self._table = table
        self._exports = exports
        self._subscriptions = subscriptions

    async def store_callback(self, export: Export, url: str) -> None:
        """Stores where the caller wants to hear of the end of an export that is about to be recorded."""
        row = {"PartitionKey": _CALLBACKS, "RowKey": _callback_key(export), URL_COLUMN: url}
        await self._table.transact([Upsert(row)])

    async def callback(self, export: Export) -> CallbackReceiver | None:
        """Where the caller wants to hear of the export's end; None where it is not kept (any more)."""
        found = await _receiver(self._table, _CALLBACKS, _callback_key(export))
        return found or await _receiver(self._exports, export.id, OLD_CALLBACK_KEY)

    async def is_beside(self, export: Export) -> bool:
        """Whether version 1.0.0 kept the URL beside the export, from where it goes in the export's transaction."""
        return await self._exports.get(export.id, OLD_CALLBACK_KEY, ["RowKey"]) is not None

    async def delete_callback(self, export: Export) -> None:
        """Deletes the URL of an export that is stored and no longer needs it. Where that fails, the sweep does it."""
        await self._delete_or_leave(_CALLBACKS, _callback_key(export))

    async def store_receiver(self, subscription: Subscription, receiver: CallbackReceiver) -> None:
        """Stores the secrets of a subscription that is about to be recorded."""
        row = {
            "PartitionKey": SUBSCRIPTION_PARTITION,
            "RowKey": _subscription_key(subscription),
            URL_COLUMN: receiver.url,
            SECRET_COLUMN: receiver.signing_secret,
        }
        await self._table.transact([Create({name: value for name, value in row.items() if value is not None})])

    async def receiver(self, subscription: Subscription) -> CallbackReceiver | None:
        """Where a subscription's deliveries go, and what signs them; None where that is not kept (any more)."""
        if subscription.secret_id is None:
            return await _receiver(self._subscriptions, SUBSCRIPTION_PARTITION, subscription.id)
        return await _receiver(self._table, SUBSCRIPTION_PARTITION, _subscription_key(subscription))

    async def delete_receiver(self, subscription: Subscription) -> None:
        """Deletes the secrets of a subscription that is deleted. Where that fails, the sweep does it."""
        await self._delete_or_leave(SUBSCRIPTION_PARTITION, _subscription_key(subscription))

    async def remove_left_callbacks(self, before: datetime, after: str | None) -> tuple[int, str | None]:
        """Looks at a page of URLs of exports, and removes those that no export needs.

        Args:
            before: one that was stored later may be about to get its export.
            after: where the page before ended; None for the start.

        Returns:
            How many it removed, and where the page ended; None where it was the last.
        """
        page = self._table.range(
            _CALLBACKS, "", KEY_UPPER_BOUND, after=after, limit=_KEYS_PER_PAGE, columns=_KEY_COLUMNS
        )
        rows = [row async for row in page]
        old = [kept for kept in only_readable(rows, _kept) if kept.stored_at < before]
        found = await read_exports(self._exports, (kept.owner_id for kept in old))
        needed = {_callback_key(export) for export in found.exports.values() if export.has_callback}
        left = [kept.key for kept in old if kept.key not in needed and kept.owner_id not in found.unreadable]
        for key in left:
            await self._delete(_CALLBACKS, key)
        return len(left), str(rows[-1]["RowKey"]) if len(rows) == _KEYS_PER_PAGE else None

    async def remove_left_receivers(self, before: datetime) -> int:
        """Removes the secrets that no subscription needs and that were stored before that time, and counts them."""
        page = self._table.range(SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=_KEY_COLUMNS)
        kept = [each async for each in readable(page, _kept)]
        subscribed = self._subscriptions.range(
            SUBSCRIPTION_PARTITION, "", KEY_UPPER_BOUND, columns=["RowKey", "secretId"]
        )
        needed = {(row["RowKey"], row.get("secretId")) async for row in subscribed}
        left = [each for each in kept if each.stored_at < before and (each.owner_id, _last_part(each)) not in needed]
        for each in left:
            await self._delete(SUBSCRIPTION_PARTITION, each.key)
        return len(left)

    async def _delete_or_leave(self, partition: str, key: str) -> None:
        try:
            await self._delete(partition, key)
        except StorageFailedError as error:
            _log.warning("The next sweep deletes the secrets of %s (%s).", key.partition("|")[0], error.code)

    async def _delete(self, partition: str, key: str) -> None:
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(partition, key)])


def _callback_key(export: Export) -> str:
    """The key of an export's URL.

    Requests with one idempotency key are for one export, but each has a key of its own here, made of its time and its
    digest. So the one that is recorded finds its own URL, and what another left behind is never needed again.
    """
    return _key(export.id, export.created_at, export.request_digest)


def _subscription_key(subscription: Subscription) -> str:
    """The key of a subscription's secrets; another one for each subscription that ever had its id."""
    return _key(subscription.id, subscription.created_at, subscription.secret_id)


def _key(owner_id: str, created_at: datetime, part: str | None) -> str:
    return f"{owner_id}|{int(created_at.timestamp() * 1000):013d}|{part or ''}"


def _last_part(kept: _Kept) -> str:
    return kept.key.rpartition("|")[2]


def _kept(row: Row) -> _Kept:
    with reading(row) as columns:
        key = columns.need("RowKey", str)
        owner_id, milliseconds, _ = key.split("|")
        if not is_guid(owner_id):
            raise ColumnError("RowKey begins with no GUID")
        return _Kept(key, owner_id, datetime.fromtimestamp(int(milliseconds) / 1000, UTC))


async def _receiver(table: Table, partition: str, key: str) -> CallbackReceiver | None:
    found = await table.get(partition, key, [URL_COLUMN, SECRET_COLUMN])
    url, secret = (found and found.row.get(name) for name in (URL_COLUMN, SECRET_COLUMN))
    return CallbackReceiver(url, secret if isinstance(secret, str) else None) if isinstance(url, str) else None
