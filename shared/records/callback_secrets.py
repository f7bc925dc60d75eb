"""The URLs that callbacks go to: secrets, which are read for a delivery only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.protocols import Row, Table

SUBSCRIPTION_PARTITION = "subscription"
CALLBACK_KEY = "secret-callback"
"""The key of the row with the caller's own URL, beside the export's."""
URL_COLUMN = "url"


class CallbackSecrets:
    """Reads the URLs of callbacks."""

    def __init__(self, exports: Table, subscriptions: Table) -> None:
        """The URLs in these tables."""
        self._exports = exports
        self._subscriptions = subscriptions

    async def callback_url(self, export_id: str) -> str | None:
        """Where the caller wants to hear of the export's end; None where it is not kept (any more)."""
        return await _url(self._exports, export_id, CALLBACK_KEY)

    async def subscription_url(self, subscription_id: str) -> str | None:
        """Where a subscription's deliveries go; None where there is no such subscription (any more)."""
        return await _url(self._subscriptions, SUBSCRIPTION_PARTITION, subscription_id)


def callback_row(export_id: str, url: str) -> Row:
    """The row that keeps the caller's own URL of an export."""
    return {"PartitionKey": export_id, "RowKey": CALLBACK_KEY, URL_COLUMN: url}


async def _url(table: Table, partition: str, key: str) -> str | None:
    found = await table.get(partition, key, [URL_COLUMN])
    url = None if found is None else found.row.get(URL_COLUMN)
    return url if isinstance(url, str) else None
