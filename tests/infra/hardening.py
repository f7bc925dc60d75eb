"""Checks that the app, its accounts, its vault and its telemetry are no more open than need be, and are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.infra.accounts import PURPOSES, account
from tests.infra.app_settings import app_settings
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

Wanted = dict[tuple[str | int, ...], set[Any]]
_CURRENT_TLS: set[Any] = {"1.2", "1.3"}
WANTED: dict[str, Wanted] = {
    "Microsoft.Storage/storageAccounts": {
        ("kind",): {"StorageV2"},
        ("properties", "allowBlobPublicAccess"): {False},
        ("properties", "allowCrossTenantReplication"): {False},
        ("properties", "isLocalUserEnabled"): {False},
        ("properties", "minimumTlsVersion"): {"TLS1_2", "TLS1_3"},
        ("properties", "supportsHttpsTrafficOnly"): {True},
    },
    "Microsoft.KeyVault/vaults": {
        ("properties", "enableRbacAuthorization"): {True},
        ("properties", "enablePurgeProtection"): {True},
        ("properties", "enableSoftDelete"): {True},
    },
    "Microsoft.Web/sites": {
        ("kind",): {"functionapp,linux"},
        ("identity", "type"): {"UserAssigned"},
        ("properties", "httpsOnly"): {True},
        ("properties", "siteConfig", "ftpsState"): {"Disabled"},
        ("properties", "siteConfig", "minTlsVersion"): _CURRENT_TLS,
        ("properties", "siteConfig", "scmMinTlsVersion"): _CURRENT_TLS,
        ("properties", "siteConfig", "http20Enabled"): {True},
    },
    "Microsoft.Logic/workflows": {
        ("properties", "accessControl", "triggers", "sasAuthenticationPolicy", "state"): {"Disabled"},
        ("properties", "accessControl", "contents", "allowedCallerIpAddresses", 0, "addressRange"): {"0.0.0.0-0.0.0.0"},
    },
    "Microsoft.Insights/components": {("properties", "DisableLocalAuth"): {True}},
    "Microsoft.OperationalInsights/workspaces": {("properties", "features", "disableLocalAuth"): {True}},
}
"""What each resource of a type must have, with the values that do."""
LOCKED = ("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults")
_STORAGE_CALLS = {"StorageRead", "StorageWrite", "StorageDelete"}
EVIDENCE = {
    "Microsoft.Storage/storageAccounts/blobServices": _STORAGE_CALLS,
    "Microsoft.Storage/storageAccounts/tableServices": _STORAGE_CALLS,
    "Microsoft.KeyVault/vaults": {"AuditEvent"},
}
"""The logs of who reached people's data, its records and its secrets. What the host keeps identifies nobody."""


def check(tree: Tree) -> Iterator[str]:
    """Yields what is needlessly open, and what has no log or lock though it needs one."""
    for snapshot in tree.snapshots_of(APP):
        yield from _wanted(snapshot)
        yield from _app(snapshot)
        yield from _accounts(snapshot)
        yield from _keys(snapshot)
        yield from _evidence(snapshot)
        yield from _kept(snapshot)
    yield from _locks(tree.snapshot("prod"))


def _wanted(snapshot: Snapshot) -> Iterator[str]:
    for kind, wanted in WANTED.items():
        for made in snapshot.of(kind):
            for path, allowed in wanted.items():
                if made.get(*path) not in allowed:
                    either = " or ".join(sorted(map(json.dumps, allowed)))
                    yield f"{made.where} {'.'.join(map(str, path))} is {json.dumps(made.get(*path))}, not {either}"


def _app(snapshot: Snapshot) -> Iterator[str]:
    policies = snapshot.of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    shut = {made.name.rpartition("/")[2] for made in policies if made.get("properties", "allow") is False}
    for name in sorted({"ftp", "scm"} - shut):
        yield f"{snapshot.name} leaves the publishing password of {name} on"
    for made in snapshot.of("Microsoft.Web/sites"):
        identity = made.get("properties", "keyVaultReferenceIdentity")
        if identity not in (made.get("identity", "userAssignedIdentities") or {}):
            yield f"{made.where} keyVaultReferenceIdentity is not its identity, so no secret is resolved"


def _accounts(snapshot: Snapshot) -> Iterator[str]:
    found: dict[str, str] = {}
    for purpose in PURPOSES:
        made = account(snapshot, purpose)
        if made is None or made.id in found.values():
            yield f"{snapshot.name} has no separate account for {purpose}"
            continue
        found[purpose] = made.id
        if purpose != "exports" and made.get("properties", "allowSharedKeyAccess") is not False:
            yield f"{made.where} the account for {purpose} takes keys"


def _keys(snapshot: Snapshot) -> Iterator[str]:
    """The export account's key must be in the vault, and only if the grant needs it."""
    settings = app_settings(snapshot)
    keyed, reference = settings.get("EXPORT_GRANT") == "storedPolicy", settings.get("EXPORT_ACCOUNT_KEY", "")
    exports = account(snapshot, "exports")
    if exports and (exports.get("properties", "allowSharedKeyAccess") is True) != keyed:
        yield f"{exports.where} takes keys where none is needed, or none where one is"
    secrets = [made for made in snapshot.of("Microsoft.KeyVault/vaults/secrets") if _is_key_of(made, exports)]
    if keyed and not any("@Microsoft.KeyVault(" in reference and made.id in reference for made in secrets):
        yield f"{snapshot.name} does not give the app the export account's key through the vault"
    if not keyed and (secrets or reference):
        yield f"{snapshot.name} uses a key that nothing needs"


def _is_key_of(secret: Resource, exports: Resource | None) -> bool:
    value = secret.get("properties", "value")
    return exports is not None and isinstance(value, str) and value.startswith(f"[listKeys('{exports.id}'")


def _evidence(snapshot: Snapshot) -> Iterator[str]:
    kept: dict[str, set[str]] = {}
    for made in snapshot.of("Microsoft.Insights/diagnosticSettings"):
        logs = made.get("properties", "logs") or []
        if made.target and made.get("properties", "workspaceId"):
            kept.setdefault(made.target, set()).update(log.get("category", "") for log in logs if log.get("enabled"))
    host = account(snapshot, "host")
    for kind, categories in EVIDENCE.items():
        for made in snapshot.of(kind):
            if host is None or not made.id.startswith(f"{host.id}/"):
                for category in sorted(categories - kept.get(made.id, set())):
                    yield f"{made.where} keeps no {category}"


def _kept(snapshot: Snapshot) -> Iterator[str]:
    """Telemetry is kept no longer than the rest of the workspace, which its tables don't do by themselves."""
    for workspace in snapshot.of("Microsoft.OperationalInsights/workspaces"):
        days = workspace.get("properties", "retentionInDays")
        for table in snapshot.of("Microsoft.OperationalInsights/workspaces/tables"):
            if table.get("properties", "retentionInDays") != days:
                yield f"{table.where} is not kept for the {days} days of its workspace"


def _locks(snapshot: Snapshot) -> Iterator[str]:
    locked = {
        made.target
        for made in snapshot.of("Microsoft.Authorization/locks")
        if made.get("properties", "level") == "CanNotDelete"
    }
    for made in snapshot.of(*LOCKED):
        if made.id not in locked:
            yield f"{made.where} can be deleted: it has no lock"
