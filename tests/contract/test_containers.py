"""Containers: made once, read, listed page by page, erased."""

import hashlib
import json

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.ids import new_export_id
from shared.protocols import ListedFile
from shared.storage.export_containers import REQUEST_INFO
from tests.contract.bench import Bench
from tests.exports.samples import NOW, OPERATION


@pytest.fixture
async def container(bench: Bench) -> str:
    return await bench.containers.create(bench.containers.name(new_export_id(), 1))


async def listed(bench: Bench, container: str) -> list[ListedFile]:
    files: list[ListedFile] = []
    page = await bench.containers.page(container, None)
    files += page.files
    while page.marker is not None:
        page = await bench.containers.page(container, page.marker)
        files += page.files
    return files


async def test_a_container_is_made_once_and_its_url_has_no_query(bench: Bench) -> None:
    name = bench.containers.name(new_export_id(), 2)
    url = await bench.containers.create(name)
    assert url.endswith(f"/{name}")
    assert await bench.containers.create(name) == url


async def test_a_name_that_can_not_be(bench: Bench) -> None:
    with pytest.raises(StorageRefusedError):
        await bench.containers.create("Not_a_name")


async def test_the_operation_that_microsoft_noted(bench: Bench, container: str) -> None:
    assert await bench.containers.operation_id(container) is None
    assert await bench.containers.operation_id(container + "9") is None
    await bench.put(container, REQUEST_INFO, json.dumps({"CommandId": OPERATION.upper()}).encode())
    assert await bench.containers.operation_id(container) == OPERATION


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"CommandId": "x"}'])
async def test_a_note_that_is_not_whole(bench: Bench, container: str, content: bytes) -> None:
    await bench.put(container, REQUEST_INFO, content)
    assert await bench.containers.operation_id(container) is None


async def test_all_files_are_listed_in_order_without_the_note(bench: Bench, container: str) -> None:
    names = sorted(f"Product {number % 2}/{number}.json" for number in range(9))
    for name in reversed(names):
        await bench.put(container, name, name.encode())
    await bench.put(container, REQUEST_INFO, b"{}")
    files = await listed(bench, container)
    assert [(file.name, file.size) for file in files] == [(name, len(name)) for name in names]
    assert (await bench.containers.page(container, None)).files == tuple(
        files[: len((await bench.containers.page(container, None)).files)]
    )


async def test_an_empty_container_has_one_empty_page(bench: Bench, container: str) -> None:
    page = await bench.containers.page(container, None)
    assert (page.files, page.marker) == ((), None)


async def test_a_file_is_read_with_its_hashes(bench: Bench, container: str) -> None:
    await bench.put(container, "a/b.json", b"content")
    (file,) = await listed(bench, container)
    read = await bench.containers.read(container, file)
    assert read.sha256 == hashlib.sha256(b"content").hexdigest()
    assert read.md5 == hashlib.md5(b"content", usedforsecurity=False).hexdigest()
    assert (read.name, read.size, read.modified_at) == ("a/b.json", 7, file.modified_at)


async def test_what_is_gone_is_refused(bench: Bench, container: str) -> None:
    gone = container + "9"
    with pytest.raises(StorageRefusedError):
        await bench.containers.page(gone, None)
    with pytest.raises(StorageRefusedError):
        await bench.containers.read(container, ListedFile("gone.json", 1, NOW))


async def test_an_erased_container_is_gone_and_erasing_it_again_is_fine(bench: Bench, container: str) -> None:
    await bench.put(container, "a.json", b"x")
    await bench.containers.erase(container)
    await bench.containers.erase(container)
    with pytest.raises(StorageRefusedError):
        await bench.containers.page(container, None)
    assert container not in [found.url async for found in bench.containers.all()]


async def test_all_containers_are_found_with_their_export(bench: Bench) -> None:
    export_id = new_export_id()
    url = await bench.containers.create(bench.containers.name(export_id, 3))
    found = [each async for each in bench.containers.all() if each.export_id == export_id]
    assert [each.url for each in found] == [url]
    assert found[0].modified_at.tzinfo is not None
