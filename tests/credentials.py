"""The app's identity in the test process, with tokens from the local identity service."""

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken

from local.identity.signing_key import SigningKey
from local.identity.token_claims import managed_identity_claims


class Identity:
    """An async credential of the app's managed identity."""

    def __init__(self, key_folder: Path) -> None:
        self._key = SigningKey(key_folder)
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.scopes.extend(scopes)
        claims = managed_identity_claims(scopes[0].removesuffix("/.default"), None, datetime.now(UTC))
        return AccessToken(self._key.sign(claims), claims["exp"])

    async def close(self) -> None:
        return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        return
