"""Who calls, and what they may do.

With AUTH_MODE entra, App Service authentication stands in front, checks tokens and tells the app of the caller in
headers. Anybody can send such headers, so they count only where the platform says that its authentication is on:
without it they would be forged. With functionKey the Functions host has checked a key before the app is reached.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shared.exports.ids import is_guid
from shared.http.errors import ApiError, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.exports.model import Export
    from shared.settings import Settings

PRINCIPAL_HEADER = "x-ms-client-principal"
KEY_CALLER = "functionKey"
"""The caller in the trail where a key was used: a key names no person."""
_OBJECT_ID_CLAIMS = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
_ROLE_CLAIMS = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")


class Role(StrEnum):
    """The app roles of the API."""

    SUBMIT = "Exports.Submit"
    """Ask for exports, and see one's own."""
    READ = "Exports.Read"
    """See all exports."""
    DOWNLOAD = "Exports.Download"
    """Get at exported data."""
    ADMIN = "Exports.Admin"
    """All of it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated principal behind a call."""

    id: str
    roles: frozenset[str]

    def require(self, *roles: Role) -> None:
        """Passes a caller with one of the roles.

        Raises:
            ApiError: 403, for any other.
        """
        if not self.has(*roles):
            needed = " or ".join(roles)
            raise ApiError(
                403, "Forbidden", f"This call takes the app role {needed}. Ask for its assignment in Entra ID."
            )

    def has(self, *roles: Role) -> bool:
        """Whether the caller has one of the roles; an administrator has all."""
        return bool(self.roles & {Role.ADMIN, *roles})

    def see(self, export: Export | None) -> Export:
        """The export, where there is one that this caller may see.

        Raises:
            ApiError: 404.
        """
        if export is None or not (self.has(Role.READ) or export.caller == self.id):
            raise not_found()
        return export


def authenticate(headers: Mapping[str, str], settings: Settings) -> Caller:
    """The caller behind the headers (names in any case).

    Raises:
        ApiError: 401, where there is none that can be believed.
    """
    if settings.auth_mode == "functionKey":
        return Caller(KEY_CALLER, frozenset(Role))
    if not settings.platform_auth:
        raise _unauthenticated("App Service authentication is off for this app, so no caller can be believed.")
    principal = _principal(headers.get(PRINCIPAL_HEADER, ""))
    claims = [claim for claim in principal.get("claims", ()) if isinstance(claim, dict)]
    object_ids = [claim.get("val") for claim in claims if claim.get("typ") in _OBJECT_ID_CLAIMS]
    if not object_ids or not isinstance(object_ids[0], str) or not is_guid(object_ids[0]):
        raise _unauthenticated("Send a bearer token of this app's audience.")
    roles = {claim.get("val") for claim in claims if claim.get("typ") in _ROLE_CLAIMS}
    return Caller(object_ids[0].lower(), frozenset(role for role in Role if role.value in roles))


def _principal(header: str) -> dict[str, Any]:
    try:
        principal = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError):
        return {}
    return principal if isinstance(principal, dict) and isinstance(principal.get("claims"), list) else {}


def _unauthenticated(message: str) -> ApiError:
    return ApiError(401, "Unauthorized", message, headers={"WWW-Authenticate": "Bearer"})
