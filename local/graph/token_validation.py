"""Validates bearer tokens against the identity's keys, and checks the caller's roles."""

from dataclasses import dataclass

import jwt

from local.graph.graph_errors import forbidden, invalid_token, unavailable
from local.identity.published_keys import KeysUnavailableError, PublishedKeys, UnknownKeyError
from local.identity.token_claims import GRAPH_ROOTS, ISSUER

EXPORT_USER = frozenset({"User.Export.All"})
READ_OPERATION = frozenset({"User.Export.All", "User.Read.All"})
"""The documentation says "and", Graph's permission table "or". The stricter of the two finds a missing grant."""

READ_USER = frozenset({"User.Read.All"})
EXPORT_INBOUND = frozenset({"CrossTenantUserProfileSharing.Read.All"})
_IMPLIED_BY = {"CrossTenantUserProfileSharing.Read.All": "CrossTenantUserProfileSharing.ReadWrite.All"}

_AUDIENCES = [*GRAPH_ROOTS, *(f"{root}/" for root in GRAPH_ROOTS)]


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
        self._keys = PublishedKeys(identity)

    async def principal(self, authorization: str | None) -> Principal:
        """Return the caller whom the `Authorization` header names.

        Raises:
            GraphError: The token is missing or not valid (401), or the identity doesn't answer (503).
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise invalid_token("Access token is empty.")
        try:
            claims = jwt.decode(
                token,
                await self._keys.find(token),
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
        except UnknownKeyError as error:
            raise invalid_token("Access token validation failure. Invalid signature.") from error
        except KeysUnavailableError as error:
            raise unavailable() from error
        return Principal(claims["oid"], frozenset(claims.get("roles", ())))
