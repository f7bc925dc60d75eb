"""Azurite: both accounts, over HTTPS, and what a restart keeps."""

from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ServiceRequestError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from local.stack.azurite import Azurite
from local.stack.child_processes import Family


def blobs(azurite: Azurite) -> BlobServiceClient:
    return BlobServiceClient(
        azurite.blob_endpoint,
        credential=azurite.account_key,
        connection_verify=str(azurite.ca_bundle),
        retry_total=0,
    )


def tables(azurite: Azurite) -> TableServiceClient:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    return TableServiceClient(azurite.table_endpoint, credential=credential, connection_verify=str(azurite.ca_bundle))


def test_tables_of_the_records_account_take_rows(azurite: Azurite) -> None:
    with tables(azurite) as service, service.create_table("Rows") as table:
        table.create_entity({"PartitionKey": "p", "RowKey": "r", "Text": "ü"})

        assert table.get_entity("p", "r")["Text"] == "ü"


async def test_blobs_of_the_exports_account_answer_async_clients(azurite: Azurite) -> None:
    service = AsyncBlobServiceClient(
        azurite.blob_endpoint,
        credential=azurite.account_key,
        connection_verify=str(azurite.ca_bundle),
    )
    async with service:
        container = await service.create_container("from-an-async-client")

        assert [blob async for blob in container.list_blobs()] == []


def test_a_client_that_does_not_trust_the_certificate_is_refused(azurite: Azurite) -> None:
    client = BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, retry_total=0)
    with client, pytest.raises(ServiceRequestError):
        client.get_service_properties()


def test_a_restart_keeps_data_keys_and_addresses(tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        first = Azurite(tmp_path, family).start()
        with blobs(first) as service:
            service.create_container("kept").upload_blob("file", b"content")
        before = (first.blob_endpoint, first.table_endpoint, first.account_key, first.records_key)
        first.stop()

        second = Azurite(tmp_path, family).start()
        after = (second.blob_endpoint, second.table_endpoint, second.account_key, second.records_key)
        with blobs(second) as service:
            content = service.get_blob_client("kept", "file").download_blob().readall()

    assert content == b"content"
    assert after == before


def test_keys_are_random_and_private(azurite: Azurite, tmp_path: Path) -> None:
    with Family(tmp_path) as family:
        other = Azurite(tmp_path, family)

        assert other.account_key not in {azurite.account_key, azurite.records_key, other.records_key}
        for path in (tmp_path / "azurite" / "accounts.json", tmp_path / "azurite" / "tls" / "key.pem"):
            assert path.stat().st_mode & 0o777 == 0o600
