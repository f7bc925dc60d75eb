"""The blobs that a package is made of, on Azure Blob Storage (`protocols.HandoverZipBlobs`).

Contents are copied inside storage by Put Block From URL. That call takes a signed URL of the source even within one
account (azure-sdk-for-python issue 36176), so it gets one that reads the one blob for an hour at most, signed with the
app's own identity. The URL is in a header of that call and nowhere else.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobBlock, BlobSasPermissions, ContentSettings, generate_blob_sas

from shared.exports.exceptions import SourceChangedError, StorageFailedError
from shared.exports.export_account import package_container_name
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.storage.sas_urls import container_name
from shared.storage.storage_errors import error_code, export_account_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from azure.storage.blob import UserDelegationKey
    from azure.storage.blob.aio import BlobClient, BlobServiceClient

    from shared.protocols import SourceBlob, TargetBlob
    from shared.storage.export_containers import BlobExportContainers

SOURCE_KEY_LIFETIME = timedelta(hours=1)
_SOURCE_KEY_LEFT = timedelta(minutes=15)
"""A key is replaced when it is valid for no longer than this: a copy takes minutes at most."""
_COPY_SECONDS = 150
"""How long a copy may take before storage answers. A step that makes some at once still ends in time."""
_SOURCE_IS_OTHER = {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
_BLOB_IS_GONE = frozenset({"BlobNotFound", "ContainerNotFound"})
_COPY_SOURCE_IS_GONE = frozenset({"CannotVerifyCopySource"})
"""The code of a copy whose source is gone. Any other code with 404 is about the blob that is copied to."""
_ZIP = ContentSettings(content_type="application/zip")


class StorageHandoverZipBlobs:
    """The containers of packages of one storage account."""

    def __init__(
        self, service: BlobServiceClient, containers: BlobExportContainers, clock: Callable[[], datetime]
    ) -> None:
        """The containers of one account.

        Args:
            service: the account with the app's own identity.
            containers: makes containers that are known as those of this app.
            clock: the present, aware, in UTC.
        """
        self._service = service
        self._containers = containers
        self._clock = clock
        self._source_key: tuple[datetime, UserDelegationKey] | None = None
        """A key that signs URLs of sources, and when it ends."""

    def container_url(self, export_id: str) -> str:
        """As `HandoverZipBlobs.container_url`."""
        return str(self._service.get_container_client(package_container_name(export_id)).url)

    async def create(self, export_id: str) -> str:
        """As `HandoverZipBlobs.create`."""
        return await self._containers.create_named(package_container_name(export_id))

    async def erase(self, export_id: str) -> None:
        """As `HandoverZipBlobs.erase`."""
        await self._containers.erase(self.container_url(export_id))

    async def read(self, source: SourceBlob, offset: int, length: int) -> bytes:
        """As `HandoverZipBlobs.read`."""
        if length == 0:  # there is no range of no bytes
            return b""
        with export_account_errors(), _source_errors(gone=_BLOB_IS_GONE):
            # As stored, because the SDK unpacks what says that it is packed.
            download = await self._blob(source).download_blob(
                offset=offset,
                length=length,
                if_unmodified_since=source.unmodified_since,
                max_concurrency=1,
                decompress=False,
            )
            content = bytes(await download.readall())
        if len(content) != download.size:
            raise StorageFailedError("IncompleteRead", f"{download.size} bytes were to come, and {len(content)} came.")
        if len(content) != length:
            raise SourceChangedError
        return content

    async def write(self, target: TargetBlob, content: bytes) -> None:
        """As `HandoverZipBlobs.write`."""
        with export_account_errors():
            await self._blob(target).upload_blob(content, overwrite=True)

    async def put_block(self, target: TargetBlob, block_id: str, content: bytes) -> None:
        """As `HandoverZipBlobs.put_block`."""
        # A stream, because aiohttp sends more than 1 MiB of bytes without letting others go on.
        with export_account_errors():
            await self._blob(target).stage_block(block_id, BytesIO(content), len(content))

    async def copy_block(self, target: TargetBlob, block_id: str, source: SourceBlob, offset: int, length: int) -> None:
        """As `HandoverZipBlobs.copy_block`."""
        with export_account_errors(), _source_errors(gone=_COPY_SOURCE_IS_GONE):
            await self._blob(target).stage_block_from_url(
                block_id,
                await self._signed(source),
                source_offset=offset,
                source_length=length,
                headers=_source_condition(source),
                read_timeout=_COPY_SECONDS,
            )

    async def commit(self, target: TargetBlob, block_ids: Sequence[str]) -> int:
        """As `HandoverZipBlobs.commit`."""
        blob = self._blob(target)
        with export_account_errors():
            await blob.commit_block_list([BlobBlock(block_id) for block_id in block_ids], content_settings=_ZIP)
            return int((await blob.get_blob_properties()).size)

    async def _signed(self, source: SourceBlob) -> str:
        now = self._clock()
        start, container = now - CLOCK_SKEW, container_name(source.container_url)
        if self._source_key is None or self._source_key[0] <= now + _SOURCE_KEY_LEFT:
            expires_at = now + SOURCE_KEY_LIFETIME
            self._source_key = expires_at, await self._service.get_user_delegation_key(start, expires_at)
        expires_at, key = self._source_key
        token = generate_blob_sas(
            str(self._service.account_name),
            container,
            source.name,
            user_delegation_key=key,
            permission=BlobSasPermissions(read=True),
            start=start,
            expiry=expires_at,
            protocol="https",
        )
        return f"{self._blob(source).url}?{token}"

    def _blob(self, of: SourceBlob | TargetBlob) -> BlobClient:
        return self._service.get_blob_client(container_name(of.container_url), of.name)


def _source_condition(source: SourceBlob) -> dict[str, str]:
    """The header that makes a copy depend on the source; the SDK has no argument for it."""
    if source.unmodified_since is None:
        return {}
    return {"x-ms-source-if-unmodified-since": format_datetime(source.unmodified_since, usegmt=True)}


@contextmanager
def _source_errors(gone: frozenset[str]) -> Iterator[None]:
    """Raises SourceChangedError where a call inside says that the source has changed, is shorter, or is gone.

    Args:
        gone: the codes with 404 that are about the source.
    """
    try:
        yield
    except HttpResponseError as error:
        is_gone = error.status_code == HTTPStatus.NOT_FOUND and error_code(error) in gone
        if not is_gone and error.status_code not in _SOURCE_IS_OTHER:
            raise
        raise SourceChangedError from None
