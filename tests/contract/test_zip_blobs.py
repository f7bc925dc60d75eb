"""The blobs of a package: written whole, or put together from blocks that are sent or copied."""

from datetime import timedelta

import pytest

from shared.bootstrap import utc_now
from shared.exports.exceptions import SourceChangedError, StorageRefusedError
from shared.exports.ids import new_export_id
from shared.protocols import SourceBlob, TargetBlob
from tests.contract.harness import Harness

NAME = "Ördner/a b+c%20d?e#f&g.json"


@pytest.fixture
async def export_id() -> str:
    return new_export_id()


@pytest.fixture
async def source(harness: Harness, export_id: str) -> SourceBlob:
    """A file that arrived, as the manifest has it."""
    container = await harness.containers.create(export_id, 1)
    await harness.put(container, NAME, b"0123456789")
    (listed,) = (await harness.containers.list_files(container, None)).files
    return SourceBlob(container, NAME, listed.size, listed.modified_at)


@pytest.fixture
async def target(harness: Harness, export_id: str) -> TargetBlob:
    return TargetBlob(await harness.zip_blobs.create(export_id), "de/7/Übergabe.zip")


def with_other_name(source: SourceBlob) -> SourceBlob:
    return SourceBlob(source.container_url, "gone.json", source.size, source.unmodified_since)


def an_hour_older(source: SourceBlob) -> SourceBlob:
    assert source.unmodified_since is not None
    return SourceBlob(source.container_url, source.name, source.size, source.unmodified_since - timedelta(hours=1))


async def test_the_container_of_packages_is_made_once_and_found_with_its_export(
    harness: Harness, export_id: str
) -> None:
    url = await harness.zip_blobs.create(export_id)
    assert url.endswith(f"/export-{export_id}-package")
    assert harness.zip_blobs.container_url(export_id) == url
    assert await harness.zip_blobs.create(export_id) == url
    page = await harness.containers.list_containers(None)
    found = [*page.containers]
    while page.marker is not None:
        page = await harness.containers.list_containers(page.marker)
        found += page.containers
    assert [each.url for each in found if each.export_id == export_id] == [url]


async def test_an_erased_container_is_gone_and_erasing_it_again_is_fine(
    harness: Harness, export_id: str, target: TargetBlob
) -> None:
    await harness.zip_blobs.write(target, b"x")
    await harness.zip_blobs.erase(export_id)
    await harness.zip_blobs.erase(export_id)
    with pytest.raises(SourceChangedError):
        await harness.zip_blobs.read(SourceBlob(target.container_url, target.name, 1), 0, 1)


async def test_a_part_of_a_file_is_read(harness: Harness, source: SourceBlob) -> None:
    assert await harness.zip_blobs.read(source, 0, 10) == b"0123456789"
    assert await harness.zip_blobs.read(source, 3, 4) == b"3456"
    assert await harness.zip_blobs.read(source, 9, 1) == b"9"
    assert await harness.zip_blobs.read(source, 10, 0) == b""


async def test_a_file_that_is_not_as_it_was_is_not_read(harness: Harness, source: SourceBlob) -> None:
    for changed, offset, length in [
        (with_other_name(source), 0, 1),
        (an_hour_older(source), 0, 1),
        (source, 8, 3),
        (source, 10, 1),
        (SourceBlob(source.container_url + "9", NAME, 10), 0, 1),
    ]:
        with pytest.raises(SourceChangedError):
            await harness.zip_blobs.read(changed, offset, length)


async def test_a_document_is_written_in_place_of_the_one_before(harness: Harness, target: TargetBlob) -> None:
    await harness.zip_blobs.write(target, b"first")
    await harness.zip_blobs.write(target, b"second")
    written = SourceBlob(target.container_url, target.name, 6)
    assert await harness.zip_blobs.read(written, 0, 6) == b"second"


async def test_a_blob_is_made_of_what_is_sent_and_what_is_copied(
    harness: Harness, source: SourceBlob, target: TargetBlob
) -> None:
    await harness.zip_blobs.put_block(target, "p001-b000001", b"<")
    await harness.zip_blobs.copy_block(target, "p001-b000002", source, 2, 3)
    await harness.zip_blobs.copy_block(target, "p001-b000003", source, 5, 5)
    await harness.zip_blobs.put_block(target, "p001-b000004", b">")
    blocks = [f"p001-b00000{number}" for number in range(1, 5)]
    assert await harness.zip_blobs.commit(target, blocks) == 10
    assert await harness.get(target.container_url, target.name) == b"<23456789>"


