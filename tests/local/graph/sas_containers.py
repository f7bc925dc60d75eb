"""Containers in the account that exports land in, with SAS of every kind."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from azure.core.credentials import AccessToken
from azure.storage.blob import (
    AccessPolicy,
    AccountSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)

from local.identity.signing_key import SigningKey
from local.identity.token_claims import managed_identity_claims
from local.stack.azurite import Azurite

WRITE_ONLY = "acw"


class ExportAccount:
    """The account that exports land in, opened with its key."""

    def __init__(self, service: BlobServiceClient, azurite: Azurite) -> None:
        self.service = service
        self.azurite = azurite

    def new_container(self) -> "ExportContainer":
        """A fresh container."""
        return ExportContainer(self.azurite, self.service.create_container(f"export-{uuid4().hex}"))


class ExportContainer:
    """A container, and its URLs with SAS of every kind."""

    def __init__(self, azurite: Azurite, client: ContainerClient) -> None:
        self.client = client
        self._azurite = azurite
        self._account = azurite.account
        self._key = azurite.account_key

    @property
    def url(self) -> str:
        """The address without a SAS."""
        return str(self.client.url)

    def names(self) -> list[str]:
        return sorted(self.client.list_blob_names())

    def read(self, name: str) -> bytes:
        content: bytes = self.client.download_blob(name).readall()
        return content

    def location(
        self, permissions: str = WRITE_ONLY, start: datetime | None = None, expiry: datetime | None = None
    ) -> str:
        """With a service SAS, for an hour unless told otherwise."""
        sas = generate_container_sas(
            self._account,
            self.client.container_name,
            account_key=self._key,
            permission=ContainerSasPermissions.from_string(permissions),
            start=start,
            expiry=expiry or in_hours(1),
        )
        return f"{self.url}?{sas}"

    def location_by_policy(self, permissions: str = WRITE_ONLY) -> str:
        """With a service SAS bound to the stored access policy `export`."""
        policy = AccessPolicy(ContainerSasPermissions.from_string(permissions), expiry=in_hours(1), start=in_hours(-1))
        self.client.set_container_access_policy({"export": policy})
        sas = generate_container_sas(
            self._account, self.client.container_name, account_key=self._key, policy_id="export"
        )
        return f"{self.url}?{sas}"

    def revoke_policy(self) -> None:
        self.client.set_container_access_policy({})

    def location_by_delegation(self, key: SigningKey, permissions: str = WRITE_ONLY) -> str:
        """With a user-delegation SAS."""
        azurite = self._azurite
        with BlobServiceClient(
            azurite.blob_endpoint, credential=_Credential(key), connection_verify=str(azurite.ca_bundle)
        ) as service:
            delegation = service.get_user_delegation_key(in_hours(-1), in_hours(1))
        sas = generate_container_sas(
            self._account,
            self.client.container_name,
            user_delegation_key=delegation,
            permission=ContainerSasPermissions.from_string(permissions),
            expiry=in_hours(1),
        )
        return f"{self.url}?{sas}"

    def location_of_account(self) -> str:
        """With an account SAS."""
        sas = generate_account_sas(
            self._account,
            self._key,
            ResourceTypes(container=True, object=True),
            AccountSasPermissions(write=True, add=True, create=True),
            in_hours(1),
        )
        return f"{self.url}?{sas}"

    def location_of_blob(self) -> str:
        """With a SAS of one blob."""
        sas = generate_blob_sas(
            self._account,
            self.client.container_name,
            "RequestInfo.json",
            account_key=self._key,
            permission="acw",
            expiry=in_hours(1),
        )
        return f"{self.url}/RequestInfo.json?{sas}"


class _Credential:
    def __init__(self, key: SigningKey) -> None:
        self._claims = managed_identity_claims("https://storage.azure.com", None, datetime.now(UTC))
        self._token = key.sign(self._claims)

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(self._token, self._claims["exp"])


def in_hours(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)
