"""Checks the roles of the app: only known ones, for whom they are for, on as little as works, and none missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from tests.infra.accounts import purpose_of
from tests.infra.app_settings import app_settings
from tests.infra.tree import APP, IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
DEFINITION = "Microsoft.Authorization/roleDefinitions"
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "0ad04412-c4d5-4796-b79c-f76d14c8d402": "Durable Task Data Contributor",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "28bf596f-4eb7-45ce-b5bc-6cf482fec137": "Locks Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59": "Managed Identity Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}
"""Built-in roles by their ids, the same in every tenant ("Azure built-in roles"). Add others here first."""
THE_APP, THE_ALERTS, GIVEN, OWN_ROLE = "the app", "the alert rules", "a given principal", "a role of its own"
_ALERT = "Microsoft.Insights/scheduledQueryRules"
_HUB = ("microsoft.durabletask/schedulers/taskhubs", "Durable Task Data Contributor")
MAY = {
    THE_APP: {
        ("host", "Storage Blob Data Owner"),
        ("host", "Storage Queue Data Contributor"),
        ("host", "Storage Table Data Contributor"),
        ("records/tableservices/tables", "Storage Table Data Contributor"),
        ("exports", "Storage Blob Data Contributor"),
        ("exports", "Reader"),
        ("the secret export-account-key", "Key Vault Secrets User"),
        ("the secret callback-signing-secret", "Key Vault Secrets User"),
        ("microsoft.insights/components", "Monitoring Metrics Publisher"),
        _HUB,
    },
    THE_ALERTS: {("microsoft.operationalinsights/workspaces", "Reader")},
    GIVEN: {
        # Whoever uploads packages on Elastic Premium.
        ("host/blobservices/containers", "Storage Blob Data Contributor"),
        # Receivers of callbacks, which must not read the key of all exports.
        ("the secret callback-signing-secret", "Key Vault Secrets User"),
    },
}
"""Who may be given which role where by the app's template. Nobody is given one on the resource group."""
APP_NEEDS = {
    ("host", "Storage Blob Data Owner"),
    ("records/tableservices/tables", "Storage Table Data Contributor"),
    ("exports", "Storage Blob Data Contributor"),
    ("exports", "Reader"),
    ("microsoft.insights/components", "Monitoring Metrics Publisher"),
}
"""The roles that the app has in every deployment."""
_OF_DURABLE = {
    "AzureWebJobsStorage__queueServiceUri": "Storage Queue Data Contributor",
    "AzureWebJobsStorage__tableServiceUri": "Storage Table Data Contributor",
}
"""What Durable needs on the host's account where it keeps its data there, and the settings that tell it so."""
ARM_GUIDS = UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
"""The namespace of guid() ("String functions for Bicep"): a UUID of version 5 of its arguments, joined by hyphens."""
_PRINCIPAL = re.compile(r"\[(?P<expression>reference\('(?P<id>[^']+)'.*\)(?:\.identity)?\.principalId)\]")
_SUBSCRIPTION = r"'(?P<subscription>[^']+)', "
_ON_GROUP = re.compile(rf"\[resourceId\({_SUBSCRIPTION}'(?P<group>[^']+)', '[^']+', guid\(.*\)\)\]")
_ON_SUBSCRIPTION = re.compile(rf"\[subscriptionResourceId\({_SUBSCRIPTION}'[^']+', guid\(.*\)\)\]")


def check(tree: Tree) -> Iterator[str]:
    """Yields roles that are unknown, too wide, somebody else's, in the wrong place, missing or no longer given."""
    for snapshot in tree.snapshots.values():
        for made in snapshot.of(ASSIGNMENT):
            yield from _assignment(made)
            if snapshot.template == IDENTITY:
                yield f"{made.where} assigns a role of Azure where only Graph's are"
    apps = tree.snapshots_of(APP)
    for snapshot in apps:
        yield from _app(snapshot)
        yield from _alerts(snapshot)
    given = {(each.who, each.where, each.role) for snapshot in apps for each in _given(snapshot)}
    for who, where, role in sorted({(who, *each) for who, allowed in MAY.items() for each in allowed} - given):
        yield f"no snapshot gives {who} {role} on {where}"


def role_id(made: Resource) -> str:
    """The id of the assigned role."""
    return str(made.get("properties", "roleDefinitionId")).rpartition("/")[2].lower()


def guid(*values: str) -> str:
    """What guid() of Azure Resource Manager makes of these values."""
    return str(uuid5(ARM_GUIDS, "-".join(values)))


def role_of(snapshot: Snapshot, made: Resource) -> str:
    """The name of the assigned role."""
    if any(own.name == role_id(made) for own in snapshot.of(DEFINITION)):
        return OWN_ROLE
    return ROLES.get(role_id(made), "an unknown role")


def identity_of(made: Resource) -> str:
    """The id of the resource whose identity is given the role; empty for an object id."""
    found = _PRINCIPAL.fullmatch(str(made.get("properties", "principalId")))
    return found["id"] if found else ""


