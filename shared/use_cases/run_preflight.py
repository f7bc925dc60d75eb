"""The preflight: finds out, without exporting anybody, what would otherwise fail days later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.graph_permissions import explain_how_to_grant, required_permissions
from shared.exports.states_and_codes import SubjectType

if TYPE_CHECKING:
    from shared.services import Services


class Verdict(StrEnum):
    """The result of a check."""

    PASSED = "Passed"
    WARNING = "Warning"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class PreflightCheck:
    """One thing that was checked, what was found, and what to do about it."""

    name: str
    verdict: Verdict
    message: str


async def run_preflight(services: Services) -> list[PreflightCheck]:
    """Checks the app's identity and its Graph roles, the records, and a real grant on a scratch container."""
    return [*await _check_identity(services), await _check_records(services), await _check_grant(services)]


async def _check_identity(services: Services) -> list[PreflightCheck]:
    roles = await services.graph.token_roles()
    if not isinstance(roles, frozenset):
        message = f"{roles.reason} Enable a managed identity for the app."
        return [PreflightCheck("identity", Verdict.FAILED, message)]
    message = "The app's identity has a token for Microsoft Graph."
    return [PreflightCheck("identity", Verdict.PASSED, message), _check_roles(roles)]


def _check_roles(roles: frozenset[str]) -> PreflightCheck:
    if missing := _missing(roles, SubjectType.USER):
        return PreflightCheck("graphRoles", Verdict.FAILED, f"Nobody can be exported. {explain_how_to_grant(missing)}")
    if missing := _missing(roles, SubjectType.INBOUND_SHARED_USER_PROFILE):
        message = f"Users can be exported, inbound shared user profiles can't. {explain_how_to_grant(missing)}"
        return PreflightCheck("graphRoles", Verdict.WARNING, message)
    return PreflightCheck("graphRoles", Verdict.PASSED, "The token has every application role that exports need.")


def _missing(roles: frozenset[str], subject_type: SubjectType) -> list[str]:
    return [role for role in required_permissions(subject_type) if role not in roles]


async def _check_records(services: Services) -> PreflightCheck:
    try:
        await services.records.check_writable()
    except StorageFailedError as error:
        message = (
            f"The table of OUTCOME_TABLE_ENDPOINT can't be written ({error}). Assign the role Storage Table Data "
            "Contributor to the app's identity there, and allow the app's network access."
        )
        return PreflightCheck("records", Verdict.FAILED, message)
    return PreflightCheck("records", Verdict.PASSED, "The table of exports can be read and written.")


async def _check_grant(services: Services) -> PreflightCheck:
    kind = services.grant_kind
    try:
        faults = await services.account_probe.probe(kind, services.now())
    except StorageRefusedError as error:
        return PreflightCheck("grant", Verdict.FAILED, f"The export account refuses the app. {error}")
    except StorageFailedError as error:
        message = f"The account of EXPORT_BLOB_ENDPOINT can't be reached ({error.code})."
        return PreflightCheck("grant", Verdict.FAILED, message)
    if faults:
        return PreflightCheck("grant", Verdict.FAILED, " ".join(faults))
    return PreflightCheck("grant", Verdict.PASSED, f"A {kind} grant can create and append, and can't list or read.")
