"""The stand-in of `shared.storage.containers.Containers`."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import File
from shared.exports.ids import is_guid
from shared.protocols import FilePage, FoundContainer, ListedFile
from shared.storage.export_containers import REQUEST_INFO, BlobExportContainers
from shared.storage.sas_urls import container_name
from tests.simulation.world.account import ENDPOINT, Container
from tests.simulation.world.facts import Erased

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.simulation.world.world import World

_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
BEING_DELETED = timedelta(seconds=30)
"""For so long the name of a deleted container can't be taken."""


class InMemoryContainers:
    """The containers of a world's account."""

    name = staticmethod(BlobExportContainers.name)

    def __init__(self, world: World) -> None:
        self._world = world
        self._account = world.account

    async def create(self, name: str) -> str:
        await self._world.before("containers.create")
        if not _NAME.fullmatch(name):
            raise refused("InvalidResourceName")
        if self._world.account.is_being_deleted(name, self._world.now):
            raise refused("ContainerBeingDeleted")
        self._account.containers.setdefault(name, Container(self._world.now))
        await self._world.after("containers.create")
        return f"{ENDPOINT}/{name}"

    async def operation_id(self, container_url: str) -> str | None:
        await self._world.before("containers.operation_id")
        container = self._account.containers.get(container_name(container_url))
        note = None if container is None else container.blobs.get(REQUEST_INFO)
        await self._world.after("containers.operation_id")
        return None if note is None else _command_id(note.content)

    async def page(self, container_url: str, marker: str | None) -> FilePage:
        await self._world.before("containers.page")
        names = sorted(self._find(container_url).blobs)
        rest = [name for name in names if marker is None or name >= marker]
        shown = rest[: self._world.page_size]
        await self._world.after("containers.page")
        return FilePage(
            tuple(self._listed(container_url, name) for name in shown if name != REQUEST_INFO),
            rest[len(shown)] if len(rest) > len(shown) else None,
        )

    async def read(self, container_url: str, listed: ListedFile) -> File:
        await self._world.before("containers.read")
        blob = self._find(container_url).blobs.get(listed.name)
        if blob is None:
            raise refused("BlobNotFound")
        await self._world.after("containers.read")
        return File(
            name=listed.name,
            size=listed.size,
            md5=hashlib.md5(blob.content, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(blob.content).hexdigest(),
            modified_at=listed.modified_at,
        )

    async def erase(self, container_url: str) -> None:
        await self._world.before("containers.erase")
        name = container_name(container_url)
        if self._account.delete(name, self._world.now + BEING_DELETED):
            self._world.tell(Erased(name))
        await self._world.after("containers.erase")

    async def all(self) -> AsyncIterator[FoundContainer]:
        await self._world.before("containers.all")
        for name, container in sorted(self._account.containers.items()):
            changed = max([container.created_at, *(blob.modified_at for blob in container.blobs.values())])
            export_id = name.removeprefix("export-")[:36]
            if is_guid(export_id):
                yield FoundContainer(export_id, f"{ENDPOINT}/{name}", changed)

    def _find(self, container_url: str) -> Container:
        container = self._account.containers.get(container_name(container_url))
        if container is None:
            raise refused("ContainerNotFound")
        return container

    def _listed(self, container_url: str, name: str) -> ListedFile:
        blob = self._find(container_url).blobs[name]
        return ListedFile(name, len(blob.content), blob.modified_at)


def refused(code: str) -> StorageRefusedError:
    """The account's refusal with that code."""
    return StorageRefusedError(explain_storage_refusal(code, code))


def outage() -> HttpResponseError:
    """What the storage clients raise once their own retries are used up."""
    error = HttpResponseError("The server is busy.")
    error.status_code = 503
    return error


def _command_id(content: bytes) -> str | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    command = found.get("CommandId") if isinstance(found, dict) else None
    return command.lower() if isinstance(command, str) and is_guid(command) else None
