"""The product's own index, on a table in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableTransactionError

from shared.records.export_index import ExportIndex
from shared.records.index_keys import STEP_PREFIX, step_key
from shared.records.index_queries import LONGEST_WRITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from azure.data.tables.aio import TableClient

    from shared.protocols import Row
    from tests.simulation.world.world import World


def index_of(world: World) -> ExportIndex:
    """The index of a world."""
    return ExportIndex(cast("TableClient", world.index))


class IndexTable:
    """As much of a table client as the index calls; claims are made by the records' stand-in.

    Attributes:
        is_whole: whether nothing is lost that is not mended.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows: dict[str, Row] = {}
        self._lost_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        return self._lost_at is None

    def lose(self) -> None:
        """All rows are gone."""
        self._rows.clear()
        self._lost_at = self._world.now

    def mended(self, began: datetime) -> None:
        """It was mended, from that time on; what was on its way at the loss is entered by the next mending."""
        if self._lost_at is not None and began - self._lost_at >= LONGEST_WRITE:
            self._lost_at = None

    def has_hint(self, export_id: str, by: datetime) -> bool:
        """Whether an export is listed to be looked at, not after that time."""
        last = f"{STEP_PREFIX}{step_key(by)}|{export_id}"
        keys = (key for key, row in self._rows.items() if key.startswith(STEP_PREFIX) and row["exportId"] == export_id)
        return any(key <= last for key in keys)

    async def submit_transaction(self, operations: list[tuple[str, Row]]) -> None:
        await self._world.before("index.submit_transaction")
        if any(what == "delete" and row["RowKey"] not in self._rows for what, row in operations):
            error = TableTransactionError(message="The specified resource does not exist.")
            error.error_code = "ResourceNotFound"  # type: ignore[attr-defined]  # where the SDK has it
            raise error
        for what, row in operations:
            if what == "delete":
                del self._rows[row["RowKey"]]
            else:
                self._rows[row["RowKey"]] = dict(row)
        await self._world.after("index.submit_transaction")

    async def get_entity(self, _partition: str, key: str) -> Row:
        await self._world.before("index.get_entity")
        if key not in self._rows:
            raise ResourceNotFoundError
        return self._rows[key]

    async def delete_entity(self, _partition: str, key: str) -> None:
        await self._world.before("index.delete_entity")
        self._rows.pop(key, None)
        await self._world.after("index.delete_entity")

    async def query_entities(
        self, _condition: str, *, parameters: dict[str, Any], results_per_page: int | None
    ) -> AsyncIterator[Row]:
        """A page, or all of it with one touch."""
        await self._world.before("index.query_entities")
        keys = sorted(key for key in self._rows if parameters["first"] < key < parameters["last"])
        for key in keys[:results_per_page]:
            yield dict(self._rows[key])
