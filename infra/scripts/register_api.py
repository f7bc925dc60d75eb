"""The identity stage without Bicep's Microsoft Graph extension.

It is for clouds where the extension isn't available, and the way out where a run of the stage fails in the extension,
as with "EntitlementGrant entry already exists". It creates what infra/identity/main.bicep creates, with the same names
and from the same variables (see infra/identity/main.bicepparam), and goes on with what the template made. It prints the
variables that the app stage needs. Running it again is safe. It needs the right to write managed identities in
RESOURCE_GROUP, and the roles Privileged Role Administrator and Application Administrator.

    RESOURCE_GROUP=rg-pde-prod AZURE_ENV_NAME=prod python3 infra/scripts/register_api.py
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from graph import Graph, az

DEFINITION: dict[str, Any] = json.loads((Path(__file__).parent.parent / "identity" / "api.json").read_text())


def switched_on(name: str, default: str) -> bool:
    """Whether a variable is true, read as Bicep's bool() does."""
    return os.environ.get(name, default).lower() == "true"


def identity(name: str, group: str, tags: list[str]) -> dict[str, Any]:
    """Creates a user-assigned identity, or returns the existing one."""
    made: dict[str, Any] = az("identity", "create", "--name", name, "--resource-group", group, "--tags", *tags)
    return made


def registration(graph: Graph, unique_name: str, environment: str, trusted: list[str]) -> dict[str, Any]:
    """Creates or updates the API's registration, as infra/identity/modules/api-registration.bicep declares it.

    In two requests: Graph refuses to trust an application with a scope that the same request brings.
    """
    tenant = az("account", "show", "--query", "tenantId")
    audience = f"api://{tenant}/{unique_name}"
    scopes = DEFINITION["oauth2PermissionScopes"]
    scope_ids = [scope["id"] for scope in scopes]
    api = {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": scopes}
    path = f"applications(uniqueName='{unique_name}')"
    wanted: dict[str, Any] = {
        "displayName": f"Personal data export ({environment})",
        "description": "Exports people's Microsoft 365 data.",
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [audience],
        "appRoles": DEFINITION["appRoles"],
        "api": api,
    }
    made = graph.upsert(path, wanted)
    pre_authorized = [{"appId": one, "delegatedPermissionIds": scope_ids} for one in trusted]
    graph.call("patch", path, {"api": api | {"preAuthorizedApplications": pre_authorized}})
    return {"appId": made["appId"], "audience": audience}


def principal(graph: Graph, app_id: str) -> str:
    """Creates the API's service principal, which requires a role of every caller, and returns its object id."""
    wanted = {"appRoleAssignmentRequired": True, "tags": ["HideApp", "WindowsAzureActiveDirectoryIntegratedApp"]}
    object_id: str = graph.upsert(f"servicePrincipals(appId='{app_id}')", wanted)["id"]
    return object_id


def main() -> None:
    """Creates all of it and prints what the app stage needs."""
    group, environment = os.environ["RESOURCE_GROUP"], os.environ["AZURE_ENV_NAME"]
    base = f"{os.environ.get('BASE_NAME', 'pde')}-{environment}"
    tags = [f"azd-env-name={environment}"]
    callers = json.loads(os.environ.get("API_CALLERS", "[]"))
    graph = Graph()

    app = identity(f"id-{base}", group, tags)
    logic_app = None
    if switched_on("SAMPLE_LOGIC_APP", "false"):
        logic_app = identity(f"id-{base}-logic", group, tags)
        callers.append({"principalId": logic_app["principalId"], "role": "Exports.Submit"})
    api = registration(graph, base, environment, json.loads(os.environ.get("TRUSTED_CLIENT_IDS", "[]")))
    resource = principal(graph, api["appId"])
    if switched_on("ASSIGN_ROLES", "true"):
        inbound = switched_on("EXPORT_INBOUND_PROFILES", "false")
        roles = ["User.Export.All", "User.Read.All", *(["CrossTenantUserProfileSharing.Read.All"] if inbound else [])]
        graph.grant_graph_roles(app["principalId"], roles)
        ids = {role["value"]: role["id"] for role in DEFINITION["appRoles"]}
        for caller in callers:
            graph.grant(caller["principalId"], resource, ids[caller["role"]], caller["role"])

    print(f"IDENTITY_NAME={app['name']}")
    print(f"API_CLIENT_ID={api['appId']}")
    print(f"API_AUDIENCE={api['audience']}")
    print(f"LOGIC_APP_IDENTITY_NAME={logic_app['name'] if logic_app else ''}")


if __name__ == "__main__":
    main()
