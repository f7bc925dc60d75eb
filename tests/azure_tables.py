"""Table clients for the session's Azurite, made as the product makes them."""

from typing import Any

from azure.core.credentials import AzureNamedKeyCredential

from local.stack.azurite import Azurite
from shared.exports.ids import new_export_id
from shared.storage.table_transactions import TransactionTableClient


def table_client(azurite: Azurite, name: str, **options: Any) -> TransactionTableClient:
    """A client for a table, which may not exist yet."""
    if "transport" not in options:
        options["connection_verify"] = str(azurite.ca_bundle)
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    return TransactionTableClient(azurite.table_endpoint, name, credential=credential, **options)


def unique_name() -> str:
    """A table name that no other test uses."""
    return f"T{new_export_id().replace('-', '')}"
