"""Checks role assignments: only known roles, for whom they are for, at the narrowest scope that works, none missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from tests.infra.accounts import purpose_of
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
DEFINITION = "Microsoft.Authorization/roleDefinitions"
BOOTSTRAP = "infra/bootstrap/"
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
THE_APP, GIVEN, OWN_ROLE = "the app", "a given principal", "a role of its own"
MAY = {
    THE_APP: {
        ("host", "Storage Blob Data Owner"),
        ("host", "Storage Queue Data Contributor"),
        ("host", "Storage Table Data Contributor"),
        ("records/tableservices/tables", "Storage Table Data Contributor"),
        ("exports", "Storage Blob Data Contributor"),
        ("exports", "Reader"),
        ("microsoft.keyvault/vaults/secrets", "Key Vault Secrets User"),
        ("microsoft.insights/components", "Monitoring Metrics Publisher"),
        ("microsoft.durabletask/schedulers/taskhubs", "Durable Task Data Contributor"),
    },
    # Whoever uploads packages on Elastic Premium, and receivers of callbacks.
    GIVEN: {
        ("host/blobservices/containers", "Storage Blob Data Contributor"),
        ("microsoft.keyvault/vaults/secrets", "Key Vault Secrets User"),
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
PIPELINE_MAY = {
    "deploy": {"Contributor", "Locks Contributor", "Role Based Access Control Administrator"},
    "plan": {OWN_ROLE},
    "identity": {"Managed Identity Contributor"},
}
"""The roles that each of the pipeline's identities may have on the app's resource group, by the end of its name."""
HELD = (
    "Microsoft.OperationalInsights/workspaces/query/read",
    "Microsoft.OperationalInsights/workspaces/query/AppEvents/read",
    "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
    # The same rows, asked for by the resource that they are about.
    "Microsoft.Insights/Logs/Read",
    "Microsoft.Insights/Logs/AppEvents/Read",
    "Microsoft.Insights/Components/Query/Read",
    "Microsoft.Logic/workflows/runs/read",
    "Microsoft.Web/sites/hostruntime/functions/keys/read",
    "Microsoft.Web/sites/hostruntime/host/_master/read",
)
"""Reads of what resources hold: logs, runs, keys ("Azure permissions for Monitor", "… Integration", "… Web")."""
ARM_GUIDS = UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
"""The namespace of guid() ("String functions for Bicep"): a UUID of version 5 of its arguments, joined by hyphens."""
_PRINCIPAL = re.compile(r"\[(?P<expression>reference\('(?P<id>[^']+)'.*\)(?:\.identity)?\.principalId)\]")
_IN_GROUP = re.compile(r"\[resourceId\('(?P<subscription>[^']+)', '(?P<group>[^']+)', '[^']+', guid\(.*\)\)\]")


def check(tree: Tree) -> Iterator[str]:
    """Yields roles that are unknown, too wide, somebody else's, in the wrong place, missing or no longer given."""
    for snapshot in tree.snapshots.values():
        for made in snapshot.of(ASSIGNMENT):
            yield from _assignment(made)
            if snapshot.template != APP and not snapshot.template.startswith(BOOTSTRAP):
                yield f"{made.where} assigns a role of Azure where only Graph's are"
    apps = [snapshot for snapshot in tree.snapshots.values() if snapshot.template == APP]
    for snapshot in apps:
        yield from _app(snapshot)
    given = {(each.who, each.where, each.role) for snapshot in apps for each in _given(snapshot)}
    for who, where, role in sorted({(who, *each) for who, allowed in MAY.items() for each in allowed} - given):
        yield f"no snapshot gives {who} {role} on {where}"
    assigned = {role_id(made) for snapshot in apps for made in snapshot.of(ASSIGNMENT)}
    for snapshot in tree.snapshots.values():
        if snapshot.template.startswith(BOOTSTRAP):
            yield from _pipeline(snapshot, assigned)


def role_id(made: Resource) -> str:
    """The id of the assigned role."""
    return str(made.get("properties", "roleDefinitionId")).rpartition("/")[2].lower()


def guid(*values: str) -> str:
    """What guid() of Azure Resource Manager makes of these values."""
    return str(uuid5(ARM_GUIDS, "-".join(values)))


def _role(snapshot: Snapshot, made: Resource) -> str:
    if any(own.name == role_id(made) for own in snapshot.of(DEFINITION)):
        return OWN_ROLE
    return ROLES.get(role_id(made), "an unknown role")


def _identity(made: Resource) -> str:
    """The id of the resource whose identity is given the role; empty for an object id."""
    found = _PRINCIPAL.fullmatch(str(made.get("properties", "principalId")))
    return found["id"] if found else ""


def _assignment(made: Resource) -> Iterator[str]:
    if made.get("properties", "principalType") != "ServicePrincipal":
        yield f"{made.where} has no principalType, so that assigning to a new principal can fail"
    if not (_named_by_value(made) or _named_by_expression(made)):
        yield f"{made.where} has a name that is not made of its scope, principal and role"


def _named_by_value(made: Resource) -> bool:
    """Where all parts of the name are known, the snapshot has the name itself."""
    scope = made.target or made.id.partition("/providers/")[0]
    parent, _, last = scope.rpartition("/")
    scopes: list[tuple[str, ...]] = [(scope,)]
    while "/providers/" in parent:
        scopes.append((parent, last))
        parent = parent.rpartition("/")[0]
    principal = _identity(made) or str(made.get("properties", "principalId"))
    return made.name in {guid(*scope, principal, role_id(made)) for scope in scopes}


