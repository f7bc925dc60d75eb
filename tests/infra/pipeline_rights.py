"""Checks what the pipeline's identities may do, and which jobs may sign in as them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.roles import ASSIGNMENT, DEFINITION, OWN_ROLE, ROLES, identity_of, role_id, role_of, scope_of
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

ENVIRONMENT, CERTIFY = "infra/bootstrap/main.bicep", "infra/bootstrap/certify.bicep"
IDENTITY, CREDENTIAL = (
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
)
MAY = {
    "deploy": {"Contributor", "Locks Contributor", "Role Based Access Control Administrator"},
    "plan": {OWN_ROLE},
    "identity": {"Managed Identity Contributor"},
}
"""The roles that each of the pipeline's identities may have, by the end of its name."""
ASKS = {
    "*/read",
    "Microsoft.Resources/deployments/validate/action",
    "Microsoft.Resources/deployments/whatIf/action",
}
"""What a plan may do: ask what a deployment would change. All that it reads but what is HELD."""
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
    "Microsoft.OperationalInsights/workspaces/tables/query/read",
    # A process is shown with its environment variables, which have the app's secrets.
    "Microsoft.Web/sites/processes/read",
    "Microsoft.Web/sites/instances/processes/read",
    "Microsoft.Web/sites/diagnostics/failedrequestsperuri/read",
    "Microsoft.Web/sites/publishxml/read",
)
"""Reads of what resources hold: logs, runs, keys ("Azure permissions for Monitor", "… Integration", "… Web")."""
_CONDITION = (
    "((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
    "(@{of}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles}}} AND "
    "@{of}[Microsoft.Authorization/roleAssignments:PrincipalType] "
    "ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
)
"""Limits an action to some roles and to service principals ("Delegate Azure role assignment management")."""
_LIMITED = (("write", "Request"), ("delete", "Resource"))
"""The actions on assignments that are limited, each by what is asked for or by what is there."""
AUDIENCES = {"api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"}
"""What a pipeline's token must be for, by cloud ("Workload identity federation")."""


def check(tree: Tree) -> Iterator[str]:
    """Yields rights that an identity doesn't need, rights that it lacks, and credentials that others could use."""
    apps = tree.snapshots_of(APP)
    assigned = {role_id(made) for snapshot in apps for made in snapshot.of(ASSIGNMENT)}
    environments = tree.snapshots_of(ENVIRONMENT)
    for kind in (ASSIGNMENT, CREDENTIAL, DEFINITION):
        if not any(any(snapshot.of(kind)) for snapshot in environments):
            yield f"no snapshot of {ENVIRONMENT} has {kind}"
    for snapshot in tree.snapshots.values():
        if snapshot.template in {ENVIRONMENT, CERTIFY}:
            yield from _roles(snapshot, assigned)
            yield from _credentials(snapshot)
        elif any(snapshot.of(CREDENTIAL)):
            yield f"{snapshot.name} lets jobs sign in, and only the bootstrap may"


def _roles(snapshot: Snapshot, assigned: set[str]) -> Iterator[str]:
    signed_in_as = {identity.id.partition("/providers/")[0] for identity in snapshot.of(IDENTITY)}
    for made in snapshot.of(ASSIGNMENT):
        purpose, role = identity_of(made).rpartition("-")[2], role_of(snapshot, made)
        if role not in MAY.get(purpose, ()):
            yield f"{made.where} gives the pipeline's identity {purpose!r} {role}"
        # With a role on the group of the identities, a deployer could sign in as one that may do more. A certification
        # makes its own groups, in a subscription for tests.
        if snapshot.template != CERTIFY and (
            "/resourceGroups/" not in scope_of(made) or scope_of(made) in signed_in_as
        ):
            yield f"{made.where} reaches further than the app's resource group"
        if role == "Role Based Access Control Administrator":
            yield from _condition(made, assigned)
    for made in snapshot.of(DEFINITION):
        yield from _definition(made)
    given = {(identity_of(made), role_of(snapshot, made)) for made in snapshot.of(ASSIGNMENT)}
    for identity in snapshot.of(IDENTITY):
        for role in sorted(MAY.get(identity.name.rpartition("-")[2], ())):
            if (identity.id, role) not in given:
                yield f"{snapshot.name} does not give {identity.name} the role {role}"


def _condition(made: Resource, assigned: set[str]) -> Iterator[str]:
    """A deployer may assign the roles that the app's template assigns, to service principals, and nothing else."""
    condition = made.get("properties", "condition") or ""
    lists = re.findall(r"RoleDefinitionId\] ForAnyOfAnyValues:GuidEquals \{([^}]*)\}", condition)
    limits = [
        _CONDITION.format(action=action, of=of, roles=roles)
        for (action, of), roles in zip(_LIMITED, lists, strict=False)
    ]
    if len(limits) != len(_LIMITED) or condition != " AND ".join(limits):
        yield f"{made.where} does not limit which roles the pipeline assigns and removes, and to whom"
    for allowed in ({role.strip().lower() for role in one.split(",")} for one in lists):
        needless = sorted(ROLES.get(role, role) for role in allowed - assigned)
        lacking = sorted(ROLES.get(role, role) for role in assigned - allowed)
        if needless:
            yield f"{made.where} lets the pipeline assign {', '.join(needless)}, which {APP} never does"
        if lacking:
            yield f"{made.where} does not let the pipeline assign {', '.join(lacking)}, which {APP} does"


def _definition(made: Resource) -> Iterator[str]:
    """A role of its own is for plans: it asks what would change, and doesn't read what resources hold."""
    # Names of roles are unique in a tenant, and another subscription can have a group of the same name.
    if made.id.split("/")[2] not in str(made.get("properties", "roleName")):
        yield f"{made.where} may have the name of a role in another subscription"
    if made.get("properties", "assignableScopes") != [scope_of(made)]:
        yield f"{made.where} can be assigned elsewhere"
    for permission in made.get("properties", "permissions"):
        for action in (*permission.get("dataActions", ()), *sorted(set(permission["actions"]) - ASKS)):
            yield f"{made.where} allows {action}"
        denied = [re.escape(one).replace(r"\*", ".*") for one in permission.get("notActions", ())]
        for read in HELD:
            if not re.fullmatch("|".join(denied), read, re.IGNORECASE):
                yield f"{made.where} allows {read}"


def _credentials(snapshot: Snapshot) -> Iterator[str]:
    """Each identity is for the jobs of one environment, which no other identity is for. A certification is one job."""
    found = list(snapshot.of(CREDENTIAL))
    for made in found:
        if made.get("properties", "audiences") not in ([audience] for audience in AUDIENCES):
            yield f"{made.where} accepts tokens for {made.get('properties', 'audiences')}"
        if not str(made.get("properties", "issuer")).startswith("https://"):
            yield f"{made.where} trusts the issuer {made.get('properties', 'issuer')}"
        if not re.search(r":environment:[\w-]+$", str(made.get("properties", "subject"))):
            yield f"{made.where} is not for the jobs of one environment"
    subjects = {(made.get("properties", "issuer"), made.get("properties", "subject")) for made in found}
    if snapshot.template != CERTIFY and len(subjects) < len(found):
        yield f"{snapshot.name} lets a job sign in as more than one identity"
