"""Checks the access settings of accounts, vault, app and networks in every deployment that the template can produce."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.export_account import CONTAINER_NAME_PREFIX
from shared.exports.export_account_fit import judge_account
from shared.exports.grant_lifetime import CLOCK_SKEW, DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.preflight_check import Verdict
from shared.exports.states_and_codes import GrantKind
from shared.storage.export_account_probe import PROBE_NAME_PREFIX
from shared.storage.export_account_settings import read_account
from tests.exports.samples import LIMITS
from tests.infra.accounts import PURPOSES, account
from tests.infra.app_settings import app_settings
from tests.infra.tree import APP
from tests.infra.values import Fields, Items, at, options, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.resources import Made, Plan
    from tests.infra.tree import Tree
    from tests.infra.values import Value

Wanted = dict[tuple[str, ...], set[str]]
_ACCOUNT: Wanted = {
    ("kind",): {"StorageV2"},
    ("properties", "allowBlobPublicAccess"): {"false"},
    ("properties", "allowCrossTenantReplication"): {"false"},
    ("properties", "isLocalUserEnabled"): {"false"},
    ("properties", "minimumTlsVersion"): {"TLS1_2", "TLS1_3"},
    ("properties", "supportsHttpsTrafficOnly"): {"true"},
}
_VAULT: Wanted = {
    ("properties", "enableRbacAuthorization"): {"true"},
    ("properties", "enablePurgeProtection"): {"true"},
    ("properties", "enableSoftDelete"): {"true"},
}
_SITE: Wanted = {
    ("kind",): {"functionapp,linux"},
    ("identity", "type"): {"UserAssigned"},
    ("properties", "httpsOnly"): {"true"},
    ("properties", "siteConfig", "ftpsState"): {"Disabled"},
    ("properties", "siteConfig", "minTlsVersion"): {"1.2", "1.3"},
    ("properties", "siteConfig", "scmMinTlsVersion"): {"1.2", "1.3"},
    ("properties", "siteConfig", "http20Enabled"): {"true"},
}
_COMPONENT: Wanted = {("properties", "DisableLocalAuth"): {"true"}}
_EVIDENCE = {"StorageRead", "StorageWrite", "StorageDelete"}


def check(tree: Tree) -> Iterator[str]:
    """Yields what is needlessly open, and what is closed although Microsoft has to reach it."""
    for plan in tree.plans:
        if plan.template == APP:
            for kind, wanted in (
                ("Microsoft.Storage/storageAccounts", _ACCOUNT),
                ("Microsoft.KeyVault/vaults", _VAULT),
                ("Microsoft.Web/sites", _SITE),
                ("Microsoft.Insights/components", _COMPONENT),
            ):
                for made in plan.of(kind):
                    yield from _wants(made, wanted)
            yield from _app(plan)
            if plan is not tree.any(APP):
                yield from _accounts(plan)
                yield from _exports(plan)
                yield from _keys(plan)
                yield from _private(plan)


def _wants(made: Made, wanted: Wanted) -> Iterator[str]:
    for path, allowed in wanted.items():
        found = {text(option) for option in options(made.get(*path))}
        if not found <= allowed:
            yield f"{made.where} {'.'.join(path)} is {' or '.join(sorted(found))}, not {' or '.join(sorted(allowed))}"


def _app(plan: Plan) -> Iterator[str]:
    policies = plan.of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    shut = {text(made.get("name")) for made in policies if made.get("properties", "allow") is False and made.sure}
    for name in sorted({"ftp", "scm"} - shut):
        yield f"{plan.name} leaves the publishing password of {name} on"
    for made in plan.of("Microsoft.Web/sites"):
        if "id" not in text(made.get("properties", "keyVaultReferenceIdentity")):
            yield f"{made.where} names no keyVaultReferenceIdentity, so no secret is resolved"


def _accounts(plan: Plan) -> Iterator[str]:
    for purpose in PURPOSES:
        made = account(plan, purpose)
        if made is None:
            yield f"{plan.name} has no separate account for {purpose}"
        elif purpose != "exports" and made.get("properties", "allowSharedKeyAccess") is not False:
            yield f"{made.where} ({plan.name}) the account for {purpose} takes keys"


def _exports(plan: Plan) -> Iterator[str]:
    made = account(plan, "exports")
    if made is None:
        return
    if (
        made.get("properties", "publicNetworkAccess") != "Enabled"
        or made.get("properties", "networkAcls", "defaultAction") != "Allow"
    ):
        yield f"{made.where} ({plan.name}) Microsoft can't reach the export account"
    for name in ("allowedCopyScope", "sasPolicy.requireUserBoundUserDelegationSas"):
        if made.get("properties", *name.split(".")) is not None:
            yield f"{made.where} {name} would stop Microsoft from writing"
    if _keyed(plan) != (made.get("properties", "allowSharedKeyAccess") is True):
        yield f"{made.where} ({plan.name}) takes keys where none is needed, or none where one is"
    period = _span(made.get("properties", "sasPolicy", "sasExpirationPeriod"))
    if period is None or period < max(POLICY_LIFETIME, DELEGATION_LIFETIME) + CLOCK_SKEW:
        yield f"{made.where} sasPolicy.sasExpirationPeriod is shorter than the grants that the app issues"
    if _keyed(plan) and made.get("properties", "sasPolicy", "expirationAction") == "Block":
        yield f"{made.where} sasPolicy would block a stored policy, whose signature has no dates"
    yield from _fit(plan, made)
    yield from _lifecycle(plan, made)
    yield from _evidence(plan, made)
    for service in plan.of("Microsoft.Storage/storageAccounts/blobServices"):
        if service.name.startswith(made.name) and service.get("properties", "isVersioningEnabled") is not False:
            yield f"{service.where} versions would keep erased data"


def _fit(plan: Plan, made: Made) -> Iterator[str]:
    """The account must pass what the preflight looks at, once it is deployed."""

    def part(kind: str) -> dict[str, Any]:
        children = plan.of(f"Microsoft.Storage/storageAccounts/{kind}")
        return next((_json(child.body) for child in children if child.name.startswith(f"{made.name}/")), {})

    settings = app_settings(plan)
    account = read_account(_json(made.body), part("blobServices"), part("managementPolicies"))
    kind = GrantKind.STORED_POLICY if _keyed(plan) else GrantKind.USER_DELEGATION
    limits = replace(
        LIMITS,
        retain_for=timedelta(days=int(text(settings.get("EXPORT_RETENTION_DAYS")))),
        abandon_after=timedelta(days=int(text(settings.get("EXPORT_ABANDON_DAYS")))),
    )
    for found in judge_account(account, kind, limits):
        if found.verdict is not Verdict.PASSED:
            yield f"{made.where} ({plan.name}) the preflight would say {found.name} {found.verdict}: {found.message}"


def _json(value: Value) -> Any:
    """A value as Azure Resource Manager would show it, without what only a deployment knows."""
    if isinstance(value, Fields):
        return {name: _json(held.value) for name, held in value.held.items()}
    if isinstance(value, Items):
        return [_json(item) for item in value.values]
    return value if isinstance(value, str | int | bool) else None


def _keyed(plan: Plan) -> bool:
    return app_settings(plan).get("EXPORT_GRANT") == "storedPolicy"


def _span(value: Value) -> timedelta | None:
    """`days.hours:minutes:seconds` as a time."""
    found = re.fullmatch(r"(\d+)\.(\d\d):(\d\d):(\d\d)", text(value))
    if not found:
        return None
    days, hours, minutes, seconds = (int(part) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _lifecycle(plan: Plan, made: Made) -> Iterator[str]:
    settings = app_settings(plan)
    rules = [
        rule
        for policy in plan.of("Microsoft.Storage/storageAccounts/managementPolicies")
        if policy.name.startswith(f"{made.name}/")
        for rule in _items(policy.get("properties", "policy", "rules"))
    ]
    if not rules:
        yield f"{plan.name} has no rule that deletes exports that the app did not erase"
    for rule in rules:
        prefixes = [text(item) for item in _items(at(rule, "definition", "filters", "prefixMatch"))]
        for name in (CONTAINER_NAME_PREFIX, PROBE_NAME_PREFIX):
            if not any(name.startswith(prefix) for prefix in prefixes):
                yield f"{made.where} no rule of the lifecycle is for {name}"
        kinds = {text(item) for item in _items(at(rule, "definition", "filters", "blobTypes"))}
        if kinds != {"blockBlob", "appendBlob"}:
            yield f"{made.where} the lifecycle is for {sorted(kinds)}, but Microsoft writes block and append blobs"
        days = at(rule, "definition", "actions", "baseBlob", "delete", "daysAfterCreationGreaterThan")
        open_for = [settings.get(name) for name in ("EXPORT_ABANDON_DAYS", "EXPORT_RETENTION_DAYS")]
        least = sum(int(text(value)) for value in open_for if text(value).isdigit())
        if not isinstance(days, int) or days <= least:
            yield f"{made.where} ({plan.name}) the lifecycle deletes after {text(days)} days, the app after {least}"


def _evidence(plan: Plan, made: Made) -> Iterator[str]:
    kept = set()
    for found in plan.of("Microsoft.Insights/diagnosticSettings"):
        kind, name = found.target.key if found.target else ("", "")
        if kind == "microsoft.storage/storageaccounts/blobservices" and name.startswith(f"{made.name}/"):
            kept |= {
                text(at(log, "category"))
                for log in _items(found.get("properties", "logs"))
                if at(log, "enabled") is True
            }
    for category in sorted(_EVIDENCE - kept):
        yield f"{plan.name} keeps no {category} of the export account"


def _keys(plan: Plan) -> Iterator[str]:
    """The export account's key must be in the vault, and only if the grant needs it."""
    secrets = [
        made for made in plan.of("Microsoft.KeyVault/vaults/secrets") if text(made.get("name")) == "export-account-key"
    ]
    setting = text(app_settings(plan).get("EXPORT_ACCOUNT_KEY"))
    if _keyed(plan) and not (secrets and setting.startswith("@Microsoft.KeyVault(")):
        yield f"{plan.name} does not give the app the export account's key through the vault"
    if not _keyed(plan) and (secrets or setting != "null"):
        yield f"{plan.name} uses a key that nothing needs"


