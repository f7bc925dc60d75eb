"""Makes packages on Azurite, of many small files and of a large one: counts the calls and the bytes, and times it.

Nothing but the package is measured: the manifest comes from what the files are known to be, not from reading them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
import zlib
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure.storage.blob import BlobBlock

from bench.product import product_on
from bench.table import Row
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.bounded_concurrency import for_each
from shared.exports.export import File
from shared.exports.states_and_codes import PackageStatus
from shared.http import package_handlers
from shared.protocols import FilePage, ListedFile
from shared.storage.export_containers import FILES_PER_PAGE, BlobExportContainers
from shared.workflow.advance_export import advance_export

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime, timedelta

    from azure.storage.blob.aio import BlobServiceClient, ContainerClient

    from bench.product import Product
    from bench.table import Say

MIB = 2**20
SMALL_FILES, SMALL_SIZES = 60_000, range(300, 3_700, 17)
LARGE_BLOCKS, BLOCK_SIZE = 5 * 1024, MIB
"""A file of 5 GiB is one block, which a list of blocks names again and again: so it takes no room."""
_UPLOADS_AT_ONCE = 16
_MOST_CALLS_A_FILE, _MOST_OF_LARGE, _MOST_MEMORY = 1.1, 0.01, 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a package cost, from the request for it until it was made."""

    status: str
    file_bytes: int
    """The bytes of the files that arrived."""
    zip_bytes: int
    calls: Counter[str]
    """The requests to storage by service and method."""
    blob_bytes: int
    """The bytes of blobs that went through the process, in either direction."""
    steps: int
    seconds: float
    memory: int
    """By how many bytes the memory of the process rose at most."""


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        azurite = Azurite(Path(folder), family).start()
        say(f"a package of {SMALL_FILES:,} small files")
        small = asyncio.run(make(azurite, partial(small_files, count=SMALL_FILES)))
        say("a package of a file of 5 GiB")
        large = asyncio.run(make(azurite, partial(large_file, blocks=LARGE_BLOCKS)))
    return [*_small_rows(small), *_large_rows(large)]


def _small_rows(made: Made) -> list[Row]:
    a_file = made.calls.total() / SMALL_FILES
    return [
        Row(
            what=f"a package of {SMALL_FILES:,} small files, {made.file_bytes / 1e6:.0f} MB: storage calls",
            ours=f"{made.calls.total():,}: {made.calls['blob GET']:,} read blobs, {made.calls['blob PUT']:,} write, "
            f"{made.calls['table GET'] + made.calls['table POST']:,} are of tables",
            floor=f"{SMALL_FILES:,} reads",
            ratio=f"{a_file:.2f} calls a file",
            reach=f"at most {_MOST_CALLS_A_FILE} a file",
            met=a_file <= _MOST_CALLS_A_FILE,
        ),
        _time_row(made),
    ]


def _large_rows(made: Made) -> list[Row]:
    share = made.blob_bytes / made.file_bytes
    return [
        Row(
            what=f"a package of a file of {made.file_bytes / 2**30:.0f} GiB: bytes of blobs through the app",
            ours=f"{made.blob_bytes / 1e3:.0f} kB: documents, headers, and answers; the file is copied inside storage",
            alternative=f"download and upload: {2 * made.file_bytes / 2**30:.0f} GiB",
            ratio=f"{share:.5%} of the file",
            reach=f"at most {_MOST_OF_LARGE:.0%}",
            met=share <= _MOST_OF_LARGE,
        ),
        Row(
            what="the same: storage calls",
            ours=f"{made.calls.total():,}: {made.calls['blob PUT']:,} write blobs or copy a piece",
        ),
        _time_row(made),
    ]


def _time_row(made: Made) -> Row:
    return Row(
        what="the same: time and memory",
        ours=f"{made.seconds:.0f} s in {made.steps} steps; memory rises by {made.memory / MIB:.0f} MiB at most",
        reach=f"at most {_MOST_MEMORY // MIB} MiB",
        met=made.memory <= _MOST_MEMORY,
    )


