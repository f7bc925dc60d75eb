"""The private containers that exports land in, one an attempt, seen with the app's own identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccessPolicy,
    BlobSasPermissions,
    ContainerSasPermissions,
    generate_blob_sas,
    generate_container_sas,
)

from shared.exports.states_and_codes import GrantKind
from shared.exports.transitions.write_grant import CLOCK_SKEW
from shared.storage.storage_errors import to_storage_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from azure.storage.blob.aio import BlobServiceClient, ContainerClient

    from shared.exports.export import Grant


def container_name(container_url: str) -> str:
    """The name of the container at the end of its URL."""
    return container_url.rstrip("/").rpartition("/")[2]


_POLICY = "export"
# The service needs to create and append, and refuses a grant that can list or read.
_PERMISSION = ContainerSasPermissions(add=True, create=True, write=True)


class Grants:
    """The grants on the containers of one account."""

    def __init__(self, service: BlobServiceClient, keyed: BlobServiceClient | None, account_key: str | None) -> None:
        """The grants on one account.

        Args:
            service: the account with the app's own identity.
            keyed: the account with its key, for stored policies: setting them takes the key.
            account_key: that key.
        """
        self._service = service
        self._keyed = keyed
        self._account_key = account_key

    async def set_policy(self, container_url: str, expires_at: datetime, now: datetime) -> None:
        """Sets the container's stored policy, or moves its end. Takes up to 30 s to count.

        Raises:
            StorageRefusedError: the account says no.
        """
        policy = AccessPolicy(_PERMISSION, start=now - CLOCK_SKEW, expiry=expires_at)
        try:
            await self._policies(container_url).set_container_access_policy({_POLICY: policy})
        except HttpResponseError as error:
            raise to_storage_error(error) from None

    async def remove_policy(self, container_url: str) -> None:
        """Takes the right to write away. A container that is gone has none left."""
        try:
            await self._policies(container_url).set_container_access_policy({})
        except ResourceNotFoundError:
            return
        except HttpResponseError as error:
            raise to_storage_error(error) from None

    async def is_set(self, container_url: str) -> bool:
        """Whether the container has a stored policy."""
        try:
            found = await self._policies(container_url).get_container_access_policy()
        except ResourceNotFoundError:
            return False
        except HttpResponseError as error:
            raise to_storage_error(error) from None
        return bool(found["signed_identifiers"])

    async def links(self, container_url: str, names: Sequence[str], now: datetime, until: datetime) -> list[str]:
        """Links that read one file each, over HTTPS and until then, signed with the app's own identity.

        Raises:
            StorageRefusedError: the account says no.
        """
        account, container = str(self._service.account_name), container_name(container_url)
        start = now - CLOCK_SKEW
        try:
            key = await self._service.get_user_delegation_key(start, until)
        except HttpResponseError as error:
            raise to_storage_error(error) from None

        def link(name: str) -> str:
            token = generate_blob_sas(
                account,
                container,
                name,
                user_delegation_key=key,
                permission=BlobSasPermissions(read=True),
                start=start,
                expiry=until,
                protocol="https",
            )
            return f"{self._service.get_blob_client(container, name).url}?{token}"

        return [link(name) for name in names]

    async def url(self, container_url: str, grant: Grant, now: datetime) -> str:
        """The container's URL with the grant, for the submission alone: never store, log or return it.

        Raises:
            StorageRefusedError: the account says no.
        """
        account, container = str(self._service.account_name), container_name(container_url)
        if grant.kind is GrantKind.STORED_POLICY:
            token = generate_container_sas(
                account,
                container,
                account_key=self._account_key,
                policy_id=_POLICY,
                protocol="https",
            )
        else:
            start = now - CLOCK_SKEW
            try:
                key = await self._service.get_user_delegation_key(start, grant.expires_at)
            except HttpResponseError as error:
                raise to_storage_error(error) from None
            token = generate_container_sas(
                account,
                container,
                user_delegation_key=key,
                permission=_PERMISSION,
                start=start,
                expiry=grant.expires_at,
                protocol="https",
            )
        return f"{container_url}?{token}"

    def _policies(self, container_url: str) -> ContainerClient:
        if self._keyed is None:
            raise ValueError("Stored policies need EXPORT_ACCOUNT_KEY.")
        return self._keyed.get_container_client(container_name(container_url))
