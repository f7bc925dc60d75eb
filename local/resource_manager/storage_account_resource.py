"""The storage account of the stack as Azure Resource Manager shows it: the way that the templates would make it."""

import copy
from collections.abc import Mapping
from typing import Any

SUBSCRIPTION = "5d2e8c17-94b0-4f63-8a1e-c7d05b3f2e96"
GROUP = "local"
TYPE = "Microsoft.Storage/storageAccounts"

BLOBS, LIFECYCLE = "blobServices/default", "managementPolicies/default"


def account_id(name: str) -> str:
    """The resource id of an account of the stack."""
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/{TYPE}/{name}"


class StorageAccountResource:
    """An account, its blob service and its lifecycle, each as its own resource."""

    def __init__(self, name: str) -> None:
        self.id = account_id(name)
        self._parts: dict[str, dict[str, Any] | None] = {
            "": {"id": self.id, "name": name, "type": TYPE, "location": "westeurope", **copy.deepcopy(_ACCOUNT)},
            BLOBS: {
                "id": f"{self.id}/{BLOBS}",
                "name": "default",
                "type": f"{TYPE}/blobServices",
                "properties": copy.deepcopy(_BLOBS),
            },
            LIFECYCLE: {
                "id": f"{self.id}/{LIFECYCLE}",
                "name": "DefaultManagementPolicy",
                "type": f"{TYPE}/managementPolicies",
                "properties": copy.deepcopy(_LIFECYCLE),
            },
        }

    def show(self, part: str) -> dict[str, Any] | None:
        """A part as a response has it: a property that is null is left out. None where the account lacks the part."""
        body = self._parts.get(part)
        return None if body is None else _without_nulls(body)

    def change(self, part: str, changes: Mapping[str, Any] | None) -> None:
        """Merge changes into a part (RFC 7396), or take the part away.

        Raises:
            ValueError: there is no such part.
        """
        if part not in self._parts:
            raise ValueError(f"There is no part {part!r}.")
        self._parts[part] = None if changes is None else _merged(self._parts[part], changes)


# What the service returns, as far as it concerns access, keeping and deletion. What was never set is absent.
_ACCOUNT = {
    "sku": {"name": "Standard_LRS", "tier": "Standard"},
    "kind": "StorageV2",
    "properties": {
        "provisioningState": "Succeeded",
        "statusOfPrimary": "available",
        "primaryLocation": "westeurope",
        "accessTier": "Hot",
        "allowBlobPublicAccess": False,
        "allowCrossTenantReplication": False,
        "allowSharedKeyAccess": True,
        "defaultToOAuthAuthentication": True,
        "isHnsEnabled": False,
        "isLocalUserEnabled": False,
        "isSftpEnabled": False,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
        "publicNetworkAccess": "Enabled",
        "networkAcls": {"bypass": "None", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
        "privateEndpointConnections": [],
        "sasPolicy": {"sasExpirationPeriod": "7.00:30:00", "expirationAction": "Log"},
        "encryption": {"keySource": "Microsoft.Storage", "requireInfrastructureEncryption": True},
    },
}
_BLOBS = {
    "cors": {"corsRules": []},
    "deleteRetentionPolicy": {"allowPermanentDelete": False, "enabled": True, "days": 7},
    "containerDeleteRetentionPolicy": {"enabled": True, "days": 7},
    "isVersioningEnabled": False,
}
_LIFECYCLE = {
    "policy": {
        "rules": [
            {
                "enabled": True,
                "name": "delete-old-exports",
                "type": "Lifecycle",
                "definition": {
                    # The service returns days as fractions.
                    "actions": {"baseBlob": {"delete": {"daysAfterCreationGreaterThan": 437.0}}},
                    "filters": {"blobTypes": ["blockBlob", "appendBlob"], "prefixMatch": ["export-", "preflight-"]},
                },
            }
        ]
    }
}


def _without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(each) if isinstance(each, Mapping) else each
        for name, each in value.items()
        if each is not None
    }


def _merged(value: object, changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(value) if isinstance(value, Mapping) else {}
    for name, change in changes.items():
        merged[name] = _merged(merged.get(name), change) if isinstance(change, Mapping) else change
    return merged
