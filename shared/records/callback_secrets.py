"""The URLs that callbacks go to: secrets, in a table of their own, so that whoever reads outcomes need not see them.

A table is the narrowest scope of a role. So a URL can't be stored in the transaction of its export: it is stored before
the export, and deleted after the state that no longer needs it. What a process that died in between has left, the sweep
removes.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.exports.ids import is_guid
from shared.protocols import Delete, RowMissingError, Upsert
from shared.records.column_reader import ColumnError, only_readable, reading
from shared.records.index_keys import KEY_UPPER_BOUND
from shared.records.index_queries import read_exports

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.protocols import Row, Table

_log = logging.getLogger(__name__)
_CALLBACKS = "callback"
"""The partition of the URLs that came with requests for exports."""
OLD_CALLBACK_KEY = "secret-callback"
"""The key of the row in which version 1.0.0 kept such a URL, beside its export."""
URL_COLUMN = "url"
_KEYS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class _KeptUrl:
    """What the key of a URL says."""

    key: str
    export_id: str
    stored_at: datetime


class CallbackSecrets:
    """The URLs of callbacks."""

    def __init__(self, table: Table, exports: Table) -> None:
        """The URLs in `table`, and those that version 1.0.0 kept in the table of exports."""
        self._table = table
        self._exports = exports

    async def store_callback(self, export: Export, url: str) -> None:
        """Stores where the caller wants to hear of the end of an export that is about to be recorded."""
        row = {"PartitionKey": _CALLBACKS, "RowKey": _callback_key(export), URL_COLUMN: url}
        await self._table.transact([Upsert(row)])

    async def callback_url(self, export: Export) -> str | None:
        """Where the caller wants to hear of the export's end; None where it is not kept (any more)."""
        url = await _url(self._table, _CALLBACKS, _callback_key(export))
        return url or await _url(self._exports, export.id, OLD_CALLBACK_KEY)

    async def is_beside(self, export: Export) -> bool:
        """Whether version 1.0.0 kept the URL beside the export, from where it goes in the export's transaction."""
        return await self._exports.get(export.id, OLD_CALLBACK_KEY, ["RowKey"]) is not None

    async def delete_callback(self, export: Export) -> None:
        """Deletes the URL of an export that is stored and no longer needs it. Where that fails, the sweep does it."""
        try:
            await self._delete(_callback_key(export))
        except StorageFailedError as error:
            _log.warning("The next sweep deletes the callback URL of export %s (%s).", export.id, error.code)

    async def remove_left_callbacks(self, before: datetime, after: str | None) -> tuple[int, str | None]:
        """Looks at a page of URLs, and removes those that no export needs.

        Args:
            before: one that was stored later may be about to get its export.
            after: where the page before ended; None for the start.

        Returns:
            How many it removed, and where the page ended; None where it was the last.
        """
        columns = ["PartitionKey", "RowKey"]
        page = self._table.range(_CALLBACKS, "", KEY_UPPER_BOUND, after=after, limit=_KEYS_PER_PAGE, columns=columns)
        rows = [row async for row in page]
        old = [kept for kept in only_readable(rows, _kept_url) if kept.stored_at < before]
        found = await read_exports(self._exports, (kept.export_id for kept in old))
        needed = {_callback_key(export) for export in found.exports.values() if export.has_callback}
        left = [kept.key for kept in old if kept.key not in needed and kept.export_id not in found.unreadable]
        for key in left:
            await self._delete(key)
        return len(left), str(rows[-1]["RowKey"]) if len(rows) == _KEYS_PER_PAGE else None

    async def _delete(self, key: str) -> None:
        with contextlib.suppress(RowMissingError):
            await self._table.transact([Delete(_CALLBACKS, key)])


def _callback_key(export: Export) -> str:
    """The key of an export's URL.

    Requests with one idempotency key are for one export, but each has a key of its own here, made of its time and its
    digest. So the one that is recorded finds its own URL, and what another left behind is never needed again.
    """
    return f"{export.id}|{int(export.created_at.timestamp() * 1000):013d}|{export.request_digest or ''}"


def _kept_url(row: Row) -> _KeptUrl:
    with reading(row) as columns:
        key = columns.need("RowKey", str)
        export_id, milliseconds, _ = key.split("|")
        if not is_guid(export_id):
            raise ColumnError("RowKey begins with no GUID")
        return _KeptUrl(key, export_id, datetime.fromtimestamp(int(milliseconds) / 1000, UTC))


async def _url(table: Table, partition: str, key: str) -> str | None:
    found = await table.get(partition, key, [URL_COLUMN])
    url = None if found is None else found.row.get(URL_COLUMN)
    return url if isinstance(url, str) else None
