"""Finds a deployment's storage accounts by their purpose: host, records or exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.infra.app_settings import app_settings
from tests.infra.values import Reference, options, text

if TYPE_CHECKING:
    from tests.infra.resources import Made, Plan

_SETTINGS = {
    "exports": "EXPORT_BLOB_ENDPOINT",
    "records": "OUTCOME_TABLE_ENDPOINT",
    "host": "AzureWebJobsStorage__blobServiceUri",
}
PURPOSES = tuple(_SETTINGS)


def account_names(plan: Plan) -> dict[str, str]:
    """The names of the accounts by purpose, without purposes that have no account."""
    settings = app_settings(plan)
    found = {}
    for purpose, setting in _SETTINGS.items():
        for option in options(settings.get(setting)):
            match = re.match(r"microsoft\.storage/storageaccounts/(.+?)\.properties\.", text(option))
            if match:
                found[purpose] = match[1]
    return found


def account(plan: Plan, purpose: str) -> Made | None:
    """The account for a purpose."""
    name = account_names(plan).get(purpose)
    return next((made for made in plan.of("Microsoft.Storage/storageAccounts") if made.name == name), None)


def purpose_of(plan: Plan, reference: Reference) -> str:
    """What a resource is to the app: the purpose of the account that it is or is in, or else its type."""
    kind, name = reference.key
    for purpose, account_name in account_names(plan).items():
        if kind.startswith("microsoft.storage/") and (name + "/").startswith(account_name + "/"):
            return f"{purpose}{kind.removeprefix('microsoft.storage/storageaccounts')}"
    return kind