def _named_by_expression(made: Resource) -> bool:
    """Where the principal is known only during the deployment, the snapshot has the expression of the name."""
    group = _group(made)
    principal = _PRINCIPAL.fullmatch(str(made.get("properties", "principalId")))
    if not group or not principal:
        return False
    start = f"[guid('{group}', {principal['expression']}, '"
    role = made.name.removeprefix(start).removesuffix("')]")
    return made.name == f"{start}{role}')]" and role_id(made) in {role, guid(group, role)}


def _group(made: Resource) -> str:
    """The id of the resource group that a role is assigned on; empty where it is on anything else."""
    found = _IN_GROUP.fullmatch(made.id)
    if found:
        return f"/subscriptions/{found['subscription']}/resourceGroups/{found['group']}"
    scope = made.id.partition("/providers/")[0]
    return scope if made.target is None and scope.startswith("/") and "/resourceGroups/" in scope else ""


@dataclass(frozen=True, slots=True)
class Given:
    """A role, as the tables above name it."""

    made: Resource
    who: str
    where: str
    role: str


def _given(snapshot: Snapshot) -> list[Given]:
    return [
        Given(
            made,
            _who(snapshot, made),
            purpose_of(snapshot, made.target) if made.target else "the resource group",
            _role(snapshot, made),
        )
        for made in snapshot.of(ASSIGNMENT)
    ]


def _app(snapshot: Snapshot) -> Iterator[str]:
    given = _given(snapshot)
    for each in given:
        if (each.where, each.role) not in MAY.get(each.who, ()):
            yield f"{each.made.where} gives {each.who} {each.role} on {each.where}"
    held = {(each.where, each.role) for each in given if each.who == THE_APP}
    for where, role in sorted(APP_NEEDS - held):
        yield f"{snapshot.name} does not give the app {role} on {where}"
    for kind, role in (
        ("Microsoft.KeyVault/vaults", "Key Vault Secrets User"),
        ("Microsoft.DurableTask/schedulers/taskHubs", "Durable Task Data Contributor"),
    ):
        if any(snapshot.of(kind)) and role not in {role for _, role in held}:
            yield f"{snapshot.name} makes {kind}, and does not give the app {role}"
    reached = {each.made.target for each in given if each.who == THE_APP}
    for table in snapshot.of("Microsoft.Storage/storageAccounts/tableServices/tables"):
        if table.id not in reached:
            yield f"{snapshot.name} does not give the app a role on the table {table.name.rpartition('/')[2]}"


def _who(snapshot: Snapshot, made: Resource) -> str:
    identity = _identity(made)
    for site in snapshot.of("Microsoft.Web/sites"):
        if identity in (site.get("identity", "userAssignedIdentities") or {}):
            return THE_APP
    return f"the identity {identity.rpartition('/')[2]}" if identity else GIVEN


def _pipeline(snapshot: Snapshot, assigned: set[str]) -> Iterator[str]:
    identities = snapshot.of("Microsoft.ManagedIdentity/userAssignedIdentities")
    signed_in_as = {identity.id.partition("/providers/")[0] for identity in identities}
    for made in snapshot.of(ASSIGNMENT):
        purpose, role = _identity(made).rpartition("-")[2], _role(snapshot, made)
        if role not in PIPELINE_MAY.get(purpose, ()):
            yield f"{made.where} gives the pipeline's identity {purpose!r} {role}"
        # With a role on the group of the identities, a deployer could sign in as one that may do more.
        if not _group(made) or _group(made) in signed_in_as:
            yield f"{made.where} reaches further than the app's resource group"
        if role == "Role Based Access Control Administrator":
            yield from _condition(made, assigned)
    for made in snapshot.of(DEFINITION):
        yield from _definition(made)


def _condition(made: Resource, assigned: set[str]) -> Iterator[str]:
    """A deployer may assign the roles that the app's template assigns, and no others."""
    condition = made.get("properties", "condition") or ""
    lists = re.findall(r"RoleDefinitionId\] ForAnyOfAnyValues:GuidEquals \{([^}]*)\}", condition)
    if len(lists) != len(("write", "delete")):
        yield f"{made.where} does not limit which roles the pipeline assigns and removes"
    for allowed in ({role.strip().lower() for role in one.split(",")} for one in lists):
        needless = sorted(ROLES.get(role, role) for role in allowed - assigned)
        lacking = sorted(ROLES.get(role, role) for role in assigned - allowed)
        if needless:
            yield f"{made.where} lets the pipeline assign {', '.join(needless)}, which {APP} never does"
        if lacking:
            yield f"{made.where} does not let the pipeline assign {', '.join(lacking)}, which {APP} does"


def _definition(made: Resource) -> Iterator[str]:
    """A role of its own names what it allows. It may read everything only without what resources hold."""
    for permission in made.get("properties", "permissions"):
        denied = [re.escape(one).replace(r"\*", ".*") for one in permission.get("notActions", ())]
        for action in (*permission.get("actions", ()), *permission.get("dataActions", ())):
            if action == "*/read":
                for read in HELD:
                    if not re.fullmatch("|".join(denied), read, re.IGNORECASE):
                        yield f"{made.where} allows {read}"
            elif "*" in action:
                yield f"{made.where} allows {action}"
