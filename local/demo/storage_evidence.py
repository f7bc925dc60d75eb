"""What storage holds of an export: its row and its files, read without the app."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import EntityProperty, TableServiceClient
from azure.storage.blob import BlobServiceClient

from local.demo.polled_export import PolledExport
from local.stack.azurite import Azurite

TABLE = "Exports"
ROW = "export"
REQUEST_INFO = "RequestInfo.json"


@dataclass(frozen=True)
class StorageEvidence:
    """The row and the files (name and size in bytes) of one export."""

    name: str
    container: str
    row: Mapping[str, Any]
    files: Sequence[tuple[str, int]]

    @property
    def has_data(self) -> bool:
        """Whether there are files besides the one that Microsoft writes at the start."""
        return any(name != REQUEST_INFO for name, _ in self.files)

    def text(self) -> str:
        """Return it as text, with a line for each column and each file."""
        width = max(len(column) for column in self.row)
        columns = [f"  {column:{width}}  {_readable(value)}" for column, value in sorted(self.row.items())]
        files = [f"  {size:9,} bytes  {name}" for name, size in self.files]
        heads = f"{self.name}: the row in the table {TABLE}", f"{self.name}: the files in {self.container}"
        return "\n".join([heads[0], *columns, "", heads[1], *files])


def _readable(value: object) -> str:
    """Return a column's value as a line, or as an indented block if it is JSON."""
    match value:
        case EntityProperty():
            return _readable(value.value)
        case datetime():
            return value.isoformat()
        case str() if value.startswith(("[{", "{")):
            return _block(value)
        case _:
            return str(value)


def _block(text: str) -> str:
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        return text
    return f"\n{textwrap.indent(json.dumps(content, indent=2), '      ')}"


def evidence_of(azurite: Azurite, export: PolledExport) -> StorageEvidence:
    """Read the row and the files of an export with the keys of the accounts."""
    files = _files(azurite, export.container) if export.container else []
    return StorageEvidence(export.name, export.container, _row(azurite, export.id), files)


def _row(azurite: Azurite, export_id: str) -> Mapping[str, Any]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    trust = str(azurite.ca_bundle)
    with (
        TableServiceClient(azurite.table_endpoint, credential=credential, connection_verify=trust) as service,
        service.get_table_client(TABLE) as table,
    ):
        return dict(table.get_entity(export_id, ROW))


def _files(azurite: Azurite, container: str) -> Sequence[tuple[str, int]]:
    trust = str(azurite.ca_bundle)
    with BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, connection_verify=trust) as service:
        return [(blob.name, blob.size) for blob in service.get_container_client(container).list_blobs()]
