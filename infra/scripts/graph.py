"""Microsoft Graph through the Azure CLI, in the cloud that it is signed in to."""

# ruff: noqa: INP001, T201 - part of scripts that print, not a package

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
"""Client id of Microsoft Graph, the same in every tenant and cloud."""


def az(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    """Runs the Azure CLI and returns its JSON, or None if it prints nothing. Its error messages go to standard error.

    Raises:
        SystemExit: the CLI failed; the exit code is the CLI's own.
    """
    ran = subprocess.run(["az", *arguments, "--output", "json"], stdout=subprocess.PIPE, check=False)  # noqa: S603, S607 - the CLI on the path
    if ran.returncode:
        print(f"This failed: az {' '.join(arguments)}", file=sys.stderr)
        sys.exit(ran.returncode)
    return json.loads(ran.stdout) if ran.stdout.strip() else None


class Graph:
    """The tenant's directory. Every change is idempotent."""

    def __init__(self) -> None:
        endpoints = az("cloud", "show", "--query", "endpoints")
        self._root = endpoints["microsoftGraphResourceId"].rstrip("/")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *headers: str) -> Any:  # noqa: ANN401 - JSON
        """Graph's response to one call. `path` starts after the version; a header is `Name=value`."""
        sent = ["--headers", "Content-Type=application/json", *headers, "--body", json.dumps(body)] if body else []
        return az("rest", "--method", method, "--url", f"{self._root}/v1.0/{path}", "--resource", self._root, *sent)

    def all(self, path: str) -> list[dict[str, Any]]:
        """The items of all pages of a list."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.call("get", path)
            found += page["value"]
            path = page.get("@odata.nextLink", "").removeprefix(f"{self._root}/v1.0/")
        return found

    def upsert(self, path: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """Creates or updates the object at a path with an alternate key, and returns it."""
        self.call("patch", path, wanted, "Prefer=create-if-missing")
        found: dict[str, Any] = self.call("get", path)
        return found

    def grant_graph_roles(self, principal_id: str, names: list[str]) -> None:
        """Gives application roles of Microsoft Graph to a service principal.

        Raises:
            SystemExit: Graph has no such role in this cloud.
        """
        graph = self.call("get", f"servicePrincipals(appId='{GRAPH_APP_ID}')")
        roles = {role["value"]: role["id"] for role in graph["appRoles"] if "Application" in role["allowedMemberTypes"]}
        missing = [name for name in names if name not in roles]
        if missing:
            sys.exit(f"Microsoft Graph has no such application role in this cloud: {', '.join(missing)}.")
        for name in names:
            self.grant(principal_id, graph["id"], roles[name], name)

    def grant(self, principal_id: str, resource_id: str, role_id: str, name: str) -> None:
        """Assigns an app role of a resource to a service principal, a user or a group.

        Args:
            principal_id: object id of the service principal, user or group.
            resource_id: object id of the service principal that offers the role.
            role_id: id of the role.
            name: the role's name, for messages.
        """
        kind = self.call("get", f"directoryObjects/{principal_id}")["@odata.type"].rpartition(".")[2]
        held = self.all(f"{kind}s/{principal_id}/appRoleAssignments")
        if any((one["resourceId"], one["appRoleId"]) == (resource_id, role_id) for one in held):
            print(f"{principal_id} already has {name}.", file=sys.stderr)
            return
        body = {"principalId": principal_id, "resourceId": resource_id, "appRoleId": role_id}
        self.call("post", f"servicePrincipals/{resource_id}/appRoleAssignedTo", body)
        print(f"{principal_id} gets {name}.", file=sys.stderr)

    def consent(self, client_id: str, resource_id: str, scopes: list[str]) -> None:
        """Consents for everybody that an application asks a resource for these scopes, and for no others.

        Args:
            client_id: object id of the application's service principal.
            resource_id: object id of the service principal that offers the scopes.
            scopes: their names.
        """
        scope = " ".join(scopes)
        same = f"clientId eq '{client_id}' and resourceId eq '{resource_id}' and consentType eq 'AllPrincipals'"
        held = self.all(f"oauth2PermissionGrants?$filter={same.replace(' ', '%20')}")
        if held and held[0]["scope"].split() == scopes:
            print(f"{client_id} already has {scope}.", file=sys.stderr)
            return
        if held:
            self.call("patch", f"oauth2PermissionGrants/{held[0]['id']}", {"scope": scope})
        else:
            wanted = {"clientId": client_id, "consentType": "AllPrincipals", "resourceId": resource_id, "scope": scope}
            self.call("post", "oauth2PermissionGrants", wanted)
        print(f"{client_id} gets {scope}.", file=sys.stderr)
