"""The preflight: finds out, without exporting anybody, what would otherwise fail days later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.export_account import AccountUnread
from shared.exports.export_account_fit import judge_account, judge_unread
from shared.exports.graph_permissions import explain_how_to_grant, required_permissions
from shared.exports.preflight_check import PreflightCheck, failed, passed, warning
from shared.exports.states_and_codes import SubjectType
from shared.records.table_probe import find_unwritable

if TYPE_CHECKING:
    from shared.protocols import HeldContainers
    from shared.services import Services

_NAMED_CONTAINERS = 3
"""How many containers a message names at most."""


async def run_preflight(services: Services) -> list[PreflightCheck]:
    """Checks the app's identity and its Graph roles, the records, a real grant, and the export account as it is."""
    return [
        *await _check_identity(services),
        await _check_records(services),
        await _check_grant(services),
        *await _check_account(services),
        await _check_holds(services),
    ]


async def _check_identity(services: Services) -> list[PreflightCheck]:
    roles = await services.graph.token_roles()
    if not isinstance(roles, frozenset):
        return [failed("identity", f"{roles.reason} Enable a managed identity for the app.")]
    return [passed("identity", "The app's identity has a token for Microsoft Graph."), _check_roles(roles)]


def _check_roles(roles: frozenset[str]) -> PreflightCheck:
    if missing := _missing(roles, SubjectType.USER):
        return failed("graphRoles", f"Nobody can be exported. {explain_how_to_grant(missing)}")
    if missing := _missing(roles, SubjectType.INBOUND_SHARED_USER_PROFILE):
        message = f"Users can be exported, inbound shared user profiles can't. {explain_how_to_grant(missing)}"
        return warning("graphRoles", message)
    return passed("graphRoles", "The token has every application role that exports need.")


def _missing(roles: frozenset[str], subject_type: SubjectType) -> list[str]:
    return [role for role in required_permissions(subject_type) if role not in roles]


async def _check_records(services: Services) -> PreflightCheck:
    failures = await find_unwritable(services.tables)
    if not failures:
        return passed("records", "All tables of the records can be written.")
    found = ", ".join(f"{name} ({error})" for name, error in failures.items())
    message = (
        f"Tables of OUTCOME_TABLE_ENDPOINT can't be written: {found}. Assign the role Storage Table Data Contributor "
        "on each to the app's identity, and allow the app's network access."
    )
    return failed("records", message)


async def _check_grant(services: Services) -> PreflightCheck:
    kind = services.grant_kind
    try:
        faults = await services.account_probe.probe(kind, services.now())
    except StorageRefusedError as error:
        return failed("grant", f"The export account refuses the app. {error}")
    except StorageFailedError as error:
        return failed("grant", f"The account of EXPORT_BLOB_ENDPOINT can't be reached ({error.code}).")
    if faults:
        return failed("grant", " ".join(faults))
    return passed("grant", f"A {kind} grant can create and append, and can't list or read.")


async def _check_account(services: Services) -> list[PreflightCheck]:
    found = await services.account_probe.read_settings()
    if found is None or isinstance(found, AccountUnread):
        return [judge_unread(found)]
    return judge_account(found, services.grant_kind, services.limits)


async def _check_holds(services: Services) -> PreflightCheck:
    try:
        held = await services.account_probe.find_held()
    except StorageRefusedError as error:
        return warning("holds", f"The containers can't be listed. {error}")
    except StorageFailedError as error:
        return warning("holds", f"The containers can't be listed ({error.code}). Run the preflight again.")
    return _judge_held(held)


def _judge_held(held: HeldContainers) -> PreflightCheck:
    looked_at = "" if held.is_complete else " Only the first 5,000 containers were looked at."
    if not held.names:
        return passed("holds", f"No legal hold or immutability policy keeps exported data from erasure.{looked_at}")
    more = len(held.names) - _NAMED_CONTAINERS
    names = ", ".join(held.names[:_NAMED_CONTAINERS]) + (f" and {more} more" if more > 0 else "")
    message = (
        f"A legal hold or an immutability policy keeps {names} from erasure. Remove it once the data may go.{looked_at}"
    )
    return warning("holds", message)
