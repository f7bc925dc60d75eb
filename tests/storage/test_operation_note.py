"""The note in which Microsoft names its operation, in containers of a real account."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.graph_results import NotedOperation
from shared.exports.ids import new_export_id
from shared.storage.export_containers import BlobExportContainers
from shared.storage.operation_note import REQUEST_INFO
from shared.storage.sas_urls import container_name
from tests.exports.samples import OPERATION

NOTE = json.dumps({"CommandId": OPERATION.upper(), "RequestGuid": new_export_id()}).encode()


@pytest.fixture
def account(blobs: BlobServiceClient, container: str) -> ContainerClient:
    return blobs.get_container_client(container_name(container))


@pytest.mark.parametrize(
    "text",
    [NOTE, b"\xef\xbb\xbf" + NOTE, NOTE.decode().encode("utf-16"), gzip.compress(NOTE)],
    ids=["UTF-8", "with a mark", "UTF-16", "packed"],
)
async def test_a_note_names_the_operation(
    containers: BlobExportContainers, account: ContainerClient, container: str, text: bytes
) -> None:
    await account.upload_blob(REQUEST_INFO, text)
    assert await containers.noted_operation(container) == NotedOperation(OPERATION)


@pytest.mark.parametrize("text", [NOTE, gzip.compress(NOTE)], ids=["as it is", "packed"])
async def test_a_note_that_says_that_it_is_packed(
    containers: BlobExportContainers, account: ContainerClient, container: str, text: bytes
) -> None:
    await account.upload_blob(REQUEST_INFO, text, content_settings=ContentSettings(content_encoding="gzip"))
    assert await containers.noted_operation(container) == NotedOperation(OPERATION)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"CommandId": "../x"}', '{"CommandId": 7}', '{"commandid":', "x" * 99_999, "[" * 60_000, b"\xff"],
    ids=lambda text: repr(text[:12]),
)
async def test_a_note_that_can_not_be_read_says_that_microsoft_may_have_begun(
    containers: BlobExportContainers, account: ContainerClient, container: str, text: str | bytes
) -> None:
    await account.upload_blob(REQUEST_INFO, text)
    assert await containers.noted_operation(container) == NotedOperation(None)


async def test_a_file_that_is_still_being_written_says_that_microsoft_may_have_begun(
    containers: BlobExportContainers, account: ContainerClient, container: str
) -> None:
    await account.get_blob_client(REQUEST_INFO).stage_block("1", b"{")
    assert await containers.noted_operation(container) == NotedOperation(None)


@asynccontextmanager
async def scripted(*answers: web.Response) -> AsyncIterator[BlobExportContainers]:
    """Containers on an account that gives these answers, in order."""
    left = list(answers)

    async def answer(_request: web.Request) -> web.Response:
        return left.pop(0)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with (
        TestServer(app) as server,
        BlobServiceClient(f"http://127.0.0.1:{server.port}/account", retry_total=0) as service,
    ):
        yield BlobExportContainers(service, None, None, "records")


def missing(code: str | None) -> web.Response:
    return web.Response(status=404, headers={} if code is None else {"x-ms-error-code": code})


def listing(*names: str, marker: str = "") -> web.Response:
    blobs = "".join(
        f"<Blob><Name>{name}</Name><Properties><BlobType>BlockBlob</BlobType></Properties></Blob>" for name in names
    )
    text = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    return web.Response(text=text, content_type="application/xml")


@pytest.mark.parametrize("code", [None, "ResourceNotFound", "AccountIsDisabled"])
async def test_only_a_container_that_is_known_to_be_gone_counts_as_gone(code: str | None) -> None:
    async with scripted(missing(code)) as containers:
        with pytest.raises(StorageRefusedError):
            await containers.noted_operation("c")
    async with scripted(missing("ContainerNotFound")) as containers:
        assert await containers.noted_operation("c") is None


async def test_an_empty_page_is_not_the_end_of_a_listing() -> None:
    async with scripted(missing("BlobNotFound"), listing(marker="m"), listing("a.json")) as containers:
        assert await containers.noted_operation("c") == NotedOperation(None)
    async with scripted(missing("BlobNotFound"), listing(marker="m"), listing()) as containers:
        assert await containers.noted_operation("c") is None


async def test_an_outage_in_the_middle_says_nothing() -> None:
    async with scripted(missing("BlobNotFound"), web.Response(status=503)) as containers:
        with pytest.raises(StorageFailedError):
            await containers.noted_operation("c")
