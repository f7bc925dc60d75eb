"""Hashes what arrived: MD5 and SHA-256 of the bytes that storage has."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from shared.exports.export import File

if TYPE_CHECKING:
    from azure.storage.blob.aio import BlobClient

    from shared.protocols import ListedFile

HASH_LIMIT_BYTES = 16 * 2**30
"""A file of this size is read in a few minutes. A larger one is not hashed, so that no step takes too long."""


async def hash_blob(blob: BlobClient, listed: ListedFile) -> File:
    """The file with its hashes, both None for a file of more than `HASH_LIMIT_BYTES`."""
    if listed.size > HASH_LIMIT_BYTES:
        return File(name=listed.name, size=listed.size, md5=None, sha256=None, modified_at=listed.modified_at)
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    download = await blob.download_blob()
    async for chunk in download.chunks():
        # In a thread, because other exports share this event loop.
        await asyncio.to_thread(md5.update, chunk)
        await asyncio.to_thread(sha256.update, chunk)
    return File(
        name=listed.name,
        size=listed.size,
        md5=md5.hexdigest(),
        sha256=sha256.hexdigest(),
        modified_at=listed.modified_at,
    )
