"""The claims of tokens: of the app's managed identity, of the app's callers, and of people who sign in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.identity.made_up_people import Person

TENANT_ID = "3f0c1b52-7d0e-4d36-9a53-0f6f2a7c9e10"
AUTHORITY_PATH = f"/{TENANT_ID}"
"""The path of the tenant at the identity: what lets people sign in is below it."""

ISSUER = f"https://sts.windows.net/{TENANT_ID}/"
"""Of the tokens of version 1.0, which apps get."""

PEOPLE_ISSUER = f"https://login.microsoftonline.com/{TENANT_ID}/v2.0"
"""Of the tokens of version 2.0, which people get, as the registration of the API wants them."""

APP_ID = "a5d1f4b8-22c6-4f0e-8f5b-7c1d9e3b6a42"
"""The client id of the app's managed identity."""

APP_OBJECT_ID = "c27e9d04-5b1a-4c8f-b6d3-1e8a0f4972d5"
"""The object id of the app's managed identity."""

CALLER_APP_ID = "e8b6a3c1-94f7-4d25-8a0e-6d3c5b7f1294"
CALLER_OBJECT_ID = "7b9d2e60-c3f8-4a17-95e4-2f6a8d0c1b73"
CALLER_AUDIENCE = "api://personal-data-export"

API_CLIENT_ID = "08b2c9d6-71e4-4a3f-95c8-d07e1f6a2b4d"
"""The client id of the API's registration, which is the audience of tokens of version 2.0."""

GRAPH_ROOTS = frozenset(
    {
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
    }
)
GRAPH_ROLES = ("User.Export.All", "User.Read.All", "CrossTenantUserProfileSharing.Read.All")
"""The Graph application roles that the managed identity has."""

_APP_LIFETIME = timedelta(days=1)
# The stack prints a caller's token once, when it starts.
_CALLER_LIFETIME = timedelta(days=7)
PERSON_LIFETIME = timedelta(hours=1)
# For clocks that differ.
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Caller:
    """A caller of the app, as a request for `/token` describes it."""

    roles: Sequence[str] = ()
    name: str = "Local caller"
    object_id: str = CALLER_OBJECT_ID


def managed_identity_claims(resource: str, client_id: str | None, now: datetime) -> dict[str, Any]:
    """The claims of the app's own token for `resource`.

    A user-assigned identity is the same principal with the client id that the request names.
    """
    claims = _claims(resource, APP_OBJECT_ID, client_id or APP_ID, now, _APP_LIFETIME)
    if resource.removesuffix("/") in GRAPH_ROOTS:
        claims["roles"] = list(GRAPH_ROLES)
    return claims


def caller_claims(caller: Caller, now: datetime) -> dict[str, Any]:
    """The claims of a token with which `caller` calls the app."""
    claims = _claims(CALLER_AUDIENCE, caller.object_id, CALLER_APP_ID, now, _CALLER_LIFETIME)
    claims["name"] = caller.name
    if caller.roles:
        claims["roles"] = list(caller.roles)
    return claims


def person_claims(person: Person, client_id: str, now: datetime) -> dict[str, Any]:
    """The claims of the access token with which `person` calls the app from a client."""
    claims = _person(person, now) | {"aud": API_CLIENT_ID, "azp": client_id, "azpacr": "0", "scp": "user_impersonation"}
    if person.roles:
        claims["roles"] = list(person.roles)
    return claims


def id_claims(person: Person, client_id: str, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of the token that tells a client who has signed in.

    It has no roles: those of a person at the API are in the access token alone.
    """
    own = {"aud": client_id, "nonce": nonce, "login_hint": f"O.{person.key}"}
    return _person(person, now) | own


def _person(person: Person, now: datetime) -> dict[str, Any]:
    return {
        "iss": PEOPLE_ISSUER,
        "iat": int(now.timestamp()),
        "nbf": int((now - _SKEW).timestamp()),
        "exp": int((now + PERSON_LIFETIME).timestamp()),
        "name": person.name,
        "preferred_username": person.username,
        "oid": person.id,
        "sub": person.id,
        "tid": TENANT_ID,
        # As in Entra's tokens: no two are alike, even those of one second.
        "uti": secrets.token_urlsafe(16),
        "ver": "2.0",
    }


def _claims(audience: str, object_id: str, app_id: str, now: datetime, lifetime: timedelta) -> dict[str, Any]:
    return {
        "aud": audience,
        "iss": ISSUER,
        "iat": int(now.timestamp()),
        "nbf": int((now - _SKEW).timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "appid": app_id,
        "oid": object_id,
        "sub": object_id,
        "tid": TENANT_ID,
        "ver": "1.0",
    }
