"""Checks the identity stage, which registers the API and grants tenant-wide permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.tree import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

REGISTRATION = "infra/identity/api.json"
GRAPH_ROLES = {"User.Export.All", "User.Read.All"}
"""What the app needs of Microsoft Graph."""
GRAPH_ROLES_ON_REQUEST = {"CrossTenantUserProfileSharing.Read.All"}
SIGN_IN = {"openid", "profile", "offline_access"}
"""What the console asks Microsoft Graph for in people's names: who they are, and nothing that Graph has of them."""
CHECKED = (
    "Microsoft.Graph/applications",
    "Microsoft.Graph/appRoleAssignedTo",
    "Microsoft.Graph/oauth2PermissionGrants",
    "Microsoft.Graph/servicePrincipals",
)
"""What these checks are about: a check of nothing finds nothing too."""
_SAMPLE = "Exports.Submit"
_APPLICATION, _ITSELF = "Microsoft.Graph/applications", "[reference('application').appId]"
_GRANT, _GRAPH = "Microsoft.Graph/appRoleAssignedTo", "[reference('graph').id]"


def check(tree: Tree) -> Iterator[str]:
    """Yields permissions too many or too few, and a registration that is too open."""
    stages = tree.snapshots_of(IDENTITY)
    for kind in CHECKED:
        if not any(any(snapshot.of(kind)) for snapshot in stages):
            yield f"no snapshot of {IDENTITY} has {kind}"
    yield from _asked(tree)
    for snapshot in stages:
        yield from _registration(snapshot)
        yield from _graph_roles(snapshot)
        yield from _callers(tree, snapshot)


def _asked(tree: Tree) -> Iterator[str]:
    """The names are in the source alone: Azure looks up their ids while it deploys."""
    text = tree.text(IDENTITY)
    named = set(re.findall(r"'([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*\.(?:All|ReadWrite|Read))'", text))
    for name in sorted(named - GRAPH_ROLES - GRAPH_ROLES_ON_REQUEST):
        yield f"{IDENTITY} requests {name} of Microsoft Graph"
    for name in sorted((GRAPH_ROLES | GRAPH_ROLES_ON_REQUEST) - named):
        yield f"{IDENTITY} does not request {name} of Microsoft Graph"


def _registration(snapshot: Snapshot) -> Iterator[str]:
    pages = [made for made in snapshot.of(_APPLICATION) if made.get("properties", "spa")]
    principals = list(snapshot.of("Microsoft.Graph/servicePrincipals"))
    open_to_all = [made for made in principals if made.get("properties", "appRoleAssignmentRequired") is not True]
    # Who signs in at a page gets a token for the API only with one of the API's roles.
    if len(open_to_all) > len(pages):
        yield f"{open_to_all[0].where} gives tokens to applications without a role"
    for made in snapshot.of(_APPLICATION):
        version = made.get("properties", "api", "requestedAccessTokenVersion")
        if made not in pages and version != 2:  # version 1 has another issuer
            yield f"{made.where} gives tokens of a version that the app doesn't accept"
        if made.get("properties", "signInAudience") != "AzureADMyOrg":
            yield f"{made.where} is open to other tenants"
        for name in ("keyCredentials", "passwordCredentials"):
            if made.get("properties", name) is not None:
                yield f"{made.where} has {name}: the API asks for no token, and a page can't keep a secret"
    for made in pages:
        yield from _page(snapshot, made)


def _page(snapshot: Snapshot, made: Resource) -> Iterator[str]:
    """The console: people are sent back to it alone, by the code flow alone, and the API trusts it."""
    addresses = str(made.get("properties", "spa", "redirectUris"))
    if "/api/console'" not in addresses or "https://" not in addresses or "http://" in addresses:
        yield f"{made.where} sends people to {addresses}"
    claims = made.get("properties", "optionalClaims", "idToken") or ()
    if "login_hint" not in [claim["name"] for claim in claims]:
        yield f"{made.where} has people choose an account when they sign out"
    for name in ("web", "publicClient"):  # the first has the implicit flow, the second takes any program
        if made.get("properties", name) is not None:
            yield f"{made.where} has {name}"
    for grant in snapshot.of("Microsoft.Graph/oauth2PermissionGrants"):
        scopes = set(str(grant.get("properties", "scope")).split())
        if scopes != SIGN_IN or grant.get("properties", "resourceId") != _GRAPH:
            yield f"{grant.where} consents to {', '.join(sorted(scopes))}"
    trusted = [
        one["appId"]
        for api in snapshot.of(_APPLICATION)
        for one in api.get("properties", "api", "preAuthorizedApplications") or ()
    ]
    if _ITSELF not in trusted:
        yield f"{snapshot.name} asks everybody for their consent that the console calls the API"
    if snapshot.outputs["consoleClientId"] != _ITSELF:
        yield f"{snapshot.name} does not tell the app stage of the console"


def _graph_roles(snapshot: Snapshot) -> Iterator[str]:
    """How many roles of Graph are granted: those that the app needs, or those on request too, or none at all."""
    identity = snapshot.outputs["identityName"]
    grants = [made for made in snapshot.of(_GRANT) if made.get("properties", "resourceId") == _GRAPH]
    for made in grants:
        if "'Application'" not in str(made.get("properties", "appRoleId")):
            yield f"{made.where} could grant a permission of people instead of the app's role"
        if f"/userAssignedIdentities/{identity}'" not in str(made.get("properties", "principalId")):
            yield f"{made.where} grants a role of Microsoft Graph to another identity than the app's"
    if len(grants) not in {0, len(GRAPH_ROLES), len(GRAPH_ROLES | GRAPH_ROLES_ON_REQUEST)}:
        yield f"{snapshot.name} grants {len(grants)} roles of Microsoft Graph"
    if grants == [] and any(snapshot.of(_GRANT)):
        yield f"{snapshot.name} lets people call an app that may not call Microsoft Graph"


def _callers(tree: Tree, snapshot: Snapshot) -> Iterator[str]:
    """Callers get roles of the API. The sample Logic App gets the one that it needs."""
    roles = {role["id"]: role["value"] for role in tree.json(REGISTRATION)["appRoles"]}
    for made in snapshot.of(_GRANT):
        if made.get("properties", "resourceId") == _GRAPH:
            continue
        role = roles.get(str(made.get("properties", "appRoleId")))
        if role is None:
            yield f"{made.where} gives a caller a role that is not in {REGISTRATION}"
        if "/userAssignedIdentities/" in str(made.get("properties", "principalId")) and role != _SAMPLE:
            yield f"{made.where} gives the sample Logic App {role}, and it needs {_SAMPLE}"
