"""The registration of the console: who it is, where people come back to, and what it may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.identity.oauth_errors import OAuthError, UntrustedRequestError
from local.identity.token_claims import CALLER_AUDIENCE

CONSOLE_CLIENT_ID = "f6b9d3e7-a05c-42e8-93b6-74e0c1825fad"
API_SCOPE = f"{CALLER_AUDIENCE}/user_impersonation"
OFFLINE_SCOPE = "offline_access"

_SCOPES = frozenset({API_SCOPE, f"{CALLER_AUDIENCE}/.default", "openid", "profile", "email", OFFLINE_SCOPE})


@dataclass(frozen=True)
class ClientRegistration:
    """A single-page application: a public client, which gets tokens by cross-origin requests and with PKCE alone."""

    redirect_uris: Sequence[str] = ()
    client_id: str = CONSOLE_CLIENT_ID

    @property
    def origins(self) -> Sequence[str]:
        """The origins that may redeem codes and refresh tokens."""
        parts = (urlsplit(uri) for uri in self.redirect_uris)
        return [f"{part.scheme}://{part.netloc}" for part in parts]

    def check_client(self, client_id: str) -> None:
        """Check that it is this client.

        Raises:
            UntrustedRequestError: it is another one.
        """
        if client_id != self.client_id:
            text = f"Application with identifier '{client_id}' was not found in the directory."
            raise UntrustedRequestError("unauthorized_client", 700016, text)

    def check_redirect_uri(self, uri: str) -> None:
        """Check that a URI is registered, compared character by character.

        Raises:
            UntrustedRequestError: it is not.
        """
        if uri not in self.redirect_uris:
            registered = ", ".join(self.redirect_uris) or "none"
            text = f"The redirect URI '{uri}' does not match those of the application: {registered}."
            raise UntrustedRequestError("invalid_request", 50011, text)

    def check_origin(self, origin: str) -> None:
        """Check that a request for tokens comes from a page of the application.

        Raises:
            OAuthError: it comes from no page, or from another.
        """
        if not origin:
            text = "Tokens issued for the 'Single-Page Application' client-type are for cross-origin requests only."
            raise OAuthError("invalid_request", 9002327, text)
        if origin not in self.origins:
            text = f"The origin '{origin}' is not that of a redirect URI of the type 'Single-Page Application'."
            raise OAuthError("invalid_request", 9002326, text)


def checked_scopes(text: str) -> Sequence[str]:
    """The scopes of a request.

    Raises:
        OAuthError: the API is not among them, or something that it doesn't have.
    """
    scopes = text.split()
    unknown = [scope for scope in scopes if scope not in _SCOPES]
    if unknown:
        raise OAuthError("invalid_scope", 70011, f"The scopes {' '.join(unknown)} are not valid.")
    if not any(scope.startswith(CALLER_AUDIENCE) for scope in scopes):
        raise OAuthError("invalid_scope", 70011, f"The scope {API_SCOPE} is missing.")
    return scopes
