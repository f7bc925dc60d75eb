"""The product's storage classes on the session's Azurite."""

from collections.abc import AsyncIterator

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobServiceClient

from local.stack.azurite import Azurite
from shared.storage.containers import Containers
from shared.storage.grants import Grants
from shared.storage.index import TABLE as INDEX_TABLE
from shared.storage.index import Index
from shared.storage.records import TABLE, Records
from shared.storage.tables import Table


@pytest.fixture
async def blobs(azurite: Azurite) -> AsyncIterator[BlobServiceClient]:
    client = BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    )
    async with client:
        yield client


@pytest.fixture
def containers(blobs: BlobServiceClient) -> Containers:
    return Containers(blobs, "these records")


@pytest.fixture
def grants(blobs: BlobServiceClient, azurite: Azurite) -> Grants:
    return Grants(blobs, blobs, azurite.account_key)


@pytest.fixture
async def table(azurite: Azurite) -> AsyncIterator[TableClient]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    client = Table(azurite.table_endpoint, TABLE, credential=credential, connection_verify=str(azurite.ca_bundle))
    async with client:
        yield client


@pytest.fixture
async def index(azurite: Azurite) -> AsyncIterator[Index]:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    client = Table(azurite.table_endpoint, INDEX_TABLE, credential=credential, connection_verify=str(azurite.ca_bundle))
    async with client:
        yield Index(client)


@pytest.fixture
def records(table: TableClient, index: Index) -> Records:
    return Records(table, index)