async def make(azurite: Azurite, write: Callable[[ContainerClient], Awaitable[list[File]]]) -> Made:
    """Makes a package of the files that `write` puts into a container. It returns them in the order of their names."""
    known: list[File] = []

    async def arrive(container: ContainerClient) -> None:
        known.extend(await write(container))

    async with product_on(azurite, containers_on=partial(_KnownContainers, known)) as product:
        export_id = await product.arrive(arrive)
        product.wire.take()
        product.wire.blob_bytes = 0
        began, memory_before = time.monotonic(), _begin_peak()
        package, steps = await _build(product, export_id), 1
        while package["status"] == PackageStatus.BUILDING:
            await advance_export(export_id, product.services, max_steps=1)
            package, steps = await _get(product, export_id), steps + 1
        seconds, memory = time.monotonic() - began, _peak() - memory_before
        sent, blob_bytes = product.wire.take(), product.wire.blob_bytes
    return Made(
        status=package["status"],
        file_bytes=sum(file.size for file in known),
        zip_bytes=package["totalBytes"],
        calls=Counter(f"{each.service} {each.method}" for each in sent),
        blob_bytes=blob_bytes,
        steps=steps,
        seconds=seconds,
        memory=memory,
    )


async def _build(product: Product, export_id: str) -> Any:  # noqa: ANN401 - JSON
    """Asks for the package of an export."""
    services, monitors = product.services, product.monitors
    return await product.ask(
        lambda context: package_handlers.create_package(context, services, monitors),
        "POST /exports/{id}/package",
        {},
        id=export_id,
    )


async def _get(product: Product, export_id: str) -> Any:  # noqa: ANN401 - JSON
    """How far the package is."""
    return await product.ask(
        lambda context: package_handlers.get_package(context, product.services),
        "GET /exports/{id}/package",
        id=export_id,
    )


async def small_files(container: ContainerClient, count: int) -> list[File]:
    """Writes that many files of some hundred bytes to 4 kB, in folders."""
    files: list[File] = []

    async def write(number: int) -> None:
        content = f"{number:08d}".encode() * (SMALL_SIZES[number % len(SMALL_SIZES)] // 8)
        name = f"Product {number % 7}/{number // 1000}/{number}.json"
        stored = await container.get_blob_client(name).upload_blob(content)
        files.append(_file(name, [content], stored["last_modified"]))

    await for_each(range(count), write, at_once=_UPLOADS_AT_ONCE)
    return sorted(files, key=lambda file: file.name)


async def large_file(container: ContainerClient, blocks: int) -> list[File]:
    """Writes a file of that many times the same block, which is sent once."""
    blob, content = container.get_blob_client("Product/large.bin"), os.urandom(BLOCK_SIZE)
    await blob.stage_block("one", content)
    await blob.commit_block_list([BlobBlock("one")] * blocks)
    stored = await blob.get_blob_properties()
    return [_file("Product/large.bin", [content] * blocks, stored.last_modified)]


def _file(name: str, contents: Sequence[bytes], modified_at: datetime) -> File:
    """A line of the manifest, as reading the file would give it."""
    md5, sha256, crc32 = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    for content in contents:
        md5.update(content)
        sha256.update(content)
        crc32 = zlib.crc32(content, crc32)
    return File(
        name=name,
        size=sum(map(len, contents)),
        md5=md5.hexdigest(),
        sha256=sha256.hexdigest(),
        modified_at=modified_at,
        crc32=crc32,
    )


class _KnownContainers(BlobExportContainers):
    """Containers whose files are known, so that they need not be listed and read."""

    def __init__(
        self, known: list[File], service: BlobServiceClient, keyed: BlobServiceClient, key: str, owner: str
    ) -> None:
        super().__init__(service, keyed, key, owner)
        self._known = known

    async def list_files(self, container_url: str, marker: str | None) -> FilePage:  # noqa: ARG002 - the Protocol's
        start = int(marker or 0)
        end = start + FILES_PER_PAGE
        page = (ListedFile(file.name, file.size, file.modified_at) for file in self._known[start:end])
        return FilePage(tuple(page), str(end) if end < len(self._known) else None)

    async def hash_file(
        self,
        container_url: str,  # noqa: ARG002 - the Protocol's
        listed: ListedFile,
        time_limit: timedelta,  # noqa: ARG002 - the Protocol's
    ) -> File | None:
        return self._known[bisect_left(self._known, listed.name, key=lambda file: file.name)]


def _begin_peak() -> int:
    """Forgets how much memory the process has used at most, and returns how many bytes it uses now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """How many bytes of memory the process has used at most since `_begin_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
