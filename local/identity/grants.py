"""What a person's sign-in entitles a client to: authorization codes, and refresh tokens. Kept in memory."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.identity.authorization_request import AuthorizationRequest
from local.identity.made_up_people import Person
from local.identity.oauth_errors import OAuthError

CODE_LIFETIME = timedelta(minutes=10)
REFRESH_LIFETIME = timedelta(days=1)
"""Since the sign-in, however often a refresh token is used: so Entra ID does for single-page applications."""


@dataclass(frozen=True)
class Grant:
    """A person's sign-in at a client."""

    person: Person
    scopes: Sequence[str]
    signed_in: datetime
    nonce: str


@dataclass(frozen=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    expires: datetime


class Grants:
    """The codes and refresh tokens that were handed out; a restart forgets them, and people sign in again."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, Grant] = {}

    def code(self, request: AuthorizationRequest, person: Person, now: datetime) -> str:
        """A code, to be redeemed once within ten minutes."""
        grant = Grant(person, request.scopes, now, request.nonce)
        code = secrets.token_urlsafe(48)
        self._codes[code] = _Code(grant, request.address.redirect_uri, request.challenge, now + CODE_LIFETIME)
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str, now: datetime) -> Grant:
        """The sign-in that a code stands for.

        Raises:
            OAuthError: it was redeemed before or never handed out, is too old, or belongs to another request.
        """
        # Whoever fails to redeem a code may have stolen it, so that it ends too.
        found = self._codes.pop(code, None)
        if found is None:
            raise OAuthError("invalid_grant", 54005, "The authorization code was already redeemed, or is unknown.")
        if found.expires <= now:
            raise OAuthError("invalid_grant", 70008, "The authorization code has expired.")
        if found.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", 500112, "The redirect URI is not that of the authorization request.")
        if not hmac.compare_digest(_challenge(verifier), found.challenge):
            raise OAuthError("invalid_grant", 501481, "The code_verifier does not match the code_challenge.")
        return found.grant

    def refresh_token(self, grant: Grant) -> str:
        """A refresh token; those of the same sign-in that were handed out before stay valid."""
        token = secrets.token_urlsafe(48)
        self._refresh_tokens[token] = grant
        return token

    def remaining(self, grant: Grant, now: datetime) -> timedelta:
        """How long refresh tokens of a sign-in still last."""
        return max(grant.signed_in + REFRESH_LIFETIME - now, timedelta())

    def renew(self, refresh_token: str, now: datetime) -> Grant:
        """The sign-in that a refresh token stands for.

        Raises:
            OAuthError: it is unknown, or the sign-in was more than a day ago.
        """
        grant = self._refresh_tokens.get(refresh_token)
        if grant is None:
            raise OAuthError("invalid_grant", 9002313, "The refresh token is malformed or unknown. Sign in again.")
        if not self.remaining(grant, now):
            del self._refresh_tokens[refresh_token]
            text = "The refresh token of a single-page application lasts 24 hours, and has expired. Sign in again."
            raise OAuthError("invalid_grant", 700084, text)
        return grant


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
