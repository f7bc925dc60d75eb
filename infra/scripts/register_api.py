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
import subprocess
import sys
from pathlib import Path
from typing import Any

from graph import GRAPH_APP_ID, Graph, az

SCRIPTS = Path(__file__).parent
INFRA = SCRIPTS.parent
DEFINITION: dict[str, Any] = json.loads((INFRA / "identity" / "api.json").read_text())
SCOPE_IDS = [scope["id"] for scope in DEFINITION["oauth2PermissionScopes"]]
API = {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": DEFINITION["oauth2PermissionScopes"]}
SIGN_IN = ["openid", "profile", "offline_access"]
"""What a sign-in at the console asks Microsoft Graph for: who signed in, and a token that renews the others."""


def switched_on(name: str, default: str) -> bool:
    """Whether a variable is true, read as Bicep's bool() does."""
    return os.environ.get(name, default).lower() == "true"


def identity(name: str, group: str, tags: list[str]) -> dict[str, Any]:
    """Creates a user-assigned identity, or returns the existing one."""
    made: dict[str, Any] = az("identity", "create", "--name", name, "--resource-group", group, "--tags", *tags)
    return made


def registration(graph: Graph, unique_name: str, name: str) -> dict[str, str]:
    """Creates or updates the API's registration, as infra/identity/modules/api-registration.bicep declares it.

    It returns what identifies it: `uniqueName`, `appId` and `audience`.
    """
    tenant = az("account", "show", "--query", "tenantId")
    audience = f"api://{tenant}/{unique_name}"
    wanted: dict[str, Any] = {
        "displayName": name,
        "description": "Exports people's Microsoft 365 data.",
        "signInAudience": "AzureADMyOrg",
        "identifierUris": [audience],
        "appRoles": DEFINITION["appRoles"],
        "api": API,
    }
    made = graph.upsert(f"applications(uniqueName='{unique_name}')", wanted)
    return {"uniqueName": unique_name, "appId": made["appId"], "audience": audience}


def trust(graph: Graph, api: dict[str, str], client_ids: list[str]) -> None:
    """Lets these applications, and no others, call the API for people without asking for their consent.

    In a request of its own: Graph refuses to trust an application with a scope that the same request brings.
    """
    trusted = [{"appId": one, "delegatedPermissionIds": SCOPE_IDS} for one in client_ids]
    wanted = {"api": API | {"preAuthorizedApplications": trusted}}
    graph.call("patch", f"applications(uniqueName='{api['uniqueName']}')", wanted)


def principal(graph: Graph, app_id: str, *, needs_role: bool) -> str:
    """Creates the service principal of a registration, and returns its object id.

    With `needs_role`, nobody gets a token for it without one of its roles.
    """
    wanted = {"appRoleAssignmentRequired": needs_role, "tags": ["HideApp", "WindowsAzureActiveDirectoryIntegratedApp"]}
    object_id: str = graph.upsert(f"servicePrincipals(appId='{app_id}')", wanted)["id"]
    return object_id


def console_addresses(group: str, environment: str) -> list[str]:
    """The addresses of the console: on the app's own host, and on the gateway if there is one.

    Azure computes the host's name, as for the app, in a deployment that makes nothing.
    """
    subprocess.run([str(SCRIPTS / "install-bicep.sh")], stdout=sys.stderr, check=True)  # noqa: S603 - our own script
    template = str(INFRA / "modules" / "app-host.bicep")
    stage = ["--resource-group", group, "--name", "app-host", "--template-file", template]
    given = ["--parameters", f"environmentName={environment}", f"name={os.environ.get('BASE_NAME', 'pde')}"]
    host = az("deployment", "group", "create", *stage, *given, "--query", "properties.outputs.hostName.value")
    return [
        f"{root}/api/console" for root in (f"https://{host}", os.environ.get("PUBLIC_BASE_URL", "").rstrip("/")) if root
    ]


def console(graph: Graph, api: dict[str, str], name: str, addresses: list[str], *, consent: bool) -> str:
    """Creates or updates the console's registration, as infra/identity/modules/console-registration.bicep declares it.

    With `consent`, nobody is asked for theirs. It returns the client id.
    """
    microsoft_graph = graph.call("get", f"servicePrincipals(appId='{GRAPH_APP_ID}')")
    ids = {scope["value"]: scope["id"] for scope in microsoft_graph["oauth2PermissionScopes"]}
    asked = [(api["appId"], SCOPE_IDS), (GRAPH_APP_ID, [ids[scope] for scope in SIGN_IN])]
    wanted: dict[str, Any] = {
        "displayName": name,
        "description": "The page on which people work with exports.",
        "signInAudience": "AzureADMyOrg",
        "spa": {"redirectUris": addresses},
        "optionalClaims": {"idToken": [{"name": "login_hint"}]},
        "requiredResourceAccess": [
            {"resourceAppId": resource, "resourceAccess": [{"id": scope, "type": "Scope"} for scope in scopes]}
            for resource, scopes in asked
        ],
    }
    client_id: str = graph.upsert(f"applications(uniqueName='{api['uniqueName']}-console')", wanted)["appId"]
    client = principal(graph, client_id, needs_role=False)
    if consent:
        graph.consent(client, microsoft_graph["id"], SIGN_IN)
    return client_id


def main() -> None:
    """Creates all of it and prints what the app stage needs."""
    group, environment = os.environ["RESOURCE_GROUP"], os.environ["AZURE_ENV_NAME"]
    base = f"{os.environ.get('BASE_NAME', 'pde')}-{environment}"
    name = f"Personal data export ({environment})"
    tags = [f"azd-env-name={environment}"]
    callers = json.loads(os.environ.get("API_CALLERS", "[]"))
    trusted = json.loads(os.environ.get("TRUSTED_CLIENT_IDS", "[]"))
    assigns_roles = switched_on("ASSIGN_ROLES", "true")
    graph = Graph()

    app = identity(f"id-{base}", group, tags)
    logic_app = None
    if switched_on("SAMPLE_LOGIC_APP", "false"):
        logic_app = identity(f"id-{base}-logic", group, tags)
        callers.append({"principalId": logic_app["principalId"], "role": "Exports.Submit"})
    api = registration(graph, base, name)
    resource = principal(graph, api["appId"], needs_role=True)
    console_id, addresses = "", list[str]()
    if switched_on("CONSOLE", "false"):
        addresses = console_addresses(group, environment)
        console_id = console(graph, api, f"{name}: console", addresses, consent=assigns_roles)
    trust(graph, api, [*trusted, *([console_id] if console_id else [])])
    if assigns_roles:
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
    print(f"CONSOLE_CLIENT_ID={console_id}")
    print(f"CONSOLE_ADDRESSES={','.join(addresses)}")


if __name__ == "__main__":
    main()
