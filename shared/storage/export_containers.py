"""The private containers that exports land in, one an attempt, seen with the app's own identity."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from shared.exports.export import File
from shared.exports.ids import is_guid
from shared.protocols import FilePage, FoundContainer, ListedFile
from shared.storage.sas_urls import container_name
from shared.storage.storage_errors import to_storage_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from azure.storage.blob.aio import BlobServiceClient, ContainerClient

REQUEST_INFO = "RequestInfo.json"
"""The file that Microsoft writes at the submission; not part of the person's data."""
HASH_LIMIT = 16 * 2**30
"""A file of so many bytes is read in a few minutes; what is larger is not hashed."""
_REQUEST_INFO_LIMIT = 64 * 1024
_PAGE = 90
_PREFIX = "export-"
_GUID_LENGTH = 36
_OWNER = "records"


class BlobExportContainers:
    """The containers of one storage account."""

    def __init__(self, service: BlobServiceClient, owner: str) -> None:
        """The containers that `service` reaches with the app's own identity.

        Args:
            service: the account.
            owner: what tells the containers of this app from those of another that uses the account: its records.
        """
        self._service = service
        self._owner = owner

    @staticmethod
    def name(export_id: str, attempt: int) -> str:
        """The name of an attempt's container; a fresh one each, because Microsoft refuses a used one."""
        return f"{_PREFIX}{export_id}-{attempt}"

    async def create(self, name: str) -> str:
        """Makes a private container, or finds it there, and gives its URL.

        Raises:
            StorageRefusedError: the account says no.
        """
        container = self._service.get_container_client(name)
        try:
            await container.create_container(metadata={_OWNER: self._owner})
        except ResourceExistsError as error:
            if getattr(error, "error_code", None) != "ContainerAlreadyExists":
                raise to_storage_error(error) from None  # for one, it is being deleted
        except HttpResponseError as error:
            raise to_storage_error(error) from None
        return str(container.url)

    async def operation_id(self, container_url: str) -> str | None:
        """The operation that Microsoft noted in the container; None where it never began (or the container is gone).

        Raises:
            StorageRefusedError: the account says no.
        """
        blob = self._service.get_blob_client(container_name(container_url), REQUEST_INFO)
        try:
            download = await blob.download_blob(offset=0, length=_REQUEST_INFO_LIMIT, max_concurrency=1)
            text = await download.readall()
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if error.status_code == 416:  # noqa: PLR2004 - the blob is empty: created, and not yet written
                return None
            raise to_storage_error(error) from None
        return _command_id(text)

    async def page(self, container_url: str, marker: str | None) -> FilePage:
        """Some files of the container, in the order of its listing, from `marker` on (None: from the start).

        Raises:
            StorageRefusedError: the account says no.
        """
        listing: Any = self._client(container_url).list_blobs(results_per_page=_PAGE).by_page(marker)
        try:
            blobs = [blob async for blob in await anext(listing)]
        except HttpResponseError as error:
            raise to_storage_error(error) from None
        files = tuple(
            ListedFile(blob.name, blob.size, blob.last_modified) for blob in blobs if blob.name != REQUEST_INFO
        )
        return FilePage(files, listing.continuation_token or None)

    async def read(self, container_url: str, listed: ListedFile) -> File:
        """The file with its hashes. A file of more than `HASH_LIMIT` is not read, so that no call takes too long.

        Raises:
            StorageRefusedError: the account says no.
        """
        if listed.size > HASH_LIMIT:
            return File(name=listed.name, size=listed.size, md5=None, sha256=None, modified_at=listed.modified_at)
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        try:
            download = await self._client(container_url).get_blob_client(listed.name).download_blob()
            async for chunk in download.chunks():
                # In a thread, because other exports share this event loop.
                await asyncio.to_thread(md5.update, chunk)
                await asyncio.to_thread(sha256.update, chunk)
        except HttpResponseError as error:
            raise to_storage_error(error) from None
        return File(
            name=listed.name,
            size=listed.size,
            md5=md5.hexdigest(),
            sha256=sha256.hexdigest(),
            modified_at=listed.modified_at,
        )

    async def erase(self, container_url: str) -> None:
        """Deletes the container and all that is in it; one that is gone is fine.

        Raises:
            StorageRefusedError: the account says no, for one because of a legal hold.
        """
        try:
            await self._client(container_url).delete_container()
        except ResourceNotFoundError:
            return
        except HttpResponseError as error:
            if getattr(error, "error_code", None) == "ContainerBeingDeleted":
                return
            raise to_storage_error(error) from None

    async def all(self) -> AsyncIterator[FoundContainer]:
        """Every container that an app with these records made."""
        async for properties in self._service.list_containers(name_starts_with=_PREFIX, include_metadata=True):
            export_id = properties.name.removeprefix(_PREFIX)[:_GUID_LENGTH]
            ours = (properties.metadata or {}).get(_OWNER) == self._owner
            if ours and is_guid(export_id):
                url = self._service.get_container_client(properties.name).url
                yield FoundContainer(export_id, str(url), properties.last_modified)

    def _client(self, container_url: str) -> ContainerClient:
        return self._service.get_container_client(container_name(container_url))


def _command_id(text: bytes) -> str | None:
    """The `CommandId` of a RequestInfo.json, which is the operation's id; None where the file is not (yet) whole."""
    try:
        info = json.loads(text)
    except ValueError:
        return None
    found = info.get("CommandId") if isinstance(info, dict) else None
    return found.lower() if isinstance(found, str) and is_guid(found) else None
