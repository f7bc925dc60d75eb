"""App Service authentication: verifies bearer tokens and names the caller in headers that nobody else can set."""

import base64
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from local.identity.published_keys import KeysUnavailableError, PublishedKeys, UnknownKeyError
from local.identity.token_claims import API_CLIENT_ID, CALLER_AUDIENCE

logger = logging.getLogger(__name__)

Headers = list[tuple[str, str]]

AUDIENCES = (CALLER_AUDIENCE, API_CLIENT_ID)
"""Of tokens of version 1.0 and 2.0, as infra/modules/auth.bicep allows both."""
EXCLUDED_PATHS = ("/api/health", "/api/openapi.json", "/api/console", "/api/console/*")
"""As the infrastructure gives them to the platform: `/*` at the end stands for everything below."""

_OF_THE_HOST = ("/runtime/*", "/admin/*")
"""What the platform leaves to the host, which has keys for it."""
_ISSUERS = ("https://sts.windows.net/{}/", "https://login.microsoftonline.com/{}/v2.0")
_RESERVED = ("x-ms-client-principal", "x-ms-token-")
_NAMES = ("preferred_username", "upn", "unique_name", "email", "name", "azp", "appid")
_CLAIM_TYPES = {
    "oid": "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "tid": "http://schemas.microsoft.com/identity/claims/tenantid",
}


class InvalidTokenError(Exception):
    """The token is not valid; the text says why, without the token."""


class TokenVerifier:
    """Verifies tokens against the keys that an identity provider publishes.

    Args:
        identity: the provider's address; its keys are at `/keys`, fetched when first needed.
    """

    def __init__(self, identity: str) -> None:
        self._keys = PublishedKeys(identity)

    async def claims(self, token: str) -> dict[str, Any]:
        """Verify a token and return its claims.

        Raises:
            InvalidTokenError: signature, audience, issuer or time is wrong, or the keys can't be fetched.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._keys.find(token),
                algorithms=["RS256"],
                audience=AUDIENCES,
                options={"require": ["exp", "nbf", "iss", "aud", "tid", "oid"]},
            )
        except jwt.PyJWTError as error:
            raise InvalidTokenError(str(error)) from error
        except UnknownKeyError as error:
            raise InvalidTokenError("it is signed with an unknown key") from error
        except KeysUnavailableError as error:
            logger.error("%s", error)  # noqa: TRY400 - it says all
            raise InvalidTokenError("the signing keys can't be fetched") from error
        if claims["iss"] not in (issuer.format(claims["tid"]) for issuer in _ISSUERS):
            raise InvalidTokenError("the issuer is not that of the tenant")
        return claims


async def authenticate(headers: Headers, path: str, verifier: TokenVerifier) -> Headers | None:
    """Add the verified caller to the headers of a request, and remove what claims to be one.

    Returns:
        The headers as the app gets them; None if the request is to be refused (401).
    """
    cleaned = [(name, value) for name, value in headers if not name.lower().startswith(_RESERVED)]
    token = _bearer(cleaned)
    if token:
        try:
            return cleaned + principal_headers(await verifier.claims(token))
        except InvalidTokenError as error:
            logger.warning("A bearer token was refused: %s", error)
    return cleaned if is_excluded(path) else None


def is_excluded(path: str) -> bool:
    """Whether a path needs no token. One with `..` in it leads elsewhere, so it needs one."""
    return ".." not in path.split("/") and any(_is_of(path, excluded) for excluded in (*EXCLUDED_PATHS, *_OF_THE_HOST))


def _is_of(path: str, excluded: str) -> bool:
    return path.startswith(excluded.removesuffix("*")) if excluded.endswith("/*") else path == excluded


def principal_headers(claims: Mapping[str, Any]) -> Headers:
    """Return the headers that tell the app about a caller."""
    principal = {
        "auth_typ": "aad",
        "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        "claims": [
            {"typ": _CLAIM_TYPES.get(name, name), "val": _text(value)}
            for name, values in claims.items()
            for value in _each(values)
        ],
    }
    encoded = base64.b64encode(json.dumps(principal).encode()).decode()
    headers = [
        ("X-MS-CLIENT-PRINCIPAL", encoded),
        ("X-MS-CLIENT-PRINCIPAL-ID", str(claims["oid"])),
        ("X-MS-CLIENT-PRINCIPAL-IDP", "aad"),
    ]
    name = next((str(claims[claim]) for claim in _NAMES if claims.get(claim)), None)
    return [*headers, ("X-MS-CLIENT-PRINCIPAL-NAME", name)] if name else headers


def _bearer(headers: Headers) -> str | None:
    for name, value in headers:
        scheme, _, token = value.partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "bearer":
            return token.strip()
    return None


def _each(values: object) -> Sequence[object]:
    return values if isinstance(values, list) else [values]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
