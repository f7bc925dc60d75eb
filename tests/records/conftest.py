"""The records on tables of the session's Azurite."""

from collections.abc import AsyncIterator

import pytest

from local.stack.azurite import Azurite
from shared.protocols import Table
from shared.records.export_records import ExportRecords
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client, unique_name
from tests.records.counted_records import CountedRecords
from tests.records.record_set import RecordSet


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[Table]:
    """A table of its own, which does not exist yet."""
    async with table_client(azurite, unique_name()) as client:
        yield AzureTable(client)


@pytest.fixture
async def record_set(azurite: Azurite) -> AsyncIterator[RecordSet]:
    """Records in tables of their own, which do not exist yet."""
    name = unique_name()
    async with (
        table_client(azurite, name) as exports,
        table_client(azurite, f"{name}i") as index,
        table_client(azurite, f"{name}s") as secrets,
    ):
        yield RecordSet(AzureTable(exports), AzureTable(index), AzureTable(secrets))


@pytest.fixture
def records(record_set: RecordSet) -> ExportRecords:
    return record_set.records


@pytest.fixture
async def store(azurite: Azurite) -> AsyncIterator[CountedRecords]:
    """Records in tables of their own, with everything counted."""
    made = CountedRecords(azurite)
    async with made.clients[0], made.clients[1]:
        yield made
