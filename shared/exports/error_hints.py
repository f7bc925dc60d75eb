"""What a person can do about a refusal of Graph or of the export account, by error code."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.exports.export import Problem
from shared.exports.graph_permissions import explain_how_to_grant, required_permissions
from shared.exports.states_and_codes import SubjectType

if TYPE_CHECKING:
    from shared.exports.graph_results import Refused

PERMISSION_STATUSES = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""The HTTP statuses by which Graph says that the app lacks a permission."""
_NOT_FOUND = {
    SubjectType.USER: "Graph knows no such user in this tenant. Check the id. A deleted user can't be exported; an "
    "external person without a guest account is an inboundSharedUserProfile.",
    SubjectType.INBOUND_SHARED_USER_PROFILE: "Graph knows no such person. Check the id: it must be the person's object "
    "id in their home tenant, and this tenant must share a channel with them. A person with a guest account is a user.",
}
_NEEDS_WRITE = (
    "Microsoft could not write to the container. The export account must be reachable from public networks without an "
    "IP filter and be of a standard kind; its clock and key must be current."
)
_UNEXPECTED_GRANT = "Microsoft refused the SAS, which this app creates. Report it as a bug, with Graph's message."
_HINTS = {
    "SharedAccessSignatureTokenInvalid": _UNEXPECTED_GRANT,
    "StorageLocationNotServiceSAS": _UNEXPECTED_GRANT,
    "StorageLocationShouldNotAllowListAccess": "The container allows anonymous listing. Switch anonymous access off "
    "for the export account.",
    "StorageLocationShouldNotAllowReadAccess": "The container allows anonymous reading. Switch anonymous access off "
    "for the export account.",
    "StorageLocationNotAzureBlob": "EXPORT_BLOB_ENDPOINT must be the blob endpoint of a storage account, without a "
    "path.",
    "StorageLocationNeedsWriteAddPermissions": _NEEDS_WRITE,
    "StorageLocationShouldSupportAppendBlobs": "The export account must support append blobs. Use a standard "
    "general-purpose v2 account, not a premium one.",
    "StorageLocationInvalid": "Microsoft could not use the container. Check that EXPORT_BLOB_ENDPOINT is reachable "
    "from public networks and that its name resolves there.",
    "StorageLocationAlreadyUsed": "The container already holds another export. Retry the export.",
    "AuthorizationPermissionMismatch": "Assign the app's identity the role Storage Blob Data Contributor on the export "
    "account.",
    "AuthorizationFailure": "The network rules or the key settings of the export account block this app. Allow its "
    "network, and allow shared key access if EXPORT_GRANT is storedPolicy.",
    "AuthenticationFailed": "EXPORT_ACCOUNT_KEY is not a key of the export account, or was rotated. Set the current "
    "key.",
    "KeyBasedAuthenticationNotPermitted": "The export account forbids shared key access. Allow it, or set EXPORT_GRANT "
    "to userDelegation.",
}


def explain_graph_refusal(refused: Refused, subject_type: SubjectType) -> Problem:
    """Graph's refusal as a problem: its code as it is, its message, and what to do."""
    return Problem(refused.code, _join_sentences(refused.message, _find_graph_hint(refused, subject_type)))


def explain_storage_refusal(code: str, message: str) -> Problem:
    """A refusal of the export account as a problem: its code as it is, its message, and what to do."""
    hint = _HINTS.get(code, "The export account refused the app. Look up the code in Azure Storage's error codes.")
    return Problem(code, _join_sentences(message, hint))


def _join_sentences(message: str, hint: str) -> str:
    said = message.strip().rstrip(".")
    return f"{said}. {hint}" if said else hint


def _find_graph_hint(refused: Refused, subject_type: SubjectType) -> str:
    if refused.code in _HINTS:
        return _HINTS[refused.code]
    if refused.status in PERMISSION_STATUSES:
        return explain_how_to_grant(required_permissions(subject_type))
    if refused.status == HTTPStatus.NOT_FOUND:
        return _NOT_FOUND[subject_type]
    return "Microsoft refused the request. Look up the code in Microsoft Graph's documentation."
