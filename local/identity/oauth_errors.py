"""Refusals of sign-in and of tokens, with the codes and the form that Microsoft Entra ID gives them.

The codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import uuid
from datetime import datetime
from typing import Any


class OAuthError(Exception):
    """What is wrong with a request: OAuth's error, Entra's number for it, and a text for people."""

    def __init__(self, error: str, number: int, text: str) -> None:
        super().__init__(error, number, text)
        self.error = error
        self.number = number
        self.text = text

    @property
    def description(self) -> str:
        """The text with Entra's code in front."""
        return f"AADSTS{self.number}: {self.text}"

    def body(self, now: datetime) -> dict[str, Any]:
        """The JSON body of a response of the token endpoint."""
        return {
            "error": self.error,
            "error_description": self.description,
            "error_codes": [self.number],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": str(uuid.uuid4()),
            "correlation_id": str(uuid.uuid4()),
        }


class UntrustedRequestError(OAuthError):
    """The request names no registered client or redirect URI, so the answer must not go there: a page shows it."""
