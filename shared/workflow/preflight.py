"""The preflight: finds out what would otherwise fail days later, without exporting anybody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from shared.exports.redaction import redact
from shared.storage.containers import StorageRefusedError
from shared.storage.rehearsal import rehearse

if TYPE_CHECKING:
    from shared.services import Services

_NEEDED = ("User.Export.All", "User.Read.All")
_FOR_INBOUND = "CrossTenantUserProfileSharing.Read.All"
_GRANT_ROLES = "Give the app's managed identity the Microsoft Graph application roles {roles}, with admin consent."


class Verdict(StrEnum):
    """What came of a check."""

    PASSED = "Passed"
    WARNING = "Warning"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what to do about it."""

    name: str
    verdict: Verdict
    message: str


async def preflight(services: Services) -> list[Check]:
    """Looks at the identity, its Graph roles, the records, and a real grant on a scratch container."""
    return [*await _identity(services), await _records(services), await _grant(services)]


async def _identity(services: Services) -> list[Check]:
    roles = await services.graph.token_roles()
    if not isinstance(roles, frozenset):
        return [Check("identity", Verdict.FAILED, f"{roles.reason} Switch a managed identity on for the app.")]
    got = Check("identity", Verdict.PASSED, "The app's identity has a token for Microsoft Graph.")
    if missing := [role for role in _NEEDED if role not in roles]:
        return [got, Check("graphRoles", Verdict.FAILED, _GRANT_ROLES.format(roles=" and ".join(missing)))]
    if _FOR_INBOUND not in roles:
        message = (
            f"Users can be exported, inbound shared user profiles can't. {_GRANT_ROLES.format(roles=_FOR_INBOUND)}"
        )
        return [got, Check("graphRoles", Verdict.WARNING, message)]
    return [got, Check("graphRoles", Verdict.PASSED, "The token has every application role that exports need.")]


async def _records(services: Services) -> Check:
    try:
        await services.records.rehearse()
    except AzureError as error:
        message = (
            f"The table of OUTCOME_TABLE_ENDPOINT can't be written ({type(error).__name__}: {redact(error.message)}). "
            "Give the app's identity the role Storage Table Data Contributor there, and its network access."
        )
        return Check("records", Verdict.FAILED, message)
    return Check("records", Verdict.PASSED, "The table of exports can be read and written.")


async def _grant(services: Services) -> Check:
    kind = services.settings.grant
    try:
        faults = await rehearse(services.containers, services.grants, kind, services.now())
    except StorageRefusedError as error:
        return Check("grant", Verdict.FAILED, f"The export account refuses the app. {error}")
    except AzureError as error:
        message = f"The account of EXPORT_BLOB_ENDPOINT can't be reached ({type(error).__name__})."
        return Check("grant", Verdict.FAILED, message)
    if faults:
        return Check("grant", Verdict.FAILED, " ".join(faults))
    return Check("grant", Verdict.PASSED, f"A {kind} grant can create and append, and can't list or read.")
