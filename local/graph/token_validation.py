"""Validates bearer tokens against the identity's keys, and checks the caller's roles."""

from dataclasses import dataclass

import aiohttp
import jwt

from local.graph.graph_errors import GraphError, forbidden, invalid_token, unavailable
from local.identity.token_claims import GRAPH_ROOTS, ISSUER

EXPORT_USER = frozenset({"User.Export.All"})
READ_OPERATION = frozenset({"User.Export.All", "User.Read.All"})
"""The documentation says "and", Graph's permission table "or". The stricter of the two finds a missing grant."""

READ_USER = frozenset({"User.Read.All"})
EXPORT_INBOUND = frozenset({"CrossTenantUserProfileSharing.Read.All"})
_IMPLIED_BY = {"CrossTenantUserProfileSharing.Read.All": "CrossTenantUserProfileSharing.ReadWrite.All"}

_AUDIENCES = [*GRAPH_ROOTS, *(f"{root}/" for root in GRAPH_ROOTS)]
_TIMEOUT = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True)
class Principal:
    """The caller of Graph: its object id and its application roles."""

    object_id: str
    roles: frozenset[str]

    def require(self, roles: frozenset[str]) -> None:
        """Check that the caller holds all of `roles`, each itself or through one that includes it.

        Raises:
            GraphError: A role is missing (403).
        """
        if any(role not in self.roles and _IMPLIED_BY.get(role) not in self.roles for role in roles):
            raise forbidden()


class TokenValidator:
    """Validates tokens for Graph with the keys that the identity at `identity` (its root URL) publishes."""

    def __init__(self, identity: str) -> None:
        self._keys_url = f"{identity.rstrip('/')}/keys"
        self._keys: dict[str, jwt.PyJWK] = {}

    async def principal(self, authorization: str | None) -> Principal:
        """Return the caller whom the `Authorization` header names.

        Raises:
            GraphError: The token is missing or not valid (401), or the identity doesn't answer (503).
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise invalid_token("Access token is empty.")
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid", ""))
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=_AUDIENCES,
                issuer=ISSUER,
                options={"require": ["exp", "nbf", "iat", "oid"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise invalid_token("Lifetime validation failed, the token is expired.") from error
        except jwt.InvalidAudienceError as error:
            raise invalid_token("Access token validation failure. Invalid audience.") from error
        except jwt.PyJWTError as error:
            raise invalid_token("Access token validation failure.") from error
        return Principal(claims["oid"], frozenset(claims.get("roles", ())))

    async def _key(self, key_id: str) -> jwt.PyJWK:
        # An unknown key may be a new one: the identity may have made another since the keys were fetched.
        if key_id not in self._keys:
            self._keys = await self._fetch()
        if key_id not in self._keys:
            raise _unknown_key()
        return self._keys[key_id]

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(self._keys_url) as response:
                response.raise_for_status()
                key_set = jwt.PyJWKSet.from_dict(await response.json())
        except (TimeoutError, aiohttp.ClientError) as error:
            raise unavailable() from error
        return {key.key_id: key for key in key_set.keys if key.key_id}


def _unknown_key() -> GraphError:
    return invalid_token("Access token validation failure. Invalid signature.")
