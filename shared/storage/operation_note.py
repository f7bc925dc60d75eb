"""Reads the file in which Microsoft notes, at the submission, which operation writes into a container."""

from __future__ import annotations

import json
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from shared.exports.graph_results import NotedOperation
from shared.exports.ids import is_guid
from shared.storage.storage_errors import error_code

if TYPE_CHECKING:
    from azure.storage.blob.aio import ContainerClient

REQUEST_INFO = "RequestInfo.json"
"""The file that Microsoft writes at the submission; not part of the person's data."""
_MOST_BYTES = 64 * 1024
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


async def find_noted_operation(container: ContainerClient) -> NotedOperation | None:
    """The operation that writes into a container.

    Returns:
        None only where Microsoft surely never began: the container is gone, or has no file, not even one that is still
        being written. An operation without an id where it may have begun: there are files, but no note that names one.

    Raises:
        AzureError: the account refuses or can't be reached; that says nothing about the operation.
    """
    try:
        operation_id = await _read_id(container, REQUEST_INFO)
        if operation_id is not None:
            return NotedOperation(operation_id)
        names = await _first_names(container)
        if not names:
            return None
        for name in filter(_may_be_the_note, names):
            operation_id = operation_id or await _read_id(container, name)
    except ResourceNotFoundError as error:
        if error_code(error) != "ContainerNotFound":
            raise
        return None
    return NotedOperation(operation_id)


def _may_be_the_note(name: str) -> bool:
    """Whether a file other than the note itself has its name, in another case or in a folder."""
    return name != REQUEST_INFO and name.rpartition("/")[2].lower() == REQUEST_INFO.lower()


async def _first_names(container: ContainerClient) -> list[str]:
    """The names on the first page of the listing that has any: a page can be empty and yet not be the last."""
    names: list[str] = []
    async for page in container.list_blobs(include=["uncommittedblobs"]).by_page():
        names = [blob.name async for blob in page]
        if names:
            break
    return names


async def _read_id(container: ContainerClient, name: str) -> str | None:
    """The id in a file; None where there is no such file, or the file is not whole."""
    blob = container.get_blob_client(name)
    try:
        # As stored, because unpacking what is not packed as it says is an error of its own.
        download = await blob.download_blob(offset=0, length=_MOST_BYTES, max_concurrency=1, decompress=False)
        return _command_id(_unpacked(await download.readall()))
    except ResourceNotFoundError as error:
        if error_code(error) == "BlobNotFound":
            return None
        raise
    except HttpResponseError as error:
        if error.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:  # empty: created, and not yet written
            return None
        raise


def _unpacked(content: bytes) -> bytes:
    """The content, unpacked if it is gzip or zlib."""
    try:
        return zlib.decompressobj(_ZLIB_OR_GZIP).decompress(content, _MOST_BYTES)
    except zlib.error:
        return content


def _command_id(text: bytes) -> str | None:
    """The `CommandId` of a note, which is the operation's id; None where the note is not (yet) whole."""
    try:
        info = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = info.get("CommandId") if isinstance(info, dict) else None
    return found.lower() if isinstance(found, str) and is_guid(found) else None