def _private(plan: Plan) -> Iterator[str]:
    """Host, records and vault must be closed to public networks together, and then have private endpoints."""
    shut = {purpose: account(plan, purpose) for purpose in ("host", "records")}
    if not (plan.of(_ENDPOINT) or any(made and _is_shut(made) for made in shut.values())):
        return
    durable = [] if plan.of("Microsoft.DurableTask/schedulers") else ["queue", "table"]
    needed = {"host": ["blob", *durable], "records": ["table"]}
    for purpose, made in shut.items():
        if made:
            yield from _reached(plan, made, f"the account for {purpose}", needed[purpose])
            if made.get("properties", "networkAcls", "defaultAction") != "Deny":
                yield f"{made.where} ({plan.name}) the account for {purpose} lets all networks in"
    for vault in plan.of("Microsoft.KeyVault/vaults"):
        yield from _reached(plan, vault, "the vault", ["vault"])


_ENDPOINT = "Microsoft.Network/privateEndpoints"


def _is_shut(made: Made) -> bool:
    return made.get("properties", "publicNetworkAccess") == "Disabled"


def _reached(plan: Plan, made: Made, what: str, groups: list[str]) -> Iterator[str]:
    """Each must be closed to public networks, with an endpoint for each of its services."""
    if not _is_shut(made):
        yield f"{made.where} ({plan.name}) {what} is open to public networks"
    led_to = {
        (text(at(connection, "properties", "privateLinkServiceId")).removesuffix(".id"), text(group))
        for endpoint in plan.of(_ENDPOINT)
        for connection in _items(endpoint.get("properties", "privateLinkServiceConnections"))
        for group in _items(at(connection, "properties", "groupIds"))
    }
    for group in groups:
        if (f"{made.type.lower()}/{made.name}", group) not in led_to:
            yield f"{plan.name} has no private endpoint for {group} of {what}"


def _items(value: Value) -> list[Value]:
    return list(value.values) if isinstance(value, Items) else []
