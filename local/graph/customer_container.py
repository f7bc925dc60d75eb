"""A customer's container, reached with the given SAS alone: probed on submission, written to at the end."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import ContainerClient

from local.graph.graph_errors import storage_invalid, storage_refused
from local.graph.sample_export_files import File

REQUEST_INFO = "RequestInfo.json"

_FORBIDDEN = 403
_CONFLICT = 409
_CONNECT_SECONDS = 5
_READ_SECONDS = 10


class AccessLostError(Exception):
    """The container is gone, or the SAS no longer opens it."""


class StorageDownError(Exception):
    """The storage didn't answer, or failed in a way that may pass."""


@dataclass(frozen=True)
class CustomerContainers:
    """Probes and writes containers; `ca` is the PEM file to trust for HTTPS, None for the usual roots."""

    ca: str | None = None

    async def claim(self, location: str, request_info: bytes) -> None:
        """Check what the SAS allows by doing it, and leave `RequestInfo.json` behind to mark the container as used.

        Raises:
            GraphError: The SAS allows too little or too much, or the container is in use or can't be reached.
        """
        try:
            async with self._client(location) as client:
                await _expect_no_listing(client)
                await _write_request_info(client, request_info)
                await _expect_no_reading(client)
        except (AzureError, ValueError) as error:
            raise storage_invalid() from error

    async def write(self, location: str, files: Iterable[File]) -> None:
        """Write `files`; they replace those of an interrupted attempt.

        Raises:
            AccessLostError: The SAS was revoked or has expired, or the container is gone.
            StorageDownError: Anything else.
        """
        try:
            async with self._client(location) as client:
                for file in files:
                    await _write(client, file)
        except HttpResponseError as error:
            if error.status_code in {401, _FORBIDDEN, 404}:
                raise AccessLostError from error
            raise StorageDownError from error
        except AzureError as error:
            raise StorageDownError from error

    def _client(self, location: str) -> ContainerClient:
        # No retries: a caller waits for the probe's result, and the worker tries again on its own schedule.
        return ContainerClient.from_container_url(
            location,
            connection_verify=self.ca or True,
            connection_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retry_total=0,
        )


async def _expect_no_listing(client: ContainerClient) -> None:
    try:
        async for _ in client.list_blob_names(results_per_page=1):
            break
    except HttpResponseError as error:
        if error.status_code == _FORBIDDEN:
            return
        raise
    raise storage_refused(
        "StorageLocationShouldNotAllowListAccess", "Storage destination should not allow list access."
    )


async def _write_request_info(client: ContainerClient, request_info: bytes) -> None:
    blob = client.get_blob_client(REQUEST_INFO)
    try:
        await blob.create_append_blob(
            ContentSettings("application/json"),
            match_condition=MatchConditions.IfMissing,
        )
        await blob.append_block(request_info)
    except HttpResponseError as error:
        if getattr(error, "error_code", None) == "BlobTypeNotSupported":
            raise storage_refused(
                "StorageLocationShouldSupportAppendBlobs",
                "Storage destination should support append blobs. You might be using premium storage.",
            ) from error
        if error.status_code == _CONFLICT:
            raise storage_refused(
                "StorageLocationAlreadyUsed",
                "Storage destination has already been used for an export. If this is not true,"
                f" delete '{REQUEST_INFO}' from the container and try again.",
            ) from error
        if error.status_code == _FORBIDDEN:
            raise storage_refused(
                "StorageLocationNeedsWriteAddPermissions", "Storage destination does not have write/add permissions."
            ) from error
        raise


async def _expect_no_reading(client: ContainerClient) -> None:
    try:
        await client.download_blob(REQUEST_INFO)
    except HttpResponseError as error:
        if error.status_code == _FORBIDDEN:
            return
        raise
    # Deleting takes a permission that few SAS have. Without it the file stays, and the next attempt finds it.
    with suppress(HttpResponseError):
        await client.delete_blob(REQUEST_INFO)
    raise storage_refused(
        "StorageLocationShouldNotAllowReadAccess", "Storage destination should not allow read access."
    )


async def _write(client: ContainerClient, file: File) -> None:
    settings = ContentSettings(file.content_type)
    if not file.appended:
        await client.upload_blob(file.name, file.content, overwrite=True, content_settings=settings)
        return
    blob = client.get_blob_client(file.name)
    await blob.create_append_blob(settings)
    for line in file.content.splitlines(keepends=True):
        await blob.append_block(line)
