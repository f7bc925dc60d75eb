"""The private containers that exports land in, on Azure Blob Storage (`protocols.ExportContainers`).

The app's own identity does everything but one thing: stored access policies take the account's key.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import AccessPolicy

from shared.exports.export_account import CONTAINER_NAME_PREFIX
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.ids import is_guid
from shared.protocols import ContainerPage, FilePage, FoundContainer, HeldContainers, ListedFile
from shared.storage.operation_note import REQUEST_INFO, find_noted_operation
from shared.storage.sas_urls import POLICY_ID, WRITE_PERMISSIONS, SasSigner, container_name
from shared.storage.storage_errors import error_code, export_account_errors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from azure.storage.blob import ContainerProperties
    from azure.storage.blob.aio import BlobServiceClient, ContainerClient

    from shared.exports.export import File, Grant
    from shared.exports.graph_results import NotedOperation

FILES_PER_PAGE = 90
"""A page of a listing is stored in one transaction, which has 100 operations."""
CONTAINERS_PER_PAGE = 500
CONTAINERS_IN_ONE_CALL = 5000
"""The most that Azure lists in a call."""
_GUID_LENGTH = 36
_OWNER = "records"


class BlobExportContainers:
    """The containers of one storage account."""

    def __init__(
        self, service: BlobServiceClient, keyed: BlobServiceClient | None, account_key: str | None, owner: str
    ) -> None:
        """The containers of one account.

        Args:
            service: the account with the app's own identity.
            keyed: the account with its key, for stored policies; None where the deployment has no key.
            account_key: that key.
            owner: tells this app's containers from those of another that uses the account: where its records are.
        """
        self._service = service
        self._keyed = keyed
        self._owner = owner
        self._signer = SasSigner(service, account_key)
        self._hashing = asyncio.Semaphore(os.cpu_count() or 1)

    async def create(self, export_id: str, attempt: int) -> str:
        """As `ExportContainers.create`. Each attempt has its own, because Microsoft refuses a used one."""
        return await self.create_named(f"{CONTAINER_NAME_PREFIX}{export_id}-{attempt}")

    async def create_named(self, name: str) -> str:
        """Makes a private container with that name, or finds it, and returns its URL."""
        container = self._service.get_container_client(name)
        with export_account_errors():
            try:
                await container.create_container(metadata={_OWNER: self._owner})
            except ResourceExistsError as error:
                if error_code(error) != "ContainerAlreadyExists":  # for one, it is being deleted
                    raise
        return str(container.url)

    async def noted_operation(self, container_url: str) -> NotedOperation | None:
        """As `ExportContainers.noted_operation`."""
        with export_account_errors():
            return await find_noted_operation(self._client(container_url))

    async def list_files(self, container_url: str, marker: str | None) -> FilePage:
        """As `ExportContainers.list_files`: `FILES_PER_PAGE` files."""
        listing: Any = self._client(container_url).list_blobs(results_per_page=FILES_PER_PAGE).by_page(marker)
        with export_account_errors():
            blobs = [blob async for blob in await anext(listing)]
        files = (ListedFile(blob.name, blob.size, blob.last_modified) for blob in blobs if blob.name != REQUEST_INFO)
        return FilePage(tuple(files), listing.continuation_token or None)

    async def hash_file(self, container_url: str, listed: ListedFile, time_limit: timedelta) -> File | None:
        """As `ExportContainers.hash_file`."""
        from shared.storage.blob_hashing import hash_blob  # noqa: PLC0415 - a cold start has no file to hash

        blob = self._client(container_url).get_blob_client(listed.name)
        async with self._hashing:
            try:
                async with asyncio.timeout(time_limit.total_seconds()):
                    with export_account_errors():
                        return await hash_blob(blob, listed)
            except TimeoutError:
                return None

    async def erase(self, container_url: str) -> None:
        """As `ExportContainers.erase`. A legal hold on the container is a refusal."""
        with export_account_errors():
            try:
                await self._client(container_url).delete_container()
            except ResourceNotFoundError:
                return
            except HttpResponseError as error:
                if error_code(error) != "ContainerBeingDeleted":
                    raise

    async def list_containers(self, marker: str | None) -> ContainerPage:
        """As `ExportContainers.list_containers`: of `CONTAINERS_PER_PAGE`, those of this app."""
        found, marker = await self.list_own(CONTAINER_NAME_PREFIX, marker)
        containers = (
            FoundContainer(export_id, url, modified_at)
            for name, url, modified_at in found
            if is_guid(export_id := name.removeprefix(CONTAINER_NAME_PREFIX)[:_GUID_LENGTH])
        )
        return ContainerPage(tuple(containers), marker)

    async def list_own(self, prefix: str, marker: str | None) -> tuple[list[tuple[str, str, datetime]], str | None]:
        """The names, URLs and last changes of a page of this app's containers, and where the next page begins."""
        listing: Any = self._service.list_containers(
            name_starts_with=prefix, include_metadata=True, results_per_page=CONTAINERS_PER_PAGE
        ).by_page(marker)
        with export_account_errors():
            found = [each async for each in await anext(listing)]
        own = [
            (str(each.name), str(self._service.get_container_client(each.name).url), each.last_modified)
            for each in found
            if self._is_own(each)
        ]
        return own, listing.continuation_token or None

    async def list_held(self) -> HeldContainers:
        """As `ExportAccountProbe.find_held`: of this app's containers in one page of Azure's largest size."""
        listing: Any = self._service.list_containers(
            name_starts_with=CONTAINER_NAME_PREFIX, include_metadata=True, results_per_page=CONTAINERS_IN_ONE_CALL
        ).by_page()
        with export_account_errors():
            found = [each async for each in await anext(listing)]
        held = (str(each.name) for each in found if self._is_own(each) and _is_held(each))
        return HeldContainers(tuple(held), is_complete=not listing.continuation_token)

    async def set_policy(self, container_url: str, expires_at: datetime, now: datetime) -> None:
        """As `ExportContainers.set_policy`."""
        policy = AccessPolicy(WRITE_PERMISSIONS, start=now - CLOCK_SKEW, expiry=expires_at)
        with export_account_errors():
            await self._keyed_client(container_url).set_container_access_policy({POLICY_ID: policy})

    async def remove_policy(self, container_url: str) -> None:
        """As `ExportContainers.remove_policy`."""
        with export_account_errors():
            try:
                await self._keyed_client(container_url).set_container_access_policy({})
            except ResourceNotFoundError:
                return

    async def has_policy(self, container_url: str) -> bool:
        """As `ExportContainers.has_policy`."""
        with export_account_errors():
            try:
                found = await self._keyed_client(container_url).get_container_access_policy()
            except ResourceNotFoundError:
                return False
        return bool(found["signed_identifiers"])

    async def sign_write_url(self, container_url: str, grant: Grant, now: datetime) -> str:
        """As `ExportContainers.sign_write_url`."""
        with export_account_errors():
            return await self._signer.write_url(container_url, grant, now)

    async def sign_read_urls(
        self, container_url: str, names: Sequence[str], now: datetime, expires_at: datetime
    ) -> list[str]:
        """As `ExportContainers.sign_read_urls`."""
        with export_account_errors():
            return await self._signer.read_urls(container_url, names, now, expires_at)

    def _is_own(self, found: ContainerProperties) -> bool:
        return bool((found.metadata or {}).get(_OWNER) == self._owner)

    def _client(self, container_url: str) -> ContainerClient:
        return self._service.get_container_client(container_name(container_url))

    def _keyed_client(self, container_url: str) -> ContainerClient:
        if self._keyed is None:
            raise ValueError("Stored policies need EXPORT_ACCOUNT_KEY.")
        return self._keyed.get_container_client(container_name(container_url))


def _is_held(found: ContainerProperties) -> bool:
    """Whether a legal hold or a policy keeps the container from being deleted, or may keep it."""
    return bool(
        found.has_legal_hold or found.has_immutability_policy or found.immutable_storage_with_versioning_enabled
    )
