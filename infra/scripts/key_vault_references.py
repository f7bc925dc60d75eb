"""Makes an app read its secrets again, and waits until it has them: python3 key_vault_references.py GROUP APP.

The platform reads the settings that refer to a vault once a day. Until then, an app goes on with the old value of a
secret; and an app whose identity wasn't allowed to read the vault yet has the reference itself in place of the value.
The script ends when each reference is resolved to the newest version of its secret. If one isn't in time (--wait), it
says which and why, and the exit code is 1. It shows no secret.
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from graph import az

SITES = "2024-11-01"
VAULTS = "2024-11-01"
REASONS = {
    "AccessToKeyVaultDenied": (
        "The app's identity may not read the vault, or the vault's network refuses the app. A new role can take some "
        "minutes: run this again."
    ),
    "SecretNotFound": "The vault has no such secret. Run callback-secret.sh for the signing secret.",
    "SecretVersionNotFound": "The vault has no such version of the secret.",
    "VaultNotFound": "The vault's name can't be resolved. Look at its private DNS zone, if it has one.",
    "MSINotEnabled": "The app has no identity for its references (keyVaultReferenceIdentity). Deploy the app stage.",
    "InvalidSyntax": "The reference is wrong. Deploy the app stage.",
}
"""What to do for a status of a reference (REST API of App Service, `ResolveStatus`)."""


class Site:
    """An app, through Azure Resource Manager."""

    def __init__(self, group: str, name: str) -> None:
        root = az("cloud", "show", "--query", "endpoints.resourceManager").rstrip("/")
        site = az("functionapp", "show", "--resource-group", group, "--name", name, "--query", "id")
        self._group = f"{root}{site.partition('/providers/')[0]}"
        self._references = f"{root}{site}/config/configreferences/appsettings"

    def refresh(self) -> None:
        """Makes the platform read all references again. The app restarts."""
        az("rest", "--method", "post", "--url", f"{self._references}/refresh?api-version={SITES}")

    def references(self) -> dict[str, dict[str, Any]]:
        """The properties of each reference, by the name of its setting."""
        found = az("rest", "--method", "get", "--url", f"{self._references}?api-version={SITES}")
        return {one["name"]: one["properties"] for one in found["value"]}

    def newest_versions(self, vault: str) -> dict[str, str]:
        """The newest version of each secret of a vault in the app's resource group, without its value."""
        secrets = f"{self._group}/providers/Microsoft.KeyVault/vaults/{vault}/secrets"
        found = az("rest", "--method", "get", "--url", f"{secrets}?api-version={VAULTS}")
        return {one["name"]: one["properties"]["secretUriWithVersion"].rpartition("/")[2] for one in found["value"]}


def unresolved(site: Site) -> dict[str, str]:
    """What is wrong with each reference that isn't resolved, by the name of its setting."""
    references = site.references()
    # One that isn't resolved may not even name its vault.
    resolved = [one for one in references.values() if one["status"] == "Resolved"]
    newest = {vault: site.newest_versions(vault) for vault in {one["vaultName"] for one in resolved}}
    wrong = {}
    for setting, one in references.items():
        status = one["status"]
        version = one.get("activeVersion")
        if status != "Resolved":
            wrong[setting] = " ".join(filter(None, [f"{status}.", REASONS.get(status, ""), one.get("details") or ""]))
        elif version and version != newest[one["vaultName"]].get(one["secretName"]):
            wrong[setting] = "The app still has an older version of the secret."
    return wrong


def main() -> None:
    """Runs the script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", help="resource group of the app")
    parser.add_argument("app", help="name of the app")
    parser.add_argument("--wait", type=float, default=600, help="how many seconds it may take (600)")
    parser.add_argument("--pause", type=float, default=30, help="seconds between two looks (30)")
    options = parser.parse_args()
    site = Site(options.group, options.app)
    if not site.references():
        print("The app refers to no secret.")
        return
    end = time.monotonic() + options.wait
    site.refresh()
    while wrong := unresolved(site):
        told = [f"{setting}: {reason}" for setting, reason in wrong.items()]
        if time.monotonic() >= end:
            sys.exit("\n".join([f"Not resolved after {options.wait:.0f} seconds:", *told]))
        print("Not yet: " + "; ".join(told), file=sys.stderr, flush=True)
        time.sleep(options.pause)
        # What was refused before a role counted stays refused until the next time.
        site.refresh()
    print(f"Resolved: {', '.join(site.references())}")


if __name__ == "__main__":
    main()
