"""The preflight: finds out what would otherwise fail days later, without exporting anybody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from shared.exports.exceptions import StorageRefusedError
from shared.redaction import redact
from shared.storage.export_account_probe import probe_grant

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
class PreflightCheck:
    """One thing that was looked at, and what to do about it."""

    name: str
    verdict: Verdict
    message: str


async def run_preflight(services: Services) -> list[PreflightCheck]:
    """Looks at the identity, its Graph roles, the records, and a real grant on a scratch container."""
    return [*await _check_identity(services), await _check_records(services), await _check_grant(services)]


async def _check_identity(services: Services) -> list[PreflightCheck]:
    roles = await services.graph.token_roles()
    if not isinstance(roles, frozenset):
        return [PreflightCheck("identity", Verdict.FAILED, f"{roles.reason} Switch a managed identity on for the app.")]
    got = PreflightCheck("identity", Verdict.PASSED, "The app's identity has a token for Microsoft Graph.")
    if missing := [role for role in _NEEDED if role not in roles]:
        return [got, PreflightCheck("graphRoles", Verdict.FAILED, _GRANT_ROLES.format(roles=" and ".join(missing)))]
    if _FOR_INBOUND not in roles:
        message = (
            f"Users can be exported, inbound shared user profiles can't. {_GRANT_ROLES.format(roles=_FOR_INBOUND)}"
        )
        return [got, PreflightCheck("graphRoles", Verdict.WARNING, message)]
    return [
        got,
        PreflightCheck("graphRoles", Verdict.PASSED, "The token has every application role that exports need."),
    ]


async def _check_records(services: Services) -> PreflightCheck:
    try:
        await services.records.rehearse()
    except AzureError as error:
        message = (
            f"The table of OUTCOME_TABLE_ENDPOINT can't be written ({type(error).__name__}: {redact(error.message)}). "
            "Give the app's identity the role Storage Table Data Contributor there, and its network access."
        )
        return PreflightCheck("records", Verdict.FAILED, message)
    return PreflightCheck("records", Verdict.PASSED, "The table of exports can be read and written.")


async def _check_grant(services: Services) -> PreflightCheck:
    kind = services.settings.grant
    try:
        faults = await probe_grant(services.containers, services.grants, kind, services.now())
    except StorageRefusedError as error:
        return PreflightCheck("grant", Verdict.FAILED, f"The export account refuses the app. {error}")
    except AzureError as error:
        message = f"The account of EXPORT_BLOB_ENDPOINT can't be reached ({type(error).__name__})."
        return PreflightCheck("grant", Verdict.FAILED, message)
    if faults:
        return PreflightCheck("grant", Verdict.FAILED, " ".join(faults))
    return PreflightCheck("grant", Verdict.PASSED, f"A {kind} grant can create and append, and can't list or read.")
