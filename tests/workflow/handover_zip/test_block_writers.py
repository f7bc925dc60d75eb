"""Blocks are written a few at once, and what is written before a failure is known."""

import asyncio
import zlib

import pytest

from shared.exports.exceptions import SourceChangedError, StorageFailedError
from shared.exports.handover_zip_layout import BlockLayout, Position
from shared.exports.handover_zip_records import ZipEntry
from shared.protocols import SourceBlob, TargetBlob
from shared.workflow.handover_zip.block_writers import BLOCKS_AT_ONCE, BlockWriters
from tests.exports.samples import NOW
from tests.fakes.hooked_services import HookedServices

CONTENT = b"x" * 300_000
"""Of a file that is copied, so that each has two blocks."""


class Zip:
    """A zip that is written, and the files that go into it."""

    def __init__(self, fakes: HookedServices, url: str) -> None:
        self.fakes, self.url = fakes, url
        self.layout = BlockLayout(Position())
        self.writers = BlockWriters(fakes.zip_blobs, TargetBlob(url, "x.zip"), Position(), documents=2)

    def entry(self, number: int, content: bytes = CONTENT) -> tuple[ZipEntry, SourceBlob]:
        self.fakes.account.write(self.url.rpartition("/")[2], str(number), content)
        entry = ZipEntry(number, str(number), len(content), zlib.crc32(content), NOW)
        return entry, SourceBlob(self.url, str(number), len(content))

    async def add(self, number: int, content: bytes = CONTENT) -> None:
        entry, source = self.entry(number, content)
        self.writers.know(entry, source)
        await self.writers.write(self.layout.add(entry))

    async def write(self, entry: ZipEntry, source: SourceBlob) -> None:
        """Writes a file and nothing else."""
        async with self.writers as writers:
            writers.know(entry, source)
            await writers.write([*self.layout.add(entry), *self.layout.flush()])
            await writers.finish()

    async def write_many(self) -> None:
        async with self.writers as writers:
            for number in range(1, 20):
                await self.add(number)
            await writers.finish()


@pytest.fixture
async def written(fakes: HookedServices) -> Zip:
    return Zip(fakes, await fakes.zip_blobs.create("3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"))


async def test_no_more_than_a_few_blocks_are_written_at_once(written: Zip) -> None:
    under_way, most = 0, 0

    async def begin() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)

    async def end() -> None:
        nonlocal under_way
        under_way -= 1

    hooks = written.fakes.hooks
    for call in ("put_block", "copy_block"):
        hooks.before[f"zip_blobs.{call}"], hooks.after[f"zip_blobs.{call}"] = begin, end
    await written.write_many()
    assert most == BLOCKS_AT_ONCE
    assert written.writers.position == written.layout.position


async def test_what_was_written_before_a_failure_is_known(written: Zip) -> None:
    copies = 0

    async def fail_fifth() -> None:
        nonlocal copies
        copies += 1
        if copies == 5:
            raise StorageFailedError("ServerBusy")

    written.fakes.hooks.before["zip_blobs.copy_block"] = fail_fifth
    with pytest.raises(StorageFailedError):
        await written.write_many()
    assert written.writers.position.entries == 4
    container = written.fakes.account.containers[written.url.rpartition("/")[2]]
    assert len(container.uncommitted["x.zip"]) >= written.writers.position.blocks


async def test_what_is_not_awaited_is_canceled(written: Zip) -> None:
    waiting = asyncio.Event()
    written.fakes.hooks.before["zip_blobs.put_block"] = waiting.wait  # type: ignore[assignment]  # it only waits
    before = asyncio.all_tasks()
    async with written.writers:
        await written.add(1)
        assert asyncio.all_tasks() - before
    assert not asyncio.all_tasks() - before


@pytest.mark.parametrize("content", [b"small", CONTENT])
async def test_a_file_that_is_gone_is_named_by_its_line(written: Zip, content: bytes) -> None:
    entry, source = written.entry(9, content)
    written.fakes.account.containers[written.url.rpartition("/")[2]].blobs.clear()
    with pytest.raises(SourceChangedError) as changed:
        await written.write(entry, source)
    assert changed.value.number == 7


async def test_a_file_without_bytes_is_not_read(written: Zip) -> None:
    async with written.writers as writers:
        await written.add(1, b"")
        await writers.write(written.layout.flush())
        await writers.finish()
    assert "zip_blobs.read" not in written.fakes.hooks.calls
