"""Checks role assignments: only known roles, at the narrowest scope that works, and none missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.exports.ids import GUID
from tests.infra.accounts import purpose_of
from tests.infra.tree import APP
from tests.infra.values import Items, at, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.resources import Made, Plan
    from tests.infra.tree import Tree
    from tests.infra.values import Value

ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
BOOTSTRAP = "infra/bootstrap/main.bicep"
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
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
APP_MAY = {
    ("host", "Storage Blob Data Owner"),
    ("host", "Storage Queue Data Contributor"),
    ("host", "Storage Table Data Contributor"),
    ("host/blobservices/containers", "Storage Blob Data Contributor"),
    ("records/tableservices/tables", "Storage Table Data Contributor"),
    ("exports", "Storage Blob Data Contributor"),
    ("exports", "Reader"),
    ("microsoft.keyvault/vaults/secrets", "Key Vault Secrets User"),
    ("microsoft.insights/components", "Monitoring Metrics Publisher"),
    ("microsoft.durabletask/schedulers", "Durable Task Data Contributor"),
    ("microsoft.durabletask/schedulers/taskhubs", "Durable Task Data Contributor"),
}
"""Where each role may be given by the app's template. A role on the resource group is not among them."""
APP_NEEDS = {
    ("host", "Storage Blob Data Owner"),
    ("records/tableservices/tables", "Storage Table Data Contributor"),
    ("exports", "Storage Blob Data Contributor"),
    ("exports", "Reader"),
    ("exports", "Reader"),
    ("microsoft.insights/components", "Monitoring Metrics Publisher"),
}
"""The roles that every deployment assigns."""
PIPELINE_MAY = {
    "Contributor",
    "Locks Contributor",
    "Role Based Access Control Administrator",
    "Managed Identity Contributor",
}
"""The roles that the pipeline's identities may have on their resource group."""
HIDDEN_READS = {"Microsoft.OperationalInsights/workspaces/query/*", "Microsoft.Insights/logs/*"}
"""What a role with `*/read` must not read: the logs, by workspace and by resource."""


def check(tree: Tree) -> Iterator[str]:
    """Yields roles that are unknown, too wide, in the wrong place, missing, or without a principal type."""
    given: set[str] = set()
    for plan in tree.plans:
        if plan.template != APP:
            yield from (f"{made.where} assigns a role of Azure where only Graph's are" for made in plan.of(ASSIGNMENT))
            continue
        held = set()
        for made in plan.of(ASSIGNMENT):
            yield from _assignment(made)
            role = ROLES.get(role_id(made), "unknown")
            where = purpose_of(plan, made.target) if made.target else "the resource group"
            held.add((where, role))
            given.add(role_id(made))
            if (where, role) not in APP_MAY:
                yield f"{made.where} gives {role} on {where}"
        for where, role in sorted(APP_NEEDS - held):
            yield f"{plan.name} gives no {role} on {where}"
        yield from _needed(plan, held)
    yield from _pipeline(tree, given)


def role_id(made: Made) -> str:
    """The id of the assigned role; empty for a custom role of the template."""
    found = re.search(GUID, text(made.get("properties", "roleDefinitionId")))
    return found[0].lower() if found else ""


def _needed(plan: Plan, held: set[tuple[str, str]]) -> Iterator[str]:
    for kind, role in (
        ("Microsoft.KeyVault/vaults", "Key Vault Secrets User"),
        ("Microsoft.DurableTask/schedulers/taskHubs", "Durable Task Data Contributor"),
    ):
        if plan.of(kind) and role not in {given for _, given in held}:
            yield f"{plan.name} makes {kind}, and gives nobody {role}"
    reached = {made.target.key for made in plan.of(ASSIGNMENT) if made.target}
    for table in plan.of("Microsoft.Storage/storageAccounts/tableServices/tables"):
        if (table.type.lower(), table.name) not in reached and plan.name != f"{APP} with any parameters":
            yield f"{plan.name} gives nobody a role on the table {text(table.get('name'))}"


def _assignment(made: Made) -> Iterator[str]:
    if text(made.get("properties", "principalType")) != "ServicePrincipal":
        yield f"{made.where} has no principalType, so that assigning to a new principal can fail"
    name, role = text(made.get("name")), role_id(made)
    principal = text(made.get("properties", "principalId")).removesuffix(".properties.principalId")
    if not (name.startswith("guid(") and role in name and principal in name):
        yield f"{made.where} has a name that is not made of its scope, principal and role"


def _pipeline(tree: Tree, given: set[str]) -> Iterator[str]:
    if not (tree.root / BOOTSTRAP).exists():
        return
    for made in tree.plan(BOOTSTRAP).of(ASSIGNMENT):
        yield from _assignment(made)
        identifier = role_id(made)
        custom = "microsoft.authorization/roledefinitions/" in text(made.get("properties", "roleDefinitionId"))
        role = ROLES.get(identifier, "unknown")
        if role not in PIPELINE_MAY and not custom:
            yield f"{made.where} gives the pipeline {role}"
        if role == "Role Based Access Control Administrator":
            condition = text(made.get("properties", "condition"))
            allowed = {found[0].lower() for found in re.finditer(GUID, condition)}
            needless = sorted(ROLES.get(one, one) for one in allowed - given)
            lacking = sorted(ROLES.get(one, one) for one in given - allowed)
            if needless:
                yield f"{made.where} lets the pipeline assign {', '.join(needless)}, which {APP} never does"
            if lacking:
                yield f"{made.where} does not let the pipeline assign {', '.join(lacking)}, which {APP} does"
    yield from _custom_roles(tree.plan(BOOTSTRAP))


def _custom_roles(plan: Plan) -> Iterator[str]:
    for made in plan.of("Microsoft.Authorization/roleDefinitions"):
        for permission in _items(made.get("properties", "permissions")):
            hidden = {text(action) for action in _items(at(permission, "notActions"))}
            for action in _items(at(permission, "actions")):
                if "*" in text(action) and (text(action) != "*/read" or not hidden >= HIDDEN_READS):
                    yield f"{made.where} allows {text(action)}"


def _items(value: Value) -> list[Value]:
    return list(value.values) if isinstance(value, Items) else []
