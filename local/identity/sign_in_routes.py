"""The routes by which people sign in to an application and out again: discovery, authorize and logout."""

import secrets
from datetime import UTC, datetime

from aiohttp import web

from local.identity import sign_in_pages
from local.identity.authorization_request import AnswerAddress, AuthorizationRequest
from local.identity.client_registration import ClientRegistration
from local.identity.grants import Grants
from local.identity.made_up_people import PEOPLE, Person
from local.identity.oauth_errors import OAuthError, UntrustedRequestError
from local.identity.token_claims import AUTHORITY_PATH, PEOPLE_ISSUER

AUTHORIZE_PATH = f"{AUTHORITY_PATH}/oauth2/v2.0/authorize"
TOKEN_PATH = f"{AUTHORITY_PATH}/oauth2/v2.0/token"
LOGOUT_PATH = f"{AUTHORITY_PATH}/oauth2/v2.0/logout"

_COOKIE = "local-identity-session"


class SignInRoutes:
    """Signs people in.

    Args:
        registration: of the application that they sign in to.
        grants: what their sign-ins entitle it to.
    """

    def __init__(self, registration: ClientRegistration, grants: Grants) -> None:
        self._registration = registration
        self._grants = grants
        self._sessions: dict[str, Person] = {}

    def add_to(self, app: web.Application) -> None:
        """Give the routes to an application."""
        app.router.add_get(f"{AUTHORITY_PATH}/v2.0/.well-known/openid-configuration", self.discovery)
        app.router.add_get(AUTHORIZE_PATH, self.authorize)
        app.router.add_post(AUTHORIZE_PATH, self.choose)
        app.router.add_get(LOGOUT_PATH, self.log_out)

    async def discovery(self, request: web.Request) -> web.Response:
        """Where everything is; any page may read it."""
        root = str(request.url.origin())
        return web.json_response(
            {
                "issuer": PEOPLE_ISSUER,
                "authorization_endpoint": f"{root}{AUTHORIZE_PATH}",
                "token_endpoint": f"{root}{TOKEN_PATH}",
                "end_session_endpoint": f"{root}{LOGOUT_PATH}",
                "jwks_uri": f"{root}/keys",
                "response_modes_supported": ["query", "fragment"],
                "response_types_supported": ["code"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
            },
            headers={"Access-Control-Allow-Origin": "*"},
        )

    async def authorize(self, request: web.Request) -> web.Response:
        """The answer for whom has signed in already; otherwise the page on which one chooses a person."""
        try:
            address = AnswerAddress.of(request.query, self._registration)
        except UntrustedRequestError as error:
            return sign_in_pages.refusal(error)
        try:
            wanted = AuthorizationRequest.of(request.query, address)
        except OAuthError as error:
            return _redirect(address.with_error(error))
        person = self._sessions.get(request.cookies.get(_COOKIE, ""))
        if person and wanted.prompt in {"", "none"}:
            return self._answer(wanted, person)
        if wanted.prompt == "none":
            nobody = OAuthError("login_required", 50058, "A silent sign-in request was sent but no user is signed in.")
            return _redirect(address.with_error(nobody))
        return sign_in_pages.choice_of_person(self._registration.origins, wanted.login_hint)

    async def choose(self, request: web.Request) -> web.Response:
        """Sign in the person that was chosen on the page."""
        try:
            address = AnswerAddress.of(request.query, self._registration)
        except UntrustedRequestError as error:
            return sign_in_pages.refusal(error)
        try:
            wanted = AuthorizationRequest.of(request.query, address)
            person = _assigned(str((await request.post()).get("person", "")))
        except OAuthError as error:
            return _redirect(address.with_error(error))
        session = secrets.token_urlsafe(32)
        self._sessions[session] = person
        response = self._answer(wanted, person)
        response.set_cookie(_COOKIE, session, path=AUTHORITY_PATH, httponly=True, samesite="Lax")
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        """End the session of the browser, and lead back to the application if it asks for that."""
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        target = request.query.get("post_logout_redirect_uri", "")
        response = _redirect(target) if target in self._registration.redirect_uris else sign_in_pages.signed_out()
        response.del_cookie(_COOKIE, path=AUTHORITY_PATH)
        return response

    def _answer(self, wanted: AuthorizationRequest, person: Person) -> web.Response:
        code = self._grants.code(wanted, person, datetime.now(UTC))
        return _redirect(wanted.address.with_answer({"code": code}))


def _assigned(key: str) -> Person:
    """The person with a key, if the person has an app role.

    Raises:
        OAuthError: nobody was chosen, or the person has no role.
    """
    person = PEOPLE.get(key)
    if person is None:
        raise OAuthError("access_denied", 65004, "User declined to consent to access the app.")
    if not person.roles:
        text = f"The signed in user '{person.username}' is not assigned to a role for the application."
        raise OAuthError("interaction_required", 50105, text)
    return person


def _redirect(url: str) -> web.Response:
    return web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
