"""The tables below the product's records: faults can be injected into every call, and every write is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.protocols import Create, Delete, Replace, RowTooLargeError, StoredRow
from shared.records.callback_secrets import SECRET_COLUMN, URL_COLUMN
from shared.records.event_and_file_rows import event_from_row
from shared.records.export_rows import EXPORT_KEY, export_from_row
from shared.records.index_keys import KEY_UPPER_BOUND, STEP_PREFIX, step_key
from shared.records.index_queries import LONGEST_WRITE
from shared.records.table_names import TableName
from tests.fakes.in_memory_table import InMemoryTable
from tests.simulation.world.facts import Committed, Outgrown, RowRead, SlotTaken, Stored, TableLost
from tests.simulation.world.touches import Stale

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.export import Event, Export
    from shared.protocols import Operation, Row
    from tests.simulation.world.world import World

_INDEX_PARTITION = "index"
_SLOTS = ("pacer", "submissions")
"""The keys of the row that says when the next slot is free."""


class SimulatedTable(InMemoryTable):
    """A table of a world."""

    def __init__(self, world: World, name: TableName) -> None:
        super().__init__()
        self.world = world
        self.name = name

    async def before(self, call: str) -> None:
        await self.world.before(f"{self.name}.{call}")

    async def after(self, call: str) -> None:
        await self.world.after(f"{self.name}.{call}")

    def apply(self, operations: Sequence[Operation]) -> list[str]:
        try:
            etags = super().apply(operations)
        except (
            RowTooLargeError,
            StorageFailedError,
        ) as error:  # no outage, which `before` raises: a limit of the service
            self.world.record(Outgrown(self.name, str(error)))
            raise
        rows = [operation.row for operation in operations if not isinstance(operation, Delete)]
        if rows:
            if self.name is TableName.SECRETS:
                self.world.signing_secrets.update(row[SECRET_COLUMN] for row in rows if SECRET_COLUMN in row)
                rows = [_without_secrets(row) for row in rows]
            self.world.record(Stored(self.name, rows))
        return etags

    def lose(self) -> None:
        super().lose()
        self.world.record(TableLost(self.name))


class SimulatedExportsTable(SimulatedTable):
    """The table of exports, with their events and files.

    Attributes:
        most_attempts: a row with more attempts is refused as too large; None for no such limit.
        spoiled: the rows that were edited so that they can't be read, as they were before, by the export's id.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, TableName.EXPORTS)
        self.most_attempts: int | None = None
        self.spoiled: dict[str, StoredRow] = {}
        self._present: dict[str, Export] = {}
        self._before: dict[str, StoredRow] = {}

    def exports(self) -> list[Export]:
        """All exports whose rows can be read, oldest first."""
        return [export for export in self._present.values() if export.id not in self.spoiled]

    def spoil(self, export_id: str) -> None:
        """Edits the row of an export so that it can't be read."""
        found = self.row(export_id, EXPORT_KEY)
        if found is not None and export_id not in self.spoiled:
            self.spoiled[export_id] = found
            InMemoryTable.apply(self, [Replace({**found.row, "stage": "Levitating"}, found.etag)])

    def put_back(self, export_id: str) -> None:
        """Puts the row of an export back as it was."""
        present, before = self.row(export_id, EXPORT_KEY), self.spoiled.pop(export_id, None)
        if present is not None and before is not None:
            InMemoryTable.apply(self, [Replace(before.row, present.etag)])

    def lose(self) -> None:
        super().lose()
        self._present.clear()
        self._before.clear()
        self.spoiled.clear()

    def row_before(self, export_id: str) -> StoredRow | None:
        """The row of an export before its last change, or the present one if it never changed."""
        return self._before.get(export_id) or self.row(export_id, EXPORT_KEY)

    def apply(self, operations: Sequence[Operation]) -> list[str]:
        rows = _export_rows(operations)
        if self.most_attempts is not None and any(row["attemptCount"] > self.most_attempts for row in rows):
            self.world.note("row too large for good", "")
            raise RowTooLargeError("PropertyValueTooLarge")
        found = [self.row(*_keys(row)) for row in rows]
        etags = super().apply(operations)
        for row, before in zip(rows, found, strict=True):
            if before is not None:
                self._before[row["PartitionKey"]] = before
            stored = self.row(*_keys(row))
            if stored is not None:
                self._record(export_from_row(stored.row), _events(operations))
        return etags

    def _record(self, export: Export, events: tuple[Event, ...]) -> None:
        before = self._present.get(export.id)
        self._present[export.id] = export
        self.world.record(Committed(before, export, events))


class SimulatedIndexTable(SimulatedTable):
    """The table of the index, of claims and of submission slots.

    Attributes:
        is_whole: whether everything that was lost has been repaired.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, TableName.INDEX)
        self._lost_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        return self._lost_at is None

    def lose(self) -> None:
        super().lose()
        self._lost_at = self.world.now

    def apply(self, operations: Sequence[Operation]) -> list[str]:
        before = self._next_free()
        etags = super().apply(operations)
        after = self._next_free()
        if after is not None and after != before:
            self.world.record(SlotTaken(before, after))
        return etags

    def _next_free(self) -> datetime | None:
        """When the next slot of the daily limit is free, None before the first was taken."""
        found = self.row(*_SLOTS)
        return None if found is None else found.row.get("nextFreeDateTime")

    def repaired(self, began: datetime) -> None:
        """Notes a repair that began at that time. A write that was under way at the loss is left to the next repair."""
        if self._lost_at is not None and began - self._lost_at >= LONGEST_WRITE:
            self._lost_at = None

    def has_step_entry(self, export_id: str, by: datetime) -> bool:
        """Whether the index will have the export looked at by that time."""
        end = f"{STEP_PREFIX}{step_key(by)}|{export_id}{KEY_UPPER_BOUND}"
        return any(found.row["exportId"] == export_id for found in self.rows(_INDEX_PARTITION, STEP_PREFIX, end))


class RecordsView:
    """The table of exports as `ExportRecords` sees it: a read can return an older state of an export."""

    def __init__(self, table: SimulatedExportsTable) -> None:
        self._table = table
        self.range = table.range
        self.scan = table.scan
        self.transact = table.transact

    async def get(self, partition: str, key: str, columns: Sequence[str] | None = None) -> StoredRow | None:
        if key != EXPORT_KEY or columns is not None:
            return await self._table.get(partition, key, columns)
        world = self._table.world
        is_stale = isinstance(await world.before("records.get"), Stale)
        found = self._table.row_before(partition) if is_stale else self._table.row(partition, key)
        world.record(RowRead(partition, is_stale))
        await world.after("records.get")
        return None if found is None else StoredRow(dict(found.row), found.etag)


def _without_secrets(row: Row) -> Row:
    """A row without the columns of the table of secrets that hold them."""
    return {name: value for name, value in row.items() if name not in {URL_COLUMN, SECRET_COLUMN}}


def _export_rows(operations: Sequence[Operation]) -> list[Row]:
    """The rows of exports in a transaction."""
    written = (operation.row for operation in operations if isinstance(operation, Create | Replace))
    return [row for row in written if row["RowKey"] == EXPORT_KEY]


def _events(operations: Sequence[Operation]) -> tuple[Event, ...]:
    created = (operation.row for operation in operations if isinstance(operation, Create))
    return tuple(event_from_row(row) for row in created if "eventType" in row)


def _keys(row: Row) -> tuple[str, str]:
    return row["PartitionKey"], row["RowKey"]
