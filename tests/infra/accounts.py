"""Finds a deployment's storage accounts by their purpose: host, records or exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.app_settings import app_settings

if TYPE_CHECKING:
    from tests.infra.snapshots import Resource, Snapshot

PURPOSES = {
    "exports": "EXPORT_BLOB_ENDPOINT",
    "records": "OUTCOME_TABLE_ENDPOINT",
    "host": "AzureWebJobsStorage__blobServiceUri",
}
"""The purposes, and the app setting that names the account for each."""
_ENDPOINT = re.compile(r"\[reference\('(?P<account>[^']+)', '[^']+'\)\.primaryEndpoints\.\w+\]")


def account(snapshot: Snapshot, purpose: str) -> Resource | None:
    """The account for a purpose; None where the app's setting names none that is deployed."""
    endpoint = _ENDPOINT.fullmatch(app_settings(snapshot).get(PURPOSES[purpose], ""))
    return snapshot.by_id(endpoint["account"]) if endpoint else None


def purpose_of(snapshot: Snapshot, resource_id: str) -> str:
    """What a resource is to the app: the purpose of the account that it is or is in, or else its type."""
    kinds = resource_id.rpartition("/providers/")[2].lower().split("/")
    for purpose in PURPOSES:
        found = account(snapshot, purpose)
        if found and f"{resource_id}/".startswith(f"{found.id}/"):
            return "/".join([purpose, *kinds[3::2]])
    return "/".join([kinds[0], *kinds[1::2]])