def scope_of(made: Resource) -> str:
    """The id of what the role is on, such as a resource group; empty if that isn't known."""
    if found := _ON_GROUP.fullmatch(made.id):
        return f"/subscriptions/{found['subscription']}/resourceGroups/{found['group']}"
    if found := _ON_SUBSCRIPTION.fullmatch(made.id):
        return f"/subscriptions/{found['subscription']}"
    return "" if made.id.startswith("[") else made.id.rpartition("/providers/")[0]


def _assignment(made: Resource) -> Iterator[str]:
    if made.get("properties", "principalType") != "ServicePrincipal":
        yield f"{made.where} has no principalType, so that assigning to a new principal can fail"
    if not (_named_by_value(made) or _named_by_expression(made)):
        yield f"{made.where} has a name that is not made of its scope, principal and role"


def _named_by_value(made: Resource) -> bool:
    """Where all parts of the name are known, the snapshot has the name itself."""
    scope = scope_of(made)
    scopes: list[tuple[str, ...]] = [(scope,)]
    parent, _, last = scope.rpartition("/")
    while "/providers/" in parent:
        scopes.append((parent, last))
        parent = parent.rpartition("/")[0]
    principal = identity_of(made) or str(made.get("properties", "principalId"))
    return made.name in {guid(*each, principal, role_id(made)) for each in scopes}


def _named_by_expression(made: Resource) -> bool:
    """Where the principal is known only during the deployment, the snapshot has the expression of the name."""
    scope = scope_of(made)
    principal = _PRINCIPAL.fullmatch(str(made.get("properties", "principalId")))
    if not scope or not principal:
        return False
    start = f"[guid('{scope}', {principal['expression']}, '"
    role = made.name.removeprefix(start).removesuffix("')]")
    return made.name == f"{start}{role}')]" and role_id(made) in {role, guid(scope, role)}


@dataclass(frozen=True, slots=True)
class Given:
    """A role, as the tables above name it."""

    made: Resource
    who: str
    where: str
    role: str


def _given(snapshot: Snapshot) -> list[Given]:
    return [
        Given(made, _who(snapshot, made), _where(snapshot, made), role_of(snapshot, made))
        for made in snapshot.of(ASSIGNMENT)
    ]


def _where(snapshot: Snapshot, made: Resource) -> str:
    if made.target is None:
        return "the resource group"
    where = purpose_of(snapshot, made.target)
    return f"the secret {made.target.rpartition('/')[2]}" if where == "microsoft.keyvault/vaults/secrets" else where


def _app(snapshot: Snapshot) -> Iterator[str]:
    given = _given(snapshot)
    for each in given:
        if (each.where, each.role) not in MAY.get(each.who, ()):
            yield f"{each.made.where} gives {each.who} {each.role} on {each.where}"
    yield from _needed(snapshot, {(each.where, each.role) for each in given if each.who == THE_APP})
    reached = {each.made.target for each in given if each.who == THE_APP}
    for table in snapshot.of("Microsoft.Storage/storageAccounts/tableServices/tables"):
        if table.id not in reached:
            yield f"{snapshot.name} does not give the app a role on the table {table.name.rpartition('/')[2]}"


def _needed(snapshot: Snapshot, held: set[tuple[str, str]]) -> Iterator[str]:
    for where, role in sorted(APP_NEEDS - held):
        yield f"{snapshot.name} does not give the app {role} on {where}"
    if any(snapshot.of("Microsoft.DurableTask/schedulers/taskHubs")) and _HUB not in held:
        yield f"{snapshot.name} does not give the app {_HUB[1]} on its task hub"
    settings = app_settings(snapshot)
    for setting, role in _OF_DURABLE.items():
        if (setting in settings) is not (("host", role) in held):
            yield f"{snapshot.name} does not give the app {role} on host just where it sets {setting}"
    for setting, value in settings.items():
        for secret in re.findall(r"KeyVault\(.*secrets/([\w-]+)", value):
            if (f"the secret {secret}", "Key Vault Secrets User") not in held:
                yield f"{snapshot.name} does not let the app read the secret {secret} of {setting}"


def _alerts(snapshot: Snapshot) -> Iterator[str]:
    read = {(identity_of(each.made), each.made.target) for each in _given(snapshot) if each.who == THE_ALERTS}
    for rule in snapshot.of(_ALERT):
        identities = rule.get("identity", "userAssignedIdentities") or {}
        if not {(identity, scope) for identity in identities for scope in rule.get("properties", "scopes")} & read:
            yield f"{rule.where} may not read what it queries"


def _who(snapshot: Snapshot, made: Resource) -> str:
    identity = identity_of(made)
    for kind, who in (("Microsoft.Web/sites", THE_APP), (_ALERT, THE_ALERTS)):
        if any(identity in (user.get("identity", "userAssignedIdentities") or {}) for user in snapshot.of(kind)):
            return who
    return f"the identity {identity.rpartition('/')[2]}" if identity else GIVEN
