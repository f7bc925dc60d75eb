"""Which tables can be written: in memory and on a real one."""

import asyncio

from shared.exports.exceptions import StorageFailedError
from shared.records.table_names import TableName
from shared.records.table_probe import find_unwritable
from tests.fakes.in_memory_table import InMemoryTable


class Refusing(InMemoryTable):
    """A table that the app has no role on."""

    async def before(self, call: str) -> None:
        raise StorageFailedError("AuthorizationPermissionMismatch", call)


async def test_probes_at_once_leave_no_row() -> None:
    tables = {name: InMemoryTable() for name in TableName}
    assert await asyncio.gather(*(find_unwritable(tables) for _ in range(3))) == [{}] * 3
    assert [await table.get("preflight", "preflight") for table in tables.values()] == [None] * len(tables)


async def test_each_table_that_can_not_be_written_is_named() -> None:
    tables = {TableName.EXPORTS: InMemoryTable(), TableName.SECRETS: Refusing(), TableName.INDEX: Refusing()}
    failures = await find_unwritable(tables)
    assert {name: error.code for name, error in failures.items()} == {
        TableName.SECRETS: "AuthorizationPermissionMismatch",
        TableName.INDEX: "AuthorizationPermissionMismatch",
    }
