"""The endpoint at which a page of the application redeems codes and refresh tokens."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.identity.client_registration import API_SCOPE, OFFLINE_SCOPE, ClientRegistration, checked_scopes
from local.identity.grants import Grant, Grants
from local.identity.oauth_errors import OAuthError
from local.identity.sign_in_routes import TOKEN_PATH
from local.identity.signing_key import SigningKey
from local.identity.token_claims import PERSON_LIFETIME, id_claims, person_claims


class TokenEndpoint:
    """Gives tokens to pages of the registered application alone."""

    def __init__(self, registration: ClientRegistration, grants: Grants, key: SigningKey) -> None:
        self._registration = registration
        self._grants = grants
        self._key = key

    def add_to(self, app: web.Application) -> None:
        """Give the routes to an application."""
        app.router.add_post(TOKEN_PATH, self.tokens)
        app.router.add_options(TOKEN_PATH, self.preflight)

    async def preflight(self, request: web.Request) -> web.Response:
        """Whether a page may send headers of its own along."""
        headers = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "content-type"}
        return web.Response(status=204, headers=self._for_page(request) | headers)

    async def tokens(self, request: web.Request) -> web.Response:
        """An access token, an ID token, and a refresh token if one was asked for."""
        now = datetime.now(UTC)
        headers = self._for_page(request) | {"Cache-Control": "no-store"}
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._registration.check_client(form.get("client_id", ""))
            self._registration.check_origin(request.headers.get("Origin", ""))
            grant = self._grant(form, now)
        except OAuthError as error:
            return web.json_response(error.body(now), status=400, headers=headers)
        return web.json_response(self._answer(grant, now), headers=headers)

    def _grant(self, form: Mapping[str, str], now: datetime) -> Grant:
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            code, verifier = form.get("code", ""), form.get("code_verifier", "")
            return self._grants.redeem(code, form.get("redirect_uri", ""), verifier, now)
        if kind == "refresh_token":
            checked_scopes(form.get("scope", API_SCOPE))
            return self._grants.renew(form.get("refresh_token", ""), now)
        raise OAuthError("unsupported_grant_type", 70003, f"The grant type '{kind}' is not supported.")

    def _answer(self, grant: Grant, now: datetime) -> dict[str, Any]:
        client, person = self._registration.client_id, grant.person
        answer = {
            "token_type": "Bearer",
            "scope": API_SCOPE,
            "expires_in": int(PERSON_LIFETIME.total_seconds()),
            "ext_expires_in": int(PERSON_LIFETIME.total_seconds()),
            "access_token": self._key.sign(person_claims(person, client, now)),
            "id_token": self._key.sign(id_claims(person, client, grant.nonce, now)),
        }
        if OFFLINE_SCOPE in grant.scopes:
            answer["refresh_token"] = self._grants.refresh_token(grant)
            answer["refresh_token_expires_in"] = int(self._grants.remaining(grant, now).total_seconds())
        return answer

    def _for_page(self, request: web.Request) -> dict[str, str]:
        """The headers by which a page of the application may read the response, refusals included."""
        origin = request.headers.get("Origin", "")
        allowed = {"Access-Control-Allow-Origin": origin} if origin in self._registration.origins else {}
        return {**allowed, "Vary": "Origin"}
