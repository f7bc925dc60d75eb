"""Checks that the templates, the code, the documents and host.json agree on what they share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.exports.ids import GUID
from shared.http.app_roles import AppRole
from shared.http.openapi.openapi_document import openapi_document
from shared.records.table_names import TableName
from tests.infra.accounts import account_names
from tests.infra.app_settings import app_settings
from tests.infra.roles import ROLES
from tests.infra.tree import APP, IDENTITY
from tests.infra.values import Items, Unknown, at, options, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.resources import Plan
    from tests.infra.tree import Tree
    from tests.infra.values import Value

REGISTRATION = "infra/identity/api.json"
GRAPH_ROLES = {"User.Export.All", "User.Read.All"}
"""What the app needs of Microsoft Graph."""
GRAPH_ROLES_ON_REQUEST = {"CrossTenantUserProfileSharing.Read.All"}
KNOWN_IDS = {
    **ROLES,
    "00000000-0000-0000-0000-000000000000": "none",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "405a51b5-8d8d-430b-9842-8be4b0e9f324": "Graph's User.Export.All",
    "df021288-bdef-4463-88db-98f22de89214": "Graph's User.Read.All",
    "8b919d44-6192-4f3d-8a3b-f86f8069ae3c": "Graph's CrossTenantUserProfileSharing.Read.All",
    "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30": "Graph's Application.Read.All",
    "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9": "Graph's Application.ReadWrite.All",
    "06b708a9-e830-4db3-a914-8e69da51d44f": "Graph's AppRoleAssignment.ReadWrite.All",
}
"""Ids of Microsoft that are the same everywhere ("Azure built-in roles", "Microsoft Graph permissions reference")."""
_SCANNED = (
    "infra/**/*.bicep",
    "infra/**/*.bicepparam",
    "infra/scripts/*",
    "pipelines/*",
    ".github/workflows/*",
    "azure.yaml",
)


def check(tree: Tree) -> Iterator[str]:
    """Yields where two of them differ."""
    yield from _app_roles(tree)
    yield from _graph_roles(tree)
    yield from _registration(tree)
    yield from _ids(tree)
    for plan in tree.plans:
        if plan.template == APP:
            yield from _authentication(plan)
            yield from _hub(tree, plan)
            yield from _tables(plan)


def _app_roles(tree: Tree) -> Iterator[str]:
    roles = {str(role) for role in AppRole}
    described = {role["value"]: role for role in tree.json(REGISTRATION)["appRoles"]}
    section = tree.text("docs/api.md").partition("\n## Roles\n")[2].partition("\n## ")[0]
    kinds = [kind for file in tree.templates for _, kind in file.types.values() if set(kind.literals) & roles]
    for where, found in (
        (REGISTRATION, set(described)),
        ("docs/api.md", set(re.findall(r"^\| `(Exports\.\w+)` \|", section, re.MULTILINE))),
        *((f"{IDENTITY} (its types)", {str(literal) for literal in kind.literals}) for kind in kinds),
    ):
        for name in sorted(found ^ roles):
            yield f"{where} and shared/http/app_roles.py differ in the role {name}"
    named = set(re.findall(r"Exports\.[A-Z]\w+", tree.text("infra/connector/readme.md")))
    for name in sorted(named - roles):
        yield f"infra/connector/readme.md names a role {name} that doesn't exist"
    identifiers = [role["id"] for role in described.values()]
    if len(set(identifiers)) < len(identifiers):
        yield f"{REGISTRATION} has two roles with the same id"
    for name, role in described.items():
        if "Application" not in role["allowedMemberTypes"] or not role["isEnabled"]:
            yield f"{REGISTRATION} the role {name} can't be given to an application"


def _graph_roles(tree: Tree) -> Iterator[str]:
    for plan in tree.plans:
        if plan.template == IDENTITY:
            asked = {
                found
                for made in plan.of("Microsoft.Graph/appRoleAssignedTo")
                for found in re.findall(r"item\.value == ([\w.]+) ", text(made.get("appRoleId")))
            }
            allowed = GRAPH_ROLES | (
                GRAPH_ROLES_ON_REQUEST if plan is tree.any(IDENTITY) or "exportInbound" in plan.name else set()
            )
            for name in sorted(asked - allowed):
                yield f"{plan.name} requests {name} of Microsoft Graph"
            if asked and GRAPH_ROLES - asked:
                yield f"{plan.name} does not request of Microsoft Graph: {', '.join(sorted(GRAPH_ROLES - asked))}"
    if not any(made.type == "Microsoft.Graph/appRoleAssignedTo" for made in tree.any(IDENTITY).made):
        yield f"{IDENTITY} gives the app no role of Microsoft Graph"


def _registration(tree: Tree) -> Iterator[str]:
    for made in tree.any(IDENTITY).of("Microsoft.Graph/servicePrincipals"):
        if made.get("appRoleAssignmentRequired") is not True:
            yield f"{made.where} gives tokens to applications without a role"
    for made in tree.any(IDENTITY).of("Microsoft.Graph/applications"):
        if made.get("api", "requestedAccessTokenVersion") != 2:  # version 1 has another issuer
            yield f"{made.where} gives tokens of a version that the app doesn't accept"
        if made.get("signInAudience") != "AzureADMyOrg":
            yield f"{made.where} is open to other tenants"
        for name in ("keyCredentials", "passwordCredentials"):
            if made.get(name) is not None:
                yield f"{made.where} has {name}: the API asks for no token"


def _ids(tree: Tree) -> Iterator[str]:
    own = {match[0].lower() for match in re.finditer(GUID, tree.text(REGISTRATION))}
    for path in tree.files(*_SCANNED):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for match in re.finditer(GUID, line):
                if match[0].lower() not in {*KNOWN_IDS, *own}:
                    yield f"{tree.label(path)}:{number} {match[0]} is an unexplained id"


def _authentication(plan: Plan) -> Iterator[str]:
    (auth,) = [made for made in plan.of("Microsoft.Web/sites/config") if made.get("name") == "authsettingsV2"] or (
        None,
    )
    if auth is None:
        yield f"{plan.name} has no authentication"
        return
    mode = app_settings(plan).get("AUTH_MODE")
    enabled = auth.get("properties", "platform", "enabled")
    if isinstance(mode, str) and enabled is not (mode == "entra"):
        yield f"{auth.where} ({plan.name}) authentication is {text(enabled)} with {mode}"
    calls = {path: call for path, methods in openapi_document()["paths"].items() for call in methods.values()}
    anonymous = {f"/api{path}" for path, call in calls.items() if call["security"] == []}
    excluded = _items(auth.get("properties", "globalValidation", "excludedPaths"))
    for path in sorted({text(item) for item in excluded} ^ anonymous):
        yield f"{auth.where} the paths without a token and the API differ in {path}"
    for path, wanted in (
        ("globalValidation.requireAuthentication", True),
        ("globalValidation.unauthenticatedClientAction", "Return401"),
        ("httpSettings.requireHttps", True),
        ("login.tokenStore.enabled", False),
    ):
        if auth.get("properties", *path.split(".")) != wanted:
            yield f"{auth.where} {path} is not {text(wanted)}"
    directory = auth.get("properties", "identityProviders", "azureActiveDirectory")
    if not re.search(r"tenant\(\)\.tenantId", text(at(directory, "registration", "openIdIssuer"))):
        yield f"{auth.where} accepts tokens of any tenant"
    for option in options(at(directory, "validation", "defaultAuthorizationPolicy", "allowedApplications")):
        if not isinstance(option, Items | Unknown) or (isinstance(option, Items) and not option.values):
            yield f"{auth.where} ({plan.name}) names no application that may call, which could mean everybody"
    if not _items(at(directory, "validation", "allowedAudiences")):
        yield f"{auth.where} accepts tokens for any audience"


def _hub(tree: Tree, plan: Plan) -> Iterator[str]:
    hub = tree.json("host.json")["extensions"]["durableTask"]["hubName"]
    for made in plan.of("Microsoft.DurableTask/schedulers/taskHubs"):
        if made.get("name") != hub:
            yield f"{made.where} the task hub is {text(made.get('name'))}, and {hub} in host.json"
        connection = text(app_settings(plan).get("DURABLE_TASK_SCHEDULER_CONNECTION_STRING"))
        if f"TaskHub={hub};" not in connection or "Authentication=ManagedIdentity" not in connection:
            yield f"{made.where} ({plan.name}) the app uses another hub, or doesn't use its identity"


def _tables(plan: Plan) -> Iterator[str]:
    """The template must create exactly the tables that the app uses, because the app can't create any."""
    account = account_names(plan).get("records", "")
    tables = plan.of("Microsoft.Storage/storageAccounts/tableServices/tables")
    made = {text(table.get("name")) for table in tables if table.name.startswith(f"{account}/")}
    for name in sorted(made ^ set(TableName)):
        yield f"{plan.name} and shared/records/table_names.py differ in the table {name}"


def _items(value: Value) -> list[Value]:
    return list(value.values) if isinstance(value, Items) else []
