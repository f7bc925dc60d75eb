"""The private containers that exports land in, one an attempt, seen with the app's own identity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from shared.exports.advice import explain_storage
from shared.exports.ids import is_guid
from shared.exports.model import Files
from shared.exports.redaction import redact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from azure.storage.blob.aio import BlobServiceClient

    from shared.exports.model import Problem

REQUEST_INFO = "RequestInfo.json"
"""The file that Microsoft writes at the submission; not part of the person's data."""
_REQUEST_INFO_LIMIT = 64 * 1024


class StorageRefusedError(Exception):
    """The storage account refused a call for good; `problem` has its code and what to do, and no secret."""

    def __init__(self, problem: Problem) -> None:
        """A refusal for that reason."""
        super().__init__(f"{problem.code}: {problem.message}")
        self.problem = problem


def refusal(error: HttpResponseError) -> StorageRefusedError | HttpResponseError:
    """The error as a refusal where it is one (4xx), else as it is: an outage, for the workflow to wait out."""
    status = error.status_code or 0
    if not 400 <= status < 500 or status in {408, 429}:  # noqa: PLR2004 - the client errors of HTTP, less the passing ones
        return error
    code = getattr(error, "error_code", None)
    return StorageRefusedError(
        explain_storage(str(getattr(code, "value", code) or f"Http{status}"), redact(error.reason or ""))
    )


class Containers:
    """The containers of one storage account."""

    def __init__(self, service: BlobServiceClient) -> None:
        """The containers that `service` reaches with the app's own identity."""
        self._service = service

    @staticmethod
    def name(export_id: str, attempt: int) -> str:
        """The name of an attempt's container; a fresh one each, because Microsoft refuses a used one."""
        return f"export-{export_id}-{attempt}"

    async def create(self, name: str) -> str:
        """Makes a private container, or finds it there, and gives its URL.

        Raises:
            StorageRefusedError: the account says no.
        """
        container = self._service.get_container_client(name)
        try:
            await container.create_container()
        except ResourceExistsError as error:
            if getattr(error, "error_code", None) != "ContainerAlreadyExists":
                raise refusal(error) from None  # for one, it is being deleted
        except HttpResponseError as error:
            raise refusal(error) from None
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
            raise refusal(error) from None
        return _command_id(text)

    async def count(self, container_url: str) -> Files:
        """How many files of data there are, and their bytes.

        Raises:
            StorageRefusedError: the account says no.
        """
        try:
            sizes = [size async for size in self._sizes(container_url)]
        except HttpResponseError as error:
            raise refusal(error) from None
        return Files(len(sizes), sum(sizes))

    async def _sizes(self, container_url: str) -> AsyncIterator[int]:
        container = self._service.get_container_client(container_name(container_url))
        async for blob in container.list_blobs():
            if blob.name != REQUEST_INFO:
                yield blob.size


def container_name(container_url: str) -> str:
    """The name of the container at the end of its URL."""
    return container_url.rstrip("/").rpartition("/")[2]


def _command_id(text: bytes) -> str | None:
    """The `CommandId` of a RequestInfo.json, which is the operation's id; None where the file is not (yet) whole."""
    try:
        info = json.loads(text)
    except ValueError:
        return None
    found = info.get("CommandId") if isinstance(info, dict) else None
    return found.lower() if isinstance(found, str) and is_guid(found) else None
