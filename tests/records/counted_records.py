"""The records on a real account, with everything counted that goes to it."""

import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote_plus

from azure.core.pipeline import PipelineResponse

from local.stack.azurite import Azurite
from shared.exports.backlog_counts import UnansweredExport
from shared.exports.export import Export
from shared.protocols import Upsert
from shared.records.export_records import SavedExport
from shared.records.export_rows import to_export_row
from shared.records.index_keys import ExportFilter
from shared.storage.azure_table import AzureTable
from tests.azure_tables import table_client, unique_name
from tests.exports.samples import NOW
from tests.records.record_set import RecordSet


class CountedRecords(RecordSet):
    """Records in tables of their own; every answer to a call is counted, every row in it, and every scan of a table."""

    def __init__(self, azurite: Azurite) -> None:
        self.calls = self.rows = self.scans = 0
        name = unique_name()
        self.clients = [table_client(azurite, each, raw_response_hook=self._count) for each in (name, f"{name}i")]
        super().__init__(*map(AzureTable, self.clients))

    def _count(self, response: PipelineResponse) -> None:  # type: ignore[type-arg]  # of the SDK's own types
        self.calls += 1
        query = unquote_plus(response.http_request.url).partition("?")[2]
        self.scans += "RowKey" in query and "PartitionKey eq" not in query
        if response.http_request.method == "GET" and response.http_response.status_code == 200:
            self.rows += len(json.loads(response.http_response.text()).get("value", [None]))

    async def cost(self, moment: datetime) -> tuple[int, int]:
        """The calls and rows of one round."""
        self.calls = self.rows = 0
        await self.due(moment)
        await self.open()
        return self.calls, self.rows

    async def lose_index(self) -> None:
        """Deletes the table of the index."""
        await self.clients[1].delete_table()

    async def due(self, moment: datetime) -> list[str]:
        """The ids of what is due."""
        return [export.id async for page in self.queries.due_pages(moment) for export in page.exports]

    async def open(self) -> list[UnansweredExport]:
        """What is open."""
        return [open_export async for open_export in self.queries.unanswered_exports()]

    async def listed(self, wanted: ExportFilter) -> list[str]:
        """The ids of the first page."""
        return [export.id for export in (await self.queries.page(wanted, None, 100))[0]]

    async def poll(self, saved: SavedExport, at: datetime) -> SavedExport:
        """Stores a poll after which the next one is due at that time."""
        export = replace(saved.export, polls=saved.export.polls + 1, next_step_at=at, updated_at=NOW)
        return await self.records.save(saved, export)

    async def put(self, export: Export) -> None:
        """Stores the row of an export, and nothing else."""
        await self.exports.transact([Upsert(to_export_row(export))])

    async def step_keys(self, export: Export) -> list[str]:
        """The keys of the entries that say when to look at an export."""
        return [key for key in await self.index_keys("step|") if key.endswith(export.id)]


def as_open(export: Export) -> UnansweredExport:
    """An export as the index lists it while its clock has not stopped."""
    due_at = export.due_at if export.paused_at is None else None
    return UnansweredExport(status=export.status, due_at=due_at, begun_at=export.begun_at)
