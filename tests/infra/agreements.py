"""Checks that deployments, the code, the documents and host.json agree on what they share."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from shared.exports.ids import GUID
from shared.http.app_roles import AppRole
from shared.http.openapi.openapi_document import openapi_document
from shared.records.table_names import TableName
from tests.infra.accounts import purpose_of
from tests.infra.app_settings import app_settings
from tests.infra.roles import ROLES
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

REGISTRATION = "infra/identity/api.json"
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
CHECKED = (
    "Microsoft.DurableTask/schedulers/taskHubs",
    "Microsoft.Logic/workflows",
    "Microsoft.Storage/storageAccounts/tableServices/tables",
    "Microsoft.Web/sites/config",
)
"""What these checks are about: a check of nothing finds nothing too."""
CONSOLE = "CONSOLE_CLIENT_ID"
CONSOLE_PATHS = {"/api/console", "/api/console/*"}
"""The page that signs people in by itself, and all that is below it ("*": MicrosoftDocs/azure-docs#86514)."""
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
    yield from _ids(tree)
    for kind in CHECKED:
        if not any(any(snapshot.of(kind)) for snapshot in tree.snapshots.values()):
            yield f"no snapshot has {kind}"
    for snapshot in tree.snapshots.values():
        if snapshot.template == APP:
            yield from _authentication(snapshot)
            yield from _starters(snapshot)
            yield from _hub(tree, snapshot)
            yield from _tables(snapshot)


def _app_roles(tree: Tree) -> Iterator[str]:
    roles = {str(role) for role in AppRole}
    described = {role["value"]: role for role in tree.json(REGISTRATION)["appRoles"]}
    section = tree.text("docs/api.md").partition("\n## Roles\n")[2].partition("\n## ")[0]
    for where, found in (
        (REGISTRATION, set(described)),
        ("docs/api.md", set(re.findall(r"^\| `(Exports\.\w+)` \|", section, re.MULTILINE))),
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


def _ids(tree: Tree) -> Iterator[str]:
    own = {match[0].lower() for match in re.finditer(GUID, tree.text(REGISTRATION))}
    for path in tree.files(*_SCANNED):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for match in re.finditer(GUID, line):
                if match[0].lower() not in {*KNOWN_IDS, *own}:
                    yield f"{tree.label(path)}:{number} {match[0]} is an unexplained id"


def _authentication(snapshot: Snapshot) -> Iterator[str]:
    found = [made for made in snapshot.of("Microsoft.Web/sites/config") if made.name.endswith("/authsettingsV2")]
    if len(found) != 1:
        yield f"{snapshot.name} has no authentication"
        return
    (auth,) = found
    mode = app_settings(snapshot).get("AUTH_MODE")
    enabled = auth.get("properties", "platform", "enabled")
    if enabled is not (mode == "entra"):
        yield f"{auth.where} authentication is {enabled} with {mode}"
    calls = {path: call for path, methods in openapi_document()["paths"].items() for call in methods.values()}
    anonymous = {f"/api{path}" for path, call in calls.items() if call["security"] == []}
    if CONSOLE in app_settings(snapshot):
        anonymous |= CONSOLE_PATHS
    excluded = auth.get("properties", "globalValidation", "excludedPaths") or ()
    for path in sorted(set(excluded) ^ anonymous):
        yield f"{auth.where} the paths without a token and the API differ in {path}"
    for steps, wanted in (
        (("globalValidation", "requireAuthentication"), True),
        (("globalValidation", "unauthenticatedClientAction"), "Return401"),
        (("httpSettings", "requireHttps"), True),
        (("login", "tokenStore", "enabled"), False),
    ):
        if auth.get("properties", *steps) != wanted:
            yield f"{auth.where} {'.'.join(steps)} is not {wanted}"
    yield from _accepted(snapshot, auth)


def _accepted(snapshot: Snapshot, auth: Resource) -> Iterator[str]:
    """Which tokens reach the app."""
    directory = ("properties", "identityProviders", "azureActiveDirectory")
    if not _of_one_tenant(auth.get(*directory, "registration", "openIdIssuer")):
        yield f"{auth.where} accepts tokens of any tenant"
    if not auth.get(*directory, "validation", "allowedAudiences"):
        yield f"{auth.where} accepts tokens for any audience"
    callers = auth.get(*directory, "validation", "defaultAuthorizationPolicy", "allowedApplications")
    # Where a caller's id is known only during the deployment, this is an expression, which must have another way out.
    if not callers or (isinstance(callers, str) and not re.match(r"\[if\(empty\(.*\), createArray\([^)]", callers)):
        yield f"{auth.where} names no application that may call, which could mean everybody"
    console = app_settings(snapshot).get(CONSOLE)
    if console and console not in json.dumps(callers):
        yield f"{auth.where} does not let the console call"
    for workflow in snapshot.of("Microsoft.Logic/workflows"):
        for identity in workflow.get("identity", "userAssignedIdentities"):
            if identity not in json.dumps(callers):
                yield f"{auth.where} does not let {workflow.name} call"


def _starters(snapshot: Snapshot) -> Iterator[str]:
    """A workflow exports with its own role, so a token for the API is not enough to start it: it names its callers."""
    for made in snapshot.of("Microsoft.Logic/workflows"):
        triggers = made.get("properties", "accessControl", "triggers")
        policies = triggers["openAuthenticationPolicies"]["policies"].values()
        for claims in ({claim["name"]: claim["value"] for claim in policy["claims"]} for policy in policies):
            if not re.fullmatch(GUID, claims.get("oid", "")):
                yield f"{made.where} can be started by whoever has a token for the API"
            if not _of_one_tenant(claims.get("iss")) or "aud" not in claims:
                yield f"{made.where} accepts tokens of another tenant, or for another API"
        if not policies or triggers["sasAuthenticationPolicy"]["state"] != "Disabled":
            yield f"{made.where} can be started by whoever has its URL"


def _of_one_tenant(issuer: Any) -> bool:
    """Whether an issuer has a tenant's id in it. The deployment's own is known in snapshots."""
    return re.search(GUID, str(issuer)) is not None


def _hub(tree: Tree, snapshot: Snapshot) -> Iterator[str]:
    hub = tree.json("host.json")["extensions"]["durableTask"]["hubName"]
    for made in snapshot.of("Microsoft.DurableTask/schedulers/taskHubs"):
        name = made.name.rpartition("/")[2]
        if name != hub:
            yield f"{made.where} the task hub is {name}, and {hub} in host.json"
        connection = app_settings(snapshot).get("DURABLE_TASK_SCHEDULER_CONNECTION_STRING", "")
        if not re.match(rf"\[format\('[^']*TaskHub=\{{1\}};Authentication=ManagedIdentity;.*, '{hub}', ", connection):
            yield f"{made.where} the app uses another hub, or doesn't use its identity"


def _tables(snapshot: Snapshot) -> Iterator[str]:
    """The template must create exactly the tables that the app uses, because the app can't create any."""
    made = {
        table.name.rpartition("/")[2]
        for table in snapshot.of("Microsoft.Storage/storageAccounts/tableServices/tables")
        if purpose_of(snapshot, table.id) == "records/tableservices/tables"
    }
    for name in sorted(made ^ set(TableName)):
        yield f"{snapshot.name} and shared/records/table_names.py differ in the table {name}"
