"""Signs SAS URLs: Microsoft's right to write into one container, and links that download one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azure.storage.blob import (
    BlobSasPermissions,
    ContainerSasPermissions,
    generate_blob_sas,
    generate_container_sas,
)

from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.states_and_codes import GrantKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from azure.storage.blob.aio import BlobServiceClient

    from shared.exports.export import Grant

POLICY_ID = "export"
"""The only stored access policy of a container."""
WRITE_PERMISSIONS = ContainerSasPermissions(add=True, create=True, write=True)
"""Microsoft needs to create and append, and refuses a grant that can list or read."""


class SasSigner:
    """Signs URLs of one account: with its key where a stored policy limits them, else with a user-delegation key."""

    def __init__(self, service: BlobServiceClient, account_key: str | None) -> None:
        """A signer for one account.

        Args:
            service: the account with the app's own identity.
            account_key: the account's key, for grants that rest on a stored policy.
        """
        self._service = service
        self._account_key = account_key

    async def write_url(self, container_url: str, grant: Grant, now: datetime) -> str:
        """The container's URL with the grant, for the submission alone: never store, log or return it."""
        account, container = str(self._service.account_name), container_name(container_url)
        if grant.kind is GrantKind.STORED_POLICY:
            token = generate_container_sas(
                account, container, account_key=self._account_key, policy_id=POLICY_ID, protocol="https"
            )
        else:
            start = now - CLOCK_SKEW
            token = generate_container_sas(
                account,
                container,
                user_delegation_key=await self._service.get_user_delegation_key(start, grant.expires_at),
                permission=WRITE_PERMISSIONS,
                start=start,
                expiry=grant.expires_at,
                protocol="https",
            )
        return f"{container_url}?{token}"

    async def read_urls(
        self, container_url: str, names: Sequence[str], now: datetime, expires_at: datetime
    ) -> list[str]:
        """URLs that read one file each, over HTTPS and until then, signed with the app's own identity.

        What they read is saved by browsers, neither shown nor kept in a cache: an HTML file of a mailbox must not run
        as a page of the storage account. The signature covers the headers that say so.
        """
        from shared.storage.content_disposition import attachment  # noqa: PLC0415 - a cold start signs no such URL

        account, container = str(self._service.account_name), container_name(container_url)
        start = now - CLOCK_SKEW
        key = await self._service.get_user_delegation_key(start, expires_at)

        def signed(name: str) -> str:
            token = generate_blob_sas(
                account,
                container,
                name,
                user_delegation_key=key,
                permission=BlobSasPermissions(read=True),
                start=start,
                expiry=expires_at,
                protocol="https",
                content_disposition=attachment(name),
                cache_control="no-store",
            )
            return f"{self._service.get_blob_client(container, name).url}?{token}"

        return [signed(name) for name in names]


def container_name(container_url: str) -> str:
    """The name of the container at the end of its URL."""
    return container_url.rstrip("/").rpartition("/")[2]
