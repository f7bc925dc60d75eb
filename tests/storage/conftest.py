"""The product's storage classes on the session's Azurite."""

from collections.abc import AsyncIterator

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from local.stack.azurite import Azurite
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.table_names import TableName
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants


@pytest.fixture
async def blobs(azurite: Azurite) -> AsyncIterator[BlobServiceClient]:
    client = BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    )
    async with client:
        yield client


@pytest.fixture
def containers(blobs: BlobServiceClient) -> BlobExportContainers:
    return BlobExportContainers(blobs, "these records")


@pytest.fixture
def grants(blobs: BlobServiceClient, azurite: Azurite) -> Grants:
    return Grants(blobs, blobs, azurite.account_key)


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[TableClient]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    client = AzureTable(
        azurite.table_endpoint, TableName.EXPORTS, credential=credential, connection_verify=str(azurite.ca_bundle)
    )
    async with client:
        yield client


@pytest.fixture
async def index(azurite: Azurite) -> AsyncIterator[ExportIndex]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    client = AzureTable(
        azurite.table_endpoint, TableName.INDEX, credential=credential, connection_verify=str(azurite.ca_bundle)
    )
    async with client:
        yield ExportIndex(client)


@pytest.fixture
def records(table: TableClient, index: ExportIndex) -> ExportRecords:
    return ExportRecords(table, index)
