"""Hashing, of files on a real account."""

import hashlib

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.protocols import ListedFile
from shared.storage.blob_hashing import HASH_LIMIT_BYTES
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import container_name
from tests.exports.samples import NOW


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"y" * 1_000_000])
async def test_a_file_is_read_with_its_hashes(
    containers: BlobExportContainers, blobs: BlobServiceClient, container: str, content: bytes
) -> None:
    await blobs.get_blob_client(container_name(container), "a/b é.bin").upload_blob(content)
    (listed,) = (await containers.list_files(container, None)).files
    file = await containers.hash_file(container, listed)
    assert (file.name, file.size, file.modified_at) == ("a/b é.bin", len(content), listed.modified_at)
    assert file.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert file.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_file_that_would_take_too_long_is_not_read(containers: BlobExportContainers, container: str) -> None:
    listed = ListedFile("huge", HASH_LIMIT_BYTES + 1, NOW)
    file = await containers.hash_file(container, listed)
    assert (file.size, file.md5, file.sha256) == (HASH_LIMIT_BYTES + 1, None, None)
