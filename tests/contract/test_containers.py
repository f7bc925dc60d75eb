"""Containers: made once, read, listed page by page, erased."""

import hashlib
import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.graph_results import NotedOperation
from shared.exports.ids import new_export_id
from shared.protocols import FoundContainer, ListedFile
from shared.storage.operation_note import REQUEST_INFO
from tests.contract.harness import Harness
from tests.exports.samples import MINUTE, NOW, OPERATION


@pytest.fixture
async def container(harness: Harness) -> str:
    return await harness.containers.create(new_export_id(), 1)


def note(operation_id: str) -> bytes:
    return json.dumps({"CommandId": operation_id.upper()}).encode()


async def listed(harness: Harness, container: str) -> list[ListedFile]:
    files: list[ListedFile] = []
    page = await harness.containers.list_files(container, None)
    files += page.files
    while page.marker is not None:
        page = await harness.containers.list_files(container, page.marker)
        files += page.files
    return files


async def all_containers(harness: Harness) -> list[FoundContainer]:
    page = await harness.containers.list_containers(None)
    found = list(page.containers)
    while page.marker is not None:
        page = await harness.containers.list_containers(page.marker)
        found += page.containers
    return found


async def test_a_container_is_made_once_and_its_url_has_no_query(harness: Harness) -> None:
    export_id = new_export_id()
    url = await harness.containers.create(export_id, 2)
    assert url.endswith(f"/export-{export_id}-2")
    assert await harness.containers.create(export_id, 2) == url


async def test_a_name_that_can_not_be(harness: Harness) -> None:
    with pytest.raises(StorageRefusedError):
        await harness.containers.create("Not_a_name", 1)


async def test_the_operation_that_microsoft_noted(harness: Harness, container: str) -> None:
    assert await harness.containers.noted_operation(container) is None
    assert await harness.containers.noted_operation(container + "9") is None
    await harness.put(container, "a/RequestInfo.json", note("66d1a4e9-8e02-4c5b-b7f0-3d9e6c1a2f50"))
    await harness.put(container, REQUEST_INFO, note(OPERATION))
    assert await harness.containers.noted_operation(container) == NotedOperation(OPERATION)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"CommandId": "x"}'])
async def test_a_note_that_is_not_whole(harness: Harness, container: str, content: bytes) -> None:
    await harness.put(container, REQUEST_INFO, content)
    assert await harness.containers.noted_operation(container) == NotedOperation(None)
    await harness.put(container, "a/RequestInfo.json", note(OPERATION))
    assert await harness.containers.noted_operation(container) == NotedOperation(OPERATION)


@pytest.mark.parametrize("name", ["requestinfo.JSON", "Folder/RequestInfo.json"])
async def test_a_note_under_another_name(harness: Harness, container: str, name: str) -> None:
    await harness.put(container, "a.json", b"{}")
    await harness.put(container, name, note(OPERATION))
    assert await harness.containers.noted_operation(container) == NotedOperation(OPERATION)


@pytest.mark.parametrize("name", ["a.json", "RequestInfo.json.part", "RequestInfo.json/a"])
async def test_a_container_with_files_and_no_note_may_have_an_operation(
    harness: Harness, container: str, name: str
) -> None:
    await harness.put(container, name, note(OPERATION))
    assert await harness.containers.noted_operation(container) == NotedOperation(None)


async def test_all_files_are_listed_in_order_without_the_note(harness: Harness, container: str) -> None:
    names = sorted(f"Product {number % 2}/{number}.json" for number in range(9))
    for name in reversed(names):
        await harness.put(container, name, name.encode())
    await harness.put(container, REQUEST_INFO, b"{}")
    files = await listed(harness, container)
    assert [(file.name, file.size) for file in files] == [(name, len(name)) for name in names]
    assert (await harness.containers.list_files(container, None)).files == tuple(
        files[: len((await harness.containers.list_files(container, None)).files)]
    )


async def test_an_empty_container_has_one_empty_page(harness: Harness, container: str) -> None:
    page = await harness.containers.list_files(container, None)
    assert (page.files, page.marker) == ((), None)


async def test_a_file_is_read_with_its_hashes(harness: Harness, container: str) -> None:
    await harness.put(container, "a/b.json", b"content")
    (file,) = await listed(harness, container)
    read = await harness.containers.hash_file(container, file, MINUTE)
    assert read is not None
    assert read.sha256 == hashlib.sha256(b"content").hexdigest()
    assert read.md5 == hashlib.md5(b"content", usedforsecurity=False).hexdigest()
    assert read.crc32 == zlib.crc32(b"content")
    assert (read.name, read.size, read.modified_at) == ("a/b.json", 7, file.modified_at)


async def test_a_file_that_has_grown_since_it_was_listed_is_described_as_it_was_read(
    harness: Harness, container: str
) -> None:
    await harness.put(container, "a.json", b"content")
    (file,) = await listed(harness, container)
    read = await harness.containers.hash_file(container, replace(file, size=3, modified_at=NOW), MINUTE)
    assert read is not None
    assert (read.size, read.modified_at) == (file.size, file.modified_at)


async def test_a_file_that_takes_too_long_is_given_up(harness: Harness, container: str) -> None:
    await harness.put(container, "a.json", b"content")
    (file,) = await listed(harness, container)
    assert await harness.containers.hash_file(container, file, timedelta()) is None


async def test_what_is_gone_is_refused(harness: Harness, container: str) -> None:
    gone = container + "9"
    with pytest.raises(StorageRefusedError):
        await harness.containers.list_files(gone, None)
    with pytest.raises(StorageRefusedError):
        await harness.containers.hash_file(container, ListedFile("gone.json", 1, NOW), MINUTE)


async def test_an_erased_container_is_gone_and_erasing_it_again_is_fine(harness: Harness, container: str) -> None:
    await harness.put(container, "a.json", b"x")
    await harness.containers.erase(container)
    await harness.containers.erase(container)
    with pytest.raises(StorageRefusedError):
        await harness.containers.list_files(container, None)
    assert container not in [found.url for found in await all_containers(harness)]


async def test_all_containers_are_found_with_their_export(harness: Harness) -> None:
    export_id = new_export_id()
    url = await harness.containers.create(export_id, 3)
    others = [await harness.containers.create(new_export_id(), 1) for _ in range(4)]
    found = [each for each in await all_containers(harness) if each.export_id == export_id]
    assert [each.url for each in found] == [url]
    assert {*others} <= {each.url for each in await all_containers(harness)}
    assert found[0].modified_at.tzinfo is not None
