"""A fake of `HandoverZipBlobs`: blobs of an account in memory that are put together from blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import SourceChangedError
from shared.exports.export_account import package_container_name
from tests.fakes.in_memory_account import ENDPOINT, Blob
from tests.fakes.in_memory_containers import name_of, refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.protocols import SourceBlob, TargetBlob
    from tests.fakes.in_memory_account import Container, InMemoryAccount


class InMemoryZipBlobs:
    """A `HandoverZipBlobs` that never waits. A subclass can wait, or raise, in `before` and `after`."""

    def __init__(self, account: InMemoryAccount) -> None:
        """The blobs of `account`."""
        self._account = account

    async def before(self, call: str) -> None:
        """Called right before each call to the account, with the name of the method."""

    async def after(self, call: str) -> None:
        """Called when the account has done the call, before the caller knows."""

    def container_url(self, export_id: str) -> str:
        return f"{ENDPOINT}/{package_container_name(export_id)}"

    async def create(self, export_id: str) -> str:
        await self.before("create")
        name = package_container_name(export_id)
        if self._account.is_being_deleted(name):
            raise refused("ContainerBeingDeleted")
        self._account.create(name)
        await self.after("create")
        return self.container_url(export_id)

    async def erase(self, export_id: str) -> None:
        await self.before("erase")
        name = package_container_name(export_id)
        if name in self._account.containers:
            self._account.delete(name)
        await self.after("erase")

    async def read(self, source: SourceBlob, offset: int, length: int) -> bytes:
        await self.before("read")
        content = self._source(source, offset, length)
        await self.after("read")
        return content

    async def write(self, target: TargetBlob, content: bytes) -> None:
        await self.before("write")
        self._container(target.container_url)
        self._account.write(name_of(target.container_url), target.name, content)
        await self.after("write")

    async def put_block(self, target: TargetBlob, block_id: str, content: bytes) -> None:
        await self.before("put_block")
        self._stage(target, block_id, content)
        await self.after("put_block")

    async def copy_block(self, target: TargetBlob, block_id: str, source: SourceBlob, offset: int, length: int) -> None:
        await self.before("copy_block")
        self._stage(target, block_id, self._source(source, offset, length))
        await self.after("copy_block")

    async def commit(self, target: TargetBlob, block_ids: Sequence[str]) -> int:
        await self.before("commit")
        container = self._container(target.container_url)
        blob = container.blobs.get(target.name)
        known = ({} if blob is None else dict(blob.blocks)) | container.uncommitted.get(target.name, {})
        if any(block_id not in known for block_id in block_ids):
            raise refused("InvalidBlockList")
        blocks = {block_id: known[block_id] for block_id in block_ids}
        content = b"".join(known[block_id] for block_id in block_ids)
        container.blobs[target.name] = Blob(content, self._account.clock(), blocks)
        container.uncommitted.pop(target.name, None)
        await self.after("commit")
        return len(content)

    def _stage(self, target: TargetBlob, block_id: str, content: bytes) -> None:
        blocks = self._container(target.container_url).uncommitted.setdefault(target.name, {})
        if any(len(other) != len(block_id) for other in blocks):
            raise refused("InvalidBlobOrBlock")
        blocks[block_id] = content

    def _source(self, source: SourceBlob, offset: int, length: int) -> bytes:
        container = self._account.containers.get(name_of(source.container_url))
        blob = None if container is None else container.blobs.get(source.name)
        if blob is None or offset + length > len(blob.content):
            raise SourceChangedError
        if source.unmodified_since is not None and blob.modified_at.replace(microsecond=0) > source.unmodified_since:
            raise SourceChangedError
        return blob.content[offset : offset + length]

    def _container(self, container_url: str) -> Container:
        container = self._account.containers.get(name_of(container_url))
        if container is None:
            raise refused("ContainerNotFound")
        return container
