"""Times the reading and hashing of a file, beside the hashing alone of the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
import uuid
import zlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from azure.storage.blob.aio import BlobServiceClient

from bench.table import Row
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.proxies import Proxies
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import container_name
from shared.storage.storage_transport import ConnectionPool

if TYPE_CHECKING:
    from bench.table import Say

MIB = 2**20
_SIZE, _ROUNDS = 128 * MIB, 3


@dataclass(frozen=True, slots=True)
class Hashed:
    """How many bytes were hashed in a second: from storage, and from memory alone. `same` says that both agree."""

    from_storage: float
    alone: float
    same: bool


def measure(say: Say) -> list[Row]:
    """Measures, and returns the row of the table."""
    say(f"a file of {_SIZE // MIB} MiB, {_ROUNDS} times")
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        hashed = asyncio.run(compare(Azurite(Path(folder), family).start(), os.urandom(_SIZE), _ROUNDS))
    return [
        Row(
            what=f"a file of {_SIZE // MIB} MiB on Azurite: MD5, SHA-256 and CRC-32, read over HTTPS",
            ours=f"{hashed.from_storage / MIB:.0f} MiB/s",
            floor=f"`hashlib` and `zlib` alone, one after the other: {hashed.alone / MIB:.0f} MiB/s",
            ratio=f"{hashed.from_storage / hashed.alone:.2f} of the floor",
        )
    ]


async def compare(azurite: Azurite, content: bytes, rounds: int) -> Hashed:
    """Hashes a file with that content in both ways, in turns; the best round of each counts."""
    pool = ConnectionPool(Proxies())
    pool.connection_config.verify = str(azurite.ca_bundle)
    async with BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, transport=pool) as service:
        containers = BlobExportContainers(service, None, None, "records")
        container = await containers.create(str(uuid.uuid4()), 1)
        for start in range(0, len(content), MIB):
            blob = service.get_blob_client(container_name(container), "file")
            await blob.upload_blob(content[start : start + MIB], blob_type="AppendBlob")
        (listed,) = (await containers.list_files(container, None)).files
        read_seconds, alone_seconds, same = [], [], True
        for _ in range(rounds):
            began = time.perf_counter()
            md5, sha256 = hashlib.md5(content, usedforsecurity=False), hashlib.sha256(content)
            crc32 = zlib.crc32(content)
            alone_seconds.append(time.perf_counter() - began)
            began = time.perf_counter()
            file = await containers.hash_file(container, listed, timedelta(hours=1))
            read_seconds.append(time.perf_counter() - began)
            alone = (md5.hexdigest(), sha256.hexdigest(), crc32)
            same = same and file is not None and (file.md5, file.sha256, file.crc32) == alone
    return Hashed(len(content) / min(read_seconds), len(content) / min(alone_seconds), same)
