"""The types of the resources that infra/ uses: extracts in JSON (see README.md), and a few handwritten ones."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
Schema = dict[str, Any]


def _shape(*required: str, read: str = "", **optional: str) -> Schema:
    """An object: required properties as `name: type`, those that can be left out, and names that can only be read."""
    parts = [text.partition(": ") for text in required]
    properties: Schema = {name: {"type": kind, "required": True} for name, _, kind in parts}
    properties |= {name: {"type": kind} for name, kind in optional.items()}
    return {"properties": properties | {name: {"type": "any", "readOnly": True} for name in read.split()}}


WRITTEN: dict[str, Schema] = {
    "Microsoft.Authorization/locks@2020-05-01": _shape("name: string", "properties: Lock"),
    "Microsoft.Graph/applications@v1.0": _shape(
        "uniqueName: string", "displayName: string",
        api="GraphApi", appRoles="GraphAppRole[]", description="string", groupMembershipClaims="string",
        identifierUris="string[]", info="any", isFallbackPublicClient="bool", keyCredentials="any", logo="string",
        notes="string", optionalClaims="any", owners="any", publicClient="any", requiredResourceAccess="any",
        serviceManagementReference="string", servicePrincipalLockConfiguration="GraphLock", signInAudience="string",
        read="appId id publisherDomain", spa="any", tags="string[]", web="any",
    ),
    "Microsoft.Graph/applications/federatedIdentityCredentials@v1.0": _shape(
        "name: string", "issuer: string", "subject: string", "audiences: string[]", description="string"
    ),
    "Microsoft.Graph/servicePrincipals@v1.0": _shape(
        "appId: string",
        accountEnabled="bool", alternativeNames="string[]", appRoleAssignmentRequired="bool", description="string",
        displayName="string", homepage="string", keyCredentials="any", loginUrl="string", logoutUrl="string",
        notes="string", notificationEmailAddresses="string[]", owners="any", preferredSingleSignOnMode="string",
        read="appRoles id oauth2PermissionScopes", tags="string[]",
    ),
    "Microsoft.Graph/appRoleAssignedTo@v1.0": _shape(
        "appRoleId: string", "principalId: string", "resourceId: string"
    ),
}  # fmt: skip
"""Types that neither source has, from their reference pages: "Microsoft.Authorization/locks", and those of Microsoft
Graph's extension (v1.0)."""

WRITTEN_TYPES: dict[str, Schema] = {
    "Lock": _shape("level: NotSpecified | CanNotDelete | ReadOnly", notes="string", owners="any"),
    "GraphApi": _shape(
        acceptMappedClaims="bool", knownClientApplications="string[]", oauth2PermissionScopes="GraphScope[]",
        preAuthorizedApplications="GraphPreAuthorized[]", requestedAccessTokenVersion="int",
    ),
    "GraphAppRole": _shape(
        "id: string", "displayName: string", "description: string", "allowedMemberTypes: string[]", "value: string",
        isEnabled="bool",
    ),
    "GraphScope": _shape(
        "id: string", "value: string", "type: User | Admin",
        adminConsentDescription="string", adminConsentDisplayName="string", isEnabled="bool",
        userConsentDescription="string", userConsentDisplayName="string",
    ),
    "GraphPreAuthorized": _shape(appId="string", delegatedPermissionIds="string[]"),
    "GraphLock": _shape(
        allProperties="bool", credentialsWithUsageSign="bool", credentialsWithUsageVerify="bool", isEnabled="bool",
        tokenEncryptionKeyId="bool",
    ),
}  # fmt: skip


@cache
def known() -> dict[str, tuple[str, Schema, dict[str, Schema]]]:
    """Every resource type with its version: where it is from, its shape, and the types that the shape names."""
    found = {target: ("written", shape, WRITTEN_TYPES) for target, shape in WRITTEN.items()}
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        found |= {target: (file["source"], shape, file["types"]) for target, shape in file["resources"].items()}
    return found
