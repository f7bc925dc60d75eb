"""The containers, on a real account."""

import asyncio

import pytest
from azure.storage.blob.aio import BlobServiceClient

from shared.exports.exceptions import StorageRefusedError
from shared.exports.ids import new_export_id
from shared.protocols import FilePage
from shared.storage import export_containers
from shared.storage.export_containers import BlobExportContainers
from shared.storage.operation_note import REQUEST_INFO
from shared.storage.sas_urls import container_name


async def test_a_container_is_private_and_made_once(containers: BlobExportContainers, blobs: BlobServiceClient) -> None:
    export_id = new_export_id()
    url = await containers.create(export_id, 1)
    assert await containers.create(export_id, 1) == url
    assert await containers.create(export_id, 2) != url
    assert "?" not in url
    properties = await blobs.get_container_client(container_name(url)).get_container_properties()
    assert properties.public_access is None


async def test_a_name_fits_the_rules_of_the_service(containers: BlobExportContainers) -> None:
    assert len(container_name(await containers.create(new_export_id(), 999_999))) <= 63


async def test_the_account_says_no(containers: BlobExportContainers) -> None:
    with pytest.raises(StorageRefusedError) as refused:
        await containers.create_named("Not_a_name")
    assert refused.value.problem.code in {"InvalidResourceName", "OutOfRangeInput"}


async def test_files_are_listed_page_by_page_without_microsofts_note(
    containers: BlobExportContainers, blobs: BlobServiceClient, container: str
) -> None:
    await blobs.get_blob_client(container_name(container), REQUEST_INFO).upload_blob("{}")
    assert await containers.list_files(container, None) == FilePage((), None)
    client = blobs.get_container_client(container_name(container))
    names = [f"Exchange/{n:03}.json" for n in range(100)] + ["Teams/chat/RequestInfo.json"]
    await asyncio.gather(*(client.upload_blob(name, name.encode()) for name in names))
    pages = [await containers.list_files(container, None)]
    while pages[-1].marker:
        pages.append(await containers.list_files(container, pages[-1].marker))
    assert [listed.name for page in pages for listed in page.files] == names
    assert len(pages) == 2


async def test_an_erased_container_is_gone_and_can_be_erased_again(
    containers: BlobExportContainers, container: str
) -> None:
    await containers.erase(container)
    await containers.erase(container)
    with pytest.raises(StorageRefusedError):
        await containers.list_files(container, None)


async def test_all_finds_the_containers_of_this_app_only(
    containers: BlobExportContainers, blobs: BlobServiceClient, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [await containers.create(new_export_id(), 1) for _ in range(4)]
    other = await BlobExportContainers(blobs, None, None, "other records").create(new_export_id(), 1)
    await blobs.create_container(f"export-{new_export_id()}-9")
    monkeypatch.setattr(export_containers, "CONTAINERS_PER_PAGE", 2)
    pages = [await containers.list_containers(None)]
    while pages[-1].marker is not None:
        pages.append(await containers.list_containers(pages[-1].marker))
    assert len(pages) > 2
    assert max(len(page.containers) for page in pages) <= 2
    found = {found.url: found for page in pages for found in page.containers}
    assert found.keys() >= {container, *more}
    assert [*found] == sorted(found)
    assert found[container].export_id in container
    assert other not in found
    assert all("?" not in url for url in found)
