"""The containers, on a real account."""

import json

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.exports.ids import new_export_id
from shared.exports.model import Files
from shared.storage.containers import REQUEST_INFO, Containers, StorageRefusedError, container_name
from tests.exports.samples import OPERATION


@pytest.fixture
async def container(containers: Containers) -> str:
    return await containers.create(containers.name(new_export_id(), 1))


async def note(blobs: BlobServiceClient, container: str, text: str) -> None:
    await blobs.get_blob_client(container_name(container), REQUEST_INFO).upload_blob(text)


async def test_a_container_is_private_and_made_once(containers: Containers, blobs: BlobServiceClient) -> None:
    name = containers.name(new_export_id(), 1)
    url = await containers.create(name)
    assert await containers.create(name) == url
    assert "?" not in url
    properties = await blobs.get_container_client(name).get_container_properties()
    assert properties.public_access is None


async def test_a_name_fits_the_rules_of_the_service(containers: Containers) -> None:
    assert len(containers.name(new_export_id(), 20)) <= 63


async def test_the_account_says_no(containers: Containers) -> None:
    with pytest.raises(StorageRefusedError) as refused:
        await containers.create("Not_a_name")
    assert refused.value.problem.code in {"InvalidResourceName", "OutOfRangeInput"}


async def test_the_operation_that_microsoft_noted(
    containers: Containers, blobs: BlobServiceClient, container: str
) -> None:
    assert await containers.operation_id(container) is None
    await note(blobs, container, json.dumps({"CommandId": OPERATION.upper(), "RequestGuid": new_export_id()}))
    assert await containers.operation_id(container) == OPERATION


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"CommandId": "../x"}', '{"CommandId": 7}', '{"commandid":', "x" * 99_999]
)
async def test_a_note_that_is_not_whole_names_no_operation(
    containers: Containers, blobs: BlobServiceClient, container: str, text: str
) -> None:
    await note(blobs, container, text)
    assert await containers.operation_id(container) is None


async def test_no_container_names_no_operation(containers: Containers, container: str) -> None:
    assert await containers.operation_id(container + "-gone") is None


async def test_files_are_counted_without_microsofts_note(
    containers: Containers, blobs: BlobServiceClient, container: str
) -> None:
    await note(blobs, container, "{}")
    assert await containers.count(container) == Files(0, 0)
    client = blobs.get_container_client(container_name(container))
    await client.upload_blob("Exchange/mail.json", b"x" * 10)
    await client.upload_blob("Teams/chat/RequestInfo.json", b"y" * 5)
    assert await containers.count(container) == Files(2, 15)
