"""The identity's web application: tokens of the managed identity, tokens of callers, people's sign-in, keys."""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from local.identity.client_registration import ClientRegistration
from local.identity.grants import Grants
from local.identity.sign_in_routes import SignInRoutes
from local.identity.signing_key import SigningKey
from local.identity.token_claims import (
    CALLER_OBJECT_ID,
    Caller,
    caller_claims,
    managed_identity_claims,
)
from local.identity.token_endpoint import TokenEndpoint

_API_VERSION = "2019-08-01"


def create_app(state: Path, secret: str, redirect_uris: Sequence[str] = ()) -> web.Application:
    """Return the web application.

    Args:
        state: the folder that keeps the signing key.
        secret: what requests for tokens of the managed identity and of callers must send.
        redirect_uris: where people who sign in to the console come back to; without any nobody can sign in.
    """
    key, registration, grants = SigningKey(state), ClientRegistration(redirect_uris), Grants()
    identity = _Identity(key, secret)
    app = web.Application()
    app.router.add_get("/MSI/token", identity.managed_identity_token)
    app.router.add_get("/token", identity.caller_token)
    app.router.add_get("/keys", identity.keys)
    SignInRoutes(registration, grants).add_to(app)
    TokenEndpoint(registration, grants, key).add_to(app)
    return app


class _Identity:
    def __init__(self, key: SigningKey, secret: str) -> None:
        self._key = key
        self._secret = secret

    async def managed_identity_token(self, request: web.Request) -> web.Response:
        """A token of the app's managed identity, as App Service returns it."""
        if not self._is_trusted(request):
            return _refuse(401, "The X-IDENTITY-HEADER header is missing or wrong.")
        if request.query.get("api-version") != _API_VERSION:
            return _refuse(400, f"The parameter api-version must be {_API_VERSION}.")
        resource = request.query.get("resource")
        if not resource:
            return _refuse(400, "The parameter resource is missing.")
        claims = managed_identity_claims(resource, request.query.get("client_id"), datetime.now(UTC))
        return web.json_response(
            {
                "access_token": self._key.sign(claims),
                "client_id": claims["appid"],
                # As on the platform: text, in seconds since the epoch.
                "expires_on": str(claims["exp"]),
                "resource": resource,
                "token_type": "Bearer",
            }
        )

    async def caller_token(self, request: web.Request) -> web.Response:
        """A token of the caller that the query describes."""
        if not self._is_trusted(request):
            return _refuse(401, "The X-IDENTITY-HEADER header is missing or wrong.")
        claims = caller_claims(_caller(request), datetime.now(UTC))
        return web.json_response(
            {"access_token": self._key.sign(claims), "expires_on": str(claims["exp"]), "token_type": "Bearer"}
        )

    async def keys(self, _request: web.Request) -> web.Response:
        """The public keys, as a JWKS."""
        return web.json_response(self._key.key_set())

    def _is_trusted(self, request: web.Request) -> bool:
        given = request.headers.get("X-IDENTITY-HEADER", "")
        return hmac.compare_digest(given.encode(errors="surrogateescape"), self._secret.encode())


def _caller(request: web.Request) -> Caller:
    return Caller(
        roles=tuple(role for role in request.query.get("roles", "").split(",") if role),
        name=request.query.get("name", Caller.name),
        object_id=request.query.get("oid", CALLER_OBJECT_ID),
    )


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
