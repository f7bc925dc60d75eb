"""Who calls, and with which app roles.

With AUTH_MODE entra, App Service authentication checks the token before the app is reached, and passes the caller on in
headers. Anybody can send such headers, so they count only if the platform says that its authentication is on. With
functionKey, the Functions host has checked a key before the app is reached.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.ids import is_guid
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import AppRole, Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import Settings

PRINCIPAL_HEADER = "x-ms-client-principal"
_OBJECT_ID_CLAIMS = ("http://schemas.microsoft.com/identity/claims/objectidentifier", "oid")
_NAME_CLAIMS = ("name", "preferred_username")
"""What a person is called, the best first."""
_ROLE_CLAIMS = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")


def authenticate(headers: Mapping[str, str], settings: Settings) -> Caller:
    """The caller that the headers name (their names in any case).

    Raises:
        ApiError: 401 Unauthorized, if they name nobody or can't be trusted.
    """
    if settings.auth_mode == "functionKey":
        return Caller(FUNCTION_KEY_CALLER, frozenset(AppRole))
    if not settings.platform_auth:
        raise _unauthorized("App Service authentication is off for this app, so no caller can be trusted. Turn it on.")
    principal = _principal(headers.get(PRINCIPAL_HEADER, ""))
    claims = [claim for claim in principal.get("claims", ()) if isinstance(claim, dict)]
    object_ids = [claim.get("val") for claim in claims if claim.get("typ") in _OBJECT_ID_CLAIMS]
    if not object_ids or not isinstance(object_ids[0], str) or not is_guid(object_ids[0]):
        raise _unauthorized("The request names no caller. Send a bearer token for this app's audience.")
    roles = [claim.get("val") for claim in claims if claim.get("typ") in _ROLE_CLAIMS]
    return Caller(
        object_ids[0].lower(), frozenset(role for role in AppRole if role.value in roles), name=_name_in(claims)
    )


def _name_in(claims: list[dict[str, Any]]) -> str | None:
    named = {claim.get("typ"): claim.get("val") for claim in claims if claim.get("typ") in _NAME_CLAIMS}
    names = [named[claim] for claim in _NAME_CLAIMS if claim in named]
    return next((name for name in names if isinstance(name, str) and name), None)


def _principal(header: str) -> dict[str, Any]:
    try:
        principal = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return principal if isinstance(principal, dict) and isinstance(principal.get("claims"), list) else {}


def _unauthorized(message: str) -> ApiError:
    return ApiError(ApiErrorCode.UNAUTHORIZED, message, headers={"WWW-Authenticate": "Bearer"})
