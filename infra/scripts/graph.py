"""Microsoft Graph by the Azure CLI, in whichever cloud it is signed in to; for the scripts beside it."""

# ruff: noqa: INP001, T201 - these are scripts that print, and no package

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
"""Client id of Microsoft Graph, the same in every tenant and cloud."""


def az(*arguments: str) -> Any:  # noqa: ANN401 - JSON
    """What the Azure CLI answers, None where it answers nothing; what it says of a mistake goes to standard error.

    Raises:
        SystemExit: with the CLI's own exit code, where it failed.
    """
    ran = subprocess.run(["az", *arguments, "--output", "json"], stdout=subprocess.PIPE, check=False)  # noqa: S603, S607 - the CLI on the path
    if ran.returncode:
        print(f"This failed: az {' '.join(arguments)}", file=sys.stderr)
        sys.exit(ran.returncode)
    return json.loads(ran.stdout) if ran.stdout.strip() else None


class Graph:
    """The directory of the tenant. Every change can be repeated: what is so already is left as it is."""

    def __init__(self) -> None:
        endpoints = az("cloud", "show", "--query", "endpoints")
        self._root = endpoints["microsoftGraphResourceId"].rstrip("/")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, *headers: str) -> Any:  # noqa: ANN401 - JSON
        """Graph's answer to one call; `path` begins behind the version, a header is `Name=value`."""
        sent = ["--headers", "Content-Type=application/json", *headers, "--body", json.dumps(body)] if body else []
        return az("rest", "--method", method, "--url", f"{self._root}/v1.0/{path}", "--resource", self._root, *sent)

    def all(self, path: str) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.call("get", path)
            found += page["value"]
            path = page.get("@odata.nextLink", "").removeprefix(f"{self._root}/v1.0/")
        return found

    def upsert(self, path: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """What is at a path with an alternate key, made or changed so that it has the wanted properties."""
        self.call("patch", path, wanted, "Prefer=create-if-missing")
        found: dict[str, Any] = self.call("get", path)
        return found

    def grant_graph_roles(self, principal_id: str, names: list[str]) -> None:
        """Gives a service principal application roles of Microsoft Graph.

        Raises:
            SystemExit: this cloud has no such role.
        """
        graph = self.call("get", f"servicePrincipals(appId='{GRAPH_APP_ID}')")
        roles = {role["value"]: role["id"] for role in graph["appRoles"] if "Application" in role["allowedMemberTypes"]}
        missing = [name for name in names if name not in roles]
        if missing:
            sys.exit(f"Microsoft Graph of this cloud has no application role {', '.join(missing)}.")
        for name in names:
            self.grant(principal_id, graph["id"], roles[name], name)

    def grant(self, principal_id: str, resource_id: str, role_id: str, name: str) -> None:
        """Assigns an app role of a resource to a service principal, a person or a group.

        Args:
            principal_id: object id of who gets it.
            resource_id: object id of the service principal that has the role.
            role_id: id of the role.
            name: what to call the role when telling of it.
        """
        kind = self.call("get", f"directoryObjects/{principal_id}")["@odata.type"].rpartition(".")[2]
        held = self.all(f"{kind}s/{principal_id}/appRoleAssignments")
        if any((one["resourceId"], one["appRoleId"]) == (resource_id, role_id) for one in held):
            print(f"{principal_id} has {name}.", file=sys.stderr)
            return
        body = {"principalId": principal_id, "resourceId": resource_id, "appRoleId": role_id}
        self.call("post", f"servicePrincipals/{resource_id}/appRoleAssignedTo", body)
        print(f"{principal_id} gets {name}.", file=sys.stderr)
