"""A request for sign-in, as its query describes it, and where its answer goes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from local.identity.client_registration import ClientRegistration, checked_scopes
from local.identity.oauth_errors import OAuthError

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url without padding (RFC 7636, section 4.2)."""

_PROMPTS = frozenset({"", "login", "none", "consent", "select_account"})


@dataclass(frozen=True)
class AnswerAddress:
    """Where the answer to a request goes: into the fragment or the query of a registered redirect URI."""

    redirect_uri: str
    state: str
    mode: str

    @classmethod
    def of(cls, query: Mapping[str, str], registration: ClientRegistration) -> Self:
        """The address that a query names.

        Raises:
            UntrustedRequestError: client or redirect URI is unknown.
        """
        registration.check_client(query.get("client_id", ""))
        registration.check_redirect_uri(query.get("redirect_uri", ""))
        return cls(query["redirect_uri"], query.get("state", ""), query.get("response_mode", ""))

    def with_answer(self, answer: Mapping[str, str]) -> str:
        """The URL that the browser is sent to."""
        state = {"state": self.state} if self.state else {}
        separator = "#" if self.mode == "fragment" else "?"
        return f"{self.redirect_uri}{separator}{urlencode({**answer, **state})}"

    def with_error(self, error: OAuthError) -> str:
        """The URL that the browser is sent to with a refusal."""
        return self.with_answer({"error": error.error, "error_description": error.description})


@dataclass(frozen=True)
class AuthorizationRequest:
    """What a client asks for."""

    client_id: str
    address: AnswerAddress
    scopes: Sequence[str]
    challenge: str
    nonce: str
    prompt: str
    login_hint: str

    @classmethod
    def of(cls, query: Mapping[str, str], address: AnswerAddress) -> Self:
        """The request of a query.

        Raises:
            OAuthError: something in it is missing or wrong.
        """
        if query.get("response_type") != "code":
            text = "The response_type must be 'code'."
            raise OAuthError("unsupported_response_type", 700054, text)
        if query.get("response_mode", "") not in {"", "fragment", "query"}:
            raise OAuthError("invalid_request", 70007, "The response_mode must be 'fragment' or 'query'.")
        challenge = query.get("code_challenge", "")
        if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            text = "Proof Key for Code Exchange is required for cross-origin authorization code redemption."
            raise OAuthError("invalid_request", 9002325, text)
        prompt = query.get("prompt", "")
        if prompt not in _PROMPTS:
            raise OAuthError("invalid_request", 90023, f"The prompt '{prompt}' is not supported.")
        return cls(
            query["client_id"],
            address,
            checked_scopes(query.get("scope", "")),
            challenge,
            query.get("nonce", ""),
            prompt,
            query.get("login_hint", ""),
        )