async def test_a_block_can_have_more_than_a_mebibyte(harness: Harness, target: TargetBlob) -> None:
    content = b"x" * (2**20 + 2**18)
    await harness.zip_blobs.put_block(target, "b1", content)
    assert await harness.zip_blobs.commit(target, ["b1"]) == len(content)


async def test_every_call_can_be_repeated(harness: Harness, source: SourceBlob, target: TargetBlob) -> None:
    for _ in range(2):
        await harness.zip_blobs.put_block(target, "b1", b"lost")
        await harness.zip_blobs.put_block(target, "b1", b"<")
        await harness.zip_blobs.copy_block(target, "b2", source, 0, 3)
        for _ in range(2):
            assert await harness.zip_blobs.commit(target, ["b1", "b2"]) == 4
    assert await harness.get(target.container_url, target.name) == b"<012"


async def test_a_block_that_comes_late_changes_nothing(
    harness: Harness, source: SourceBlob, target: TargetBlob
) -> None:
    await harness.zip_blobs.put_block(target, "b1", b"<")
    await harness.zip_blobs.commit(target, ["b1"])
    await harness.zip_blobs.put_block(target, "b1", b"late")
    await harness.zip_blobs.copy_block(target, "b2", source, 0, 3)
    assert await harness.get(target.container_url, target.name) == b"<"


async def test_blocks_of_a_blob_with_others_committed_are_kept(harness: Harness, target: TargetBlob) -> None:
    await harness.zip_blobs.put_block(target, "b1", b"1")
    await harness.zip_blobs.commit(target, ["b1"])
    await harness.zip_blobs.put_block(target, "b2", b"2")
    assert await harness.zip_blobs.commit(target, ["b1", "b2"]) == 2
    assert await harness.get(target.container_url, target.name) == b"12"


async def test_a_block_that_is_missing_is_refused(harness: Harness, target: TargetBlob) -> None:
    await harness.zip_blobs.put_block(target, "b1", b"1")
    with pytest.raises(StorageRefusedError) as refused:
        await harness.zip_blobs.commit(target, ["b1", "b2"])
    assert refused.value.problem.code == "InvalidBlockList"


async def test_a_file_that_is_not_as_it_was_is_not_copied(
    harness: Harness, source: SourceBlob, target: TargetBlob
) -> None:
    for changed in (with_other_name(source), an_hour_older(source)):
        with pytest.raises(SourceChangedError):
            await harness.zip_blobs.copy_block(target, "b1", changed, 0, 3)


async def test_a_file_that_changes_later_is_not_copied(
    harness: Harness, source: SourceBlob, target: TargetBlob
) -> None:
    old = an_hour_older(source)
    await harness.put(source.container_url, NAME, b"other")
    with pytest.raises(SourceChangedError):
        await harness.zip_blobs.copy_block(target, "b1", old, 0, 3)


async def test_nothing_is_written_once_the_container_is_gone(
    harness: Harness, export_id: str, source: SourceBlob, target: TargetBlob
) -> None:
    await harness.zip_blobs.put_block(target, "b1", b"1")
    await harness.zip_blobs.erase(export_id)
    with pytest.raises(StorageRefusedError):
        await harness.zip_blobs.write(target, b"late")
    with pytest.raises(StorageRefusedError):
        await harness.zip_blobs.put_block(target, "b2", b"late")
    with pytest.raises(StorageRefusedError):
        await harness.zip_blobs.copy_block(target, "b2", source, 0, 3)
    with pytest.raises(StorageRefusedError):
        await harness.zip_blobs.commit(target, ["b1"])


async def test_links_to_a_package_read_it(harness: Harness, target: TargetBlob) -> None:
    await harness.zip_blobs.put_block(target, "b1", b"1")
    await harness.zip_blobs.commit(target, ["b1"])
    now = utc_now()
    (url,) = await harness.containers.sign_read_urls(
        target.container_url, [target.name], now, now + timedelta(hours=24)
    )
    assert "sig=" in url
    assert not await harness.can_write(url)
