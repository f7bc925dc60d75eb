"""What a person can do about each refusal of Graph or storage, by error code."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.exports.export import Export, Problem
from shared.exports.states_and_codes import SubjectType

if TYPE_CHECKING:
    from shared.exports.graph_results import Refused

GRAPH_ROLES = {
    SubjectType.USER: ("User.Export.All", "User.Read.All"),
    SubjectType.INBOUND_SHARED_USER_PROFILE: (
        "CrossTenantUserProfileSharing.Read.All",
        "User.Export.All",
        "User.Read.All",
    ),
}
"""The application roles of Microsoft Graph that the app needs to export a subject of each type."""
_PERMISSIONS = {kind: " and ".join([", ".join(roles[:-1]), roles[-1]]) for kind, roles in GRAPH_ROLES.items()}
_NOT_PERMITTED = (
    "Give the app's managed identity the Microsoft Graph application roles {permissions}, with admin consent; "
    "new roles can take an hour to count."
)
_NOT_FOUND = {
    SubjectType.USER: "Check the id: Graph knows no such user in this tenant. A deleted user can't be exported; "
    "an external person without a guest account is an inboundSharedUserProfile.",
    SubjectType.INBOUND_SHARED_USER_PROFILE: "Check the id: it must be the object id that the person has in the home "
    "tenant, and this tenant must share a channel with that person. A guest account is a user.",
}
_NEEDS_WRITE = (
    "Microsoft could not write to the container: the export account must be reachable from public networks without "
    "an IP filter, be of a standard kind, and its clock and key must be current."
)
_UNEXPECTED_GRANT = "Microsoft did not like the grant, which this app makes: please report it with Graph's message."
_HINTS = {
    "SharedAccessSignatureTokenInvalid": _UNEXPECTED_GRANT,
    "StorageLocationNotServiceSAS": _UNEXPECTED_GRANT,
    "StorageLocationShouldNotAllowListAccess": "The container allows anonymous listing: switch public access off for "
    "the export account.",
    "StorageLocationShouldNotAllowReadAccess": "The container allows anonymous reading: switch public access off for "
    "the export account.",
    "StorageLocationNotAzureBlob": "EXPORT_BLOB_ENDPOINT must be the blob endpoint of an account, without a path.",
    "StorageLocationNeedsWriteAddPermissions": _NEEDS_WRITE,
    "StorageLocationShouldSupportAppendBlobs": "The export account must support append blobs: use a standard "
    "general-purpose v2 account, not a premium one.",
    "StorageLocationInvalid": "Microsoft could not use the container: check that EXPORT_BLOB_ENDPOINT is reachable "
    "from public networks and that its name resolves there.",
    "StorageLocationAlreadyUsed": "Another export went into this container before; retry the export.",
    "AuthorizationPermissionMismatch": "Give the app's identity the role Storage Blob Data Contributor on the export "
    "account.",
    "AuthorizationFailure": "The export account's network rules or key settings refuse this app: allow its network, "
    "and shared key access where EXPORT_GRANT is storedPolicy.",
    "AuthenticationFailed": "EXPORT_ACCOUNT_KEY is not (or no longer) a key of the export account.",
    "KeyBasedAuthenticationNotPermitted": "The export account forbids shared key access: allow it, or set EXPORT_GRANT "
    "to userDelegation.",
}


def explain_graph_refusal(refused: Refused, subject_type: SubjectType) -> Problem:
    """Graph's refusal as a problem: its code as it is, its message, and what to do about it."""
    return Problem(refused.code, _sentences(refused.message, _graph_hint(refused, subject_type)))


def explain_permissions(export: Export) -> str:
    """What to do about a missing permission."""
    return _NOT_PERMITTED.format(permissions=_PERMISSIONS[export.subject.type])


def explain_storage_refusal(code: str, message: str) -> Problem:
    """The same for a refusal of the storage account that exports land in."""
    advice = _HINTS.get(code, "The storage account that exports land in refused the app; its code and message say why.")
    return Problem(code, _sentences(message, advice))


def _sentences(message: str, advice: str) -> str:
    said = message.strip().rstrip(".")
    return f"{said}. {advice}" if said else advice


def _graph_hint(refused: Refused, subject_type: SubjectType) -> str:
    if refused.code in _HINTS:
        return _HINTS[refused.code]
    if refused.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return _NOT_PERMITTED.format(permissions=_PERMISSIONS[subject_type])
    if refused.status == HTTPStatus.NOT_FOUND:
        return _NOT_FOUND[subject_type]
    return "Microsoft refused the request; its code and message say why."
