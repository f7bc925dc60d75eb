"""A fake of `ExportContainers`: the containers of an account in memory."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import File
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.graph_results import NotedOperation
from shared.exports.ids import is_guid
from shared.exports.states_and_codes import GrantKind
from shared.protocols import ContainerPage, FilePage, FoundContainer, ListedFile
from tests.fakes.in_memory_account import ENDPOINT, Validity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from shared.exports.export import Grant
    from tests.fakes.in_memory_account import Blob, Container, InMemoryAccount

REQUEST_INFO = "RequestInfo.json"
"""The file that Microsoft writes at the submission."""
_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


class InMemoryContainers:
    """An `ExportContainers` that never waits. A subclass can wait, or raise, in `before` and `after`.

    Attributes:
        page_size: how many blobs a page of a listing has.
        containers_per_page: how many containers a page of their listing has.
        hashing_time: how long it takes to read and hash a file.
    """

    def __init__(self, account: InMemoryAccount) -> None:
        """The containers of `account`."""
        self._account = account
        self.page_size = 4
        self.containers_per_page = 500
        self.hashing_time: Callable[[ListedFile], timedelta] = lambda _: timedelta()

    async def before(self, call: str) -> None:
        """Called right before each call to the account, with the name of the method."""

    async def after(self, call: str) -> None:
        """Called when the account has done the call, before the caller knows."""

    async def pass_time(self, time: timedelta) -> None:
        """Called to let that time pass, while a file is read and hashed."""

    async def create(self, export_id: str, attempt: int) -> str:
        await self.before("create")
        name = f"export-{export_id}-{attempt}"
        if not _NAME.fullmatch(name):
            raise refused("InvalidResourceName")
        if self._account.is_being_deleted(name):
            raise refused("ContainerBeingDeleted")
        self._account.create(name)
        await self.after("create")
        return f"{ENDPOINT}/{name}"

    async def noted_operation(self, container_url: str) -> NotedOperation | None:
        await self.before("noted_operation")
        container = self._account.containers.get(name_of(container_url))
        blobs = {} if container is None else dict(container.blobs)
        await self.after("noted_operation")
        notes = [blob for name, blob in sorted(blobs.items(), key=_note_first) if _is_note(name)]
        found = (_command_id(note.content) for note in notes)
        return NotedOperation(next(filter(None, found), None)) if blobs else None

    async def list_files(self, container_url: str, marker: str | None) -> FilePage:
        await self.before("list_files")
        blobs = self._find(container_url).blobs
        rest = [name for name in sorted(blobs) if marker is None or name >= marker]
        shown = rest[: self.page_size]
        await self.after("list_files")
        files = [
            ListedFile(name, len(blobs[name].content), blobs[name].modified_at)
            for name in shown
            if name != REQUEST_INFO
        ]
        return FilePage(tuple(files), rest[len(shown)] if len(rest) > len(shown) else None)

    async def hash_file(self, container_url: str, listed: ListedFile, time_limit: timedelta) -> File | None:
        await self.before("hash_file")
        blob = self._find(container_url).blobs.get(listed.name)
        if blob is None:
            raise refused("BlobNotFound")
        takes = self.hashing_time(listed)
        await self.pass_time(min(takes, time_limit))
        await self.after("hash_file")
        if takes >= time_limit:
            return None
        return File(
            name=listed.name,
            size=len(blob.content),
            md5=hashlib.md5(blob.content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(blob.content).hexdigest(),
            modified_at=blob.modified_at,
            crc32=zlib.crc32(blob.content),
        )

    async def erase(self, container_url: str) -> None:
        await self.before("erase")
        if name_of(container_url) in self._account.containers:
            self._account.delete(name_of(container_url))
        await self.after("erase")

    async def list_containers(self, marker: str | None) -> ContainerPage:
        await self.before("list_containers")
        names = [name for name in sorted(self._account.containers) if marker is None or name >= marker]
        shown = names[: self.containers_per_page]
        found = [(name.removeprefix("export-")[:36], name, self._account.containers[name]) for name in shown]
        await self.after("list_containers")
        containers = [
            FoundContainer(export_id, f"{ENDPOINT}/{name}", _changed_at(container))
            for export_id, name, container in found
            if is_guid(export_id)
        ]
        return ContainerPage(tuple(containers), names[len(shown)] if len(names) > len(shown) else None)

    async def set_policy(self, container_url: str, expires_at: datetime, now: datetime) -> None:
        await self.before("set_policy")
        self._find(container_url)
        self._account.set_policy(name_of(container_url), Validity(now - CLOCK_SKEW, expires_at))
        await self.after("set_policy")

    async def remove_policy(self, container_url: str) -> None:
        await self.before("remove_policy")
        if name_of(container_url) in self._account.containers:
            self._account.set_policy(name_of(container_url), None)
        await self.after("remove_policy")

    async def has_policy(self, container_url: str) -> bool:
        await self.before("has_policy")
        container = self._account.containers.get(name_of(container_url))
        await self.after("has_policy")
        return container is not None and container.policy is not None

    async def sign_write_url(self, container_url: str, grant: Grant, now: datetime) -> str:
        await self.before("sign_write_url")
        rests_on_policy = grant.kind is GrantKind.STORED_POLICY
        validity = None if rests_on_policy else Validity(now - CLOCK_SKEW, grant.expires_at)
        signed = self._account.sign(name_of(container_url), validity)
        await self.after("sign_write_url")
        return signed

    async def sign_read_urls(
        self, container_url: str, names: Sequence[str], now: datetime, expires_at: datetime
    ) -> list[str]:
        await self.before("sign_read_urls")
        validity = Validity(now - CLOCK_SKEW, expires_at)
        signed = [self._account.sign(name_of(container_url), validity, name) for name in names]
        await self.after("sign_read_urls")
        return signed

    def _find(self, container_url: str) -> Container:
        container = self._account.containers.get(name_of(container_url))
        if container is None:
            raise refused("ContainerNotFound")
        return container


def name_of(container_url: str) -> str:
    """The name of the container at the end of its URL."""
    return container_url.rpartition("/")[2]


def refused(code: str) -> StorageRefusedError:
    """A refusal of the account with that code."""
    return StorageRefusedError(explain_storage_refusal(code, code))


def _changed_at(container: Container) -> datetime:
    return max([container.created_at, *(blob.modified_at for blob in container.blobs.values())])


def _is_note(name: str) -> bool:
    return name.rpartition("/")[2].lower() == REQUEST_INFO.lower()


def _note_first(item: tuple[str, Blob]) -> tuple[bool, str]:
    """Sorts Microsoft's note before files that only look like it."""
    return item[0] != REQUEST_INFO, item[0]


def _command_id(content: bytes) -> str | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    command = found.get("CommandId") if isinstance(found, dict) else None
    return command.lower() if isinstance(command, str) and is_guid(command) else None
