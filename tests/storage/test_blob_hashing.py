"""Hashing, of files on a real account and on one that a test scripts."""

import asyncio
import gzip
import hashlib
import os
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobServiceClient

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import File
from shared.protocols import ListedFile
from shared.storage.blob_hashing import HASH_LIMIT_BYTES
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import container_name
from tests.exports.samples import MINUTE, NOW, SECOND

LARGE = os.urandom(33 * 2**20)
"""More than the SDK reads in one request."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGE_BODY = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
"""The HTTP client's warning about the test's own upload."""
CPUS = os.cpu_count() or 1


def file_of(content: bytes, listed: ListedFile) -> File:
    return File(
        name=listed.name,
        size=len(content),
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
        modified_at=listed.modified_at,
        crc32=zlib.crc32(content),
    )


@LARGE_BODY
@pytest.mark.parametrize("content", [b"", b"x" * 10, LARGE], ids=len)
async def test_a_file_is_read_with_its_hashes(
    containers: BlobExportContainers, blobs: BlobServiceClient, container: str, content: bytes
) -> None:
    await blobs.get_blob_client(container_name(container), "a/b é.bin").upload_blob(content)
    (listed,) = (await containers.list_files(container, None)).files
    assert (listed.name, listed.size) == ("a/b é.bin", len(content))
    assert await containers.hash_file(container, listed, MINUTE) == file_of(content, listed)


@LARGE_BODY
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(b"content" * 99), "gzip"),
        (gzip.compress(LARGE, 1), "gzip"),
        (b"not packed", "gzip"),
        (LARGE, "gzip"),
        (b"not packed", "deflate"),
        (b"not packed", "br"),
    ],
    ids=["packed", "packed and large", "not packed", "not packed and large", "deflate", "an unknown encoding"],
)
async def test_the_hashes_are_of_the_stored_bytes_whatever_encoding_the_file_claims(
    containers: BlobExportContainers, blobs: BlobServiceClient, container: str, content: bytes, encoding: str
) -> None:
    blob = blobs.get_blob_client(container_name(container), "a.bin")
    await blob.upload_blob(content, content_settings=ContentSettings(content_encoding=encoding))
    (listed,) = (await containers.list_files(container, None)).files
    assert await containers.hash_file(container, listed, MINUTE) == file_of(content, listed)


async def test_a_file_that_would_take_too_long_is_not_read(containers: BlobExportContainers, container: str) -> None:
    listed = ListedFile("huge", HASH_LIMIT_BYTES + 1, NOW)
    file = await containers.hash_file(container, listed, MINUTE)
    assert file is not None
    assert (file.size, file.md5, file.sha256, file.crc32) == (HASH_LIMIT_BYTES + 1, None, None, None)


@asynccontextmanager
async def scripted(handler: Handler) -> AsyncIterator[BlobExportContainers]:
    """Containers on an account whose answers come from `handler`; the SDK reads 4 bytes at a time."""
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", handler)
    async with (
        TestServer(app) as server,
        BlobServiceClient(
            f"http://127.0.0.1:{server.port}/account", retry_total=0, max_single_get_size=4, max_chunk_get_size=4
        ) as service,
    ):
        yield BlobExportContainers(service, None, None, "records")


def part(content: bytes, start: int, size: int) -> web.Response:
    """A part of a file of that size."""
    headers = {
        "Content-Range": f"bytes {start}-{start + len(content) - 1}/{size}",
        "ETag": '"first"',
        "Last-Modified": "Sun, 01 Nov 2026 09:00:00 GMT",
        "x-ms-blob-type": "BlockBlob",
    }
    return web.Response(status=206, body=content, headers=headers)


async def test_a_file_that_changes_while_it_is_read_is_read_anew_later() -> None:
    async def changed(request: web.Request) -> web.Response:
        if "If-Match" not in request.headers:
            return part(b"abcd", 0, 8)
        assert request.headers["If-Match"] == '"first"'
        return web.Response(status=412, headers={"x-ms-error-code": "ConditionNotMet"})

    async with scripted(changed) as containers:
        with pytest.raises(StorageFailedError) as failed:
            await containers.hash_file("c", ListedFile("f", 8, NOW), MINUTE)
        assert failed.value.code == "ConditionNotMet"


async def test_a_file_that_comes_short_has_no_hashes() -> None:
    async def short(request: web.Request) -> web.Response:
        start = int(request.headers["x-ms-range"].removeprefix("bytes=").partition("-")[0])
        return part(b"abcd" if start == 0 else b"e", start, 8)

    async with scripted(short) as containers:
        with pytest.raises(StorageFailedError) as failed:
            await containers.hash_file("c", ListedFile("f", 8, NOW), MINUTE)
        assert failed.value.code == "IncompleteRead"


async def test_a_process_hashes_as_many_files_at_once_as_it_has_cpus_and_waiting_takes_no_time() -> None:
    ended_before: list[bool] = []

    async def slow(request: web.Request) -> web.Response:
        if request.path.endswith("slow"):
            await asyncio.Event().wait()
        ended_before.append(any(task.done() for task in first))
        return part(b"a", 0, 1)

    async def hashed(name: str, time_limit: timedelta) -> File | None:
        return await containers.hash_file("c", ListedFile(name, 1, NOW), time_limit)

    async with scripted(slow) as containers, asyncio.TaskGroup() as group:
        first = [group.create_task(hashed("slow", SECOND)) for _ in range(CPUS)]
        last = group.create_task(hashed("quick", 0.9 * SECOND))
    assert [task.result() for task in first] == [None] * CPUS
    assert ended_before == [True]
    file = last.result()
    assert file is not None
    assert file.sha256 == hashlib.sha256(b"a").hexdigest()
