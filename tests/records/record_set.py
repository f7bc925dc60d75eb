"""The records on tables of any kind, put together as the product does."""

from dataclasses import replace

from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.protocols import Table
from shared.records.callback_secrets import CallbackSecrets
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.file_names import FileNames
from shared.records.index_queries import IndexQueries
from shared.records.index_repair import IndexRepair
from shared.records.maintenance_progress import MaintenanceProgress
from shared.records.subject_claims import SubjectClaims
from shared.records.submission_queue import SubmissionQueue
from tests.exports.samples import NOW, accepted
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.manual_clock import ManualClock


class RecordSet:
    """All that keeps exports, the tables below, and the clock that claims look at."""

    def __init__(self, exports: Table, index_table: Table, secrets_table: Table | None = None) -> None:
        self.exports, self.index_table, self.clock = exports, index_table, ManualClock(NOW)
        self.secrets_table = secrets_table or InMemoryTable()
        self.index = ExportIndex(index_table)
        self.claims = SubjectClaims(exports, self.index, self.clock)
        self.secrets = CallbackSecrets(self.secrets_table, exports, exports)
        self.queue = SubmissionQueue(index_table, 1000)
        self.records = ExportRecords(exports, self.index, self.claims, self.secrets, self.queue)
        self.file_names = FileNames(exports)
        self.queries = IndexQueries(exports, self.index)
        self.maintenance = MaintenanceProgress(index_table)
        self.repair = IndexRepair(exports, self.index, self.claims, self.maintenance)

    async def index_keys(self, prefix: str = "") -> list[str]:
        """The keys of the index rows below a prefix."""
        rows = self.index_table.range("index", prefix, f"{prefix}~", columns=["RowKey"])
        return [row["RowKey"] async for row in rows]


def fresh(export: Export | None = None) -> Export:
    """Of a person of its own."""
    export = export or accepted()
    return replace(export, id=new_export_id(), subject=replace(export.subject, id=new_export_id()))
