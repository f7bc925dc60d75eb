"""The product's storage classes on the session's Azurite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from azure.storage.blob.aio import BlobServiceClient

from local.stack.azurite import Azurite
from shared.exports.ids import new_export_id
from shared.storage.export_containers import BlobExportContainers
from tests.credentials import Identity


@pytest.fixture
async def blobs(azurite: Azurite) -> AsyncIterator[BlobServiceClient]:
    """The account with its key."""
    client = BlobServiceClient(
        azurite.blob_endpoint, credential=azurite.account_key, connection_verify=str(azurite.ca_bundle)
    )
    async with client:
        yield client


@pytest.fixture
async def identified(azurite: Azurite, tmp_path: Path) -> AsyncIterator[BlobServiceClient]:
    """The account with an identity: a user delegation takes a token, a key is refused."""
    async with BlobServiceClient(
        azurite.blob_endpoint, credential=Identity(tmp_path), connection_verify=str(azurite.ca_bundle)
    ) as client:
        yield client


@pytest.fixture
def containers(identified: BlobServiceClient, blobs: BlobServiceClient, azurite: Azurite) -> BlobExportContainers:
    return BlobExportContainers(identified, blobs, azurite.account_key, "these records")


@pytest.fixture
async def container(containers: BlobExportContainers) -> str:
    """The URL of a fresh container."""
    return await containers.create(new_export_id(), 1)
