"""Hashes what arrived: MD5, SHA-256 and CRC-32 of the bytes that storage has."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceModifiedError

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import File

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient

    from shared.protocols import ListedFile

HASH_LIMIT_BYTES = 16 * 2**30
"""A file of this size is read in a few minutes. A larger one is not hashed, so that no step takes too long."""


async def hash_blob(blob: BlobClient, listed: ListedFile) -> File:
    """The file with its hashes, all None for a file of more than `HASH_LIMIT_BYTES`.

    Its size and time are those of the state that was read, which may be a later one than was listed.

    Raises:
        AzureError: the account refuses or can't be reached.
        StorageFailedError: the file changed while it was read; a further try reads it anew.
    """
    if listed.size > HASH_LIMIT_BYTES:
        return File(name=listed.name, size=listed.size, md5=None, sha256=None, modified_at=listed.modified_at)
    md5, sha256, crc32, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0, 0

    def update(chunk: bytes) -> None:
        nonlocal crc32
        md5.update(chunk)
        sha256.update(chunk)
        crc32 = zlib.crc32(chunk, crc32)

    hashing: asyncio.Task[None] | None = None
    try:
        # The SDK unpacks what says that it is packed, unless told not to. It reads all chunks of one state or fails.
        download = await blob.download_blob(decompress=False)
        async for chunk in download.chunks():
            size += len(chunk)
            if hashing is not None:
                await hashing
            # In a thread, because other exports share this event loop, and while the next chunk is read.
            hashing = asyncio.create_task(asyncio.to_thread(update, chunk))
        if hashing is not None:
            await hashing
    except ResourceModifiedError:
        raise StorageFailedError("ConditionNotMet", "The file changed while it was read.") from None
    if size != download.size:
        raise StorageFailedError("IncompleteRead", f"The file has {download.size} bytes, and {size} came.")
    return File(
        name=listed.name,
        size=size,
        md5=md5.hexdigest(),
        sha256=sha256.hexdigest(),
        modified_at=download.properties.last_modified,
        crc32=crc32,
    )
