"""A client that calls Graph as the app does, and the control API as tests do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from local.graph.tenant_directory import SEEDED_PROFILES, SEEDED_USERS
from local.identity.signing_key import SigningKey
from local.identity.token_claims import managed_identity_claims
from tests.loopback import NO_TLS

USER = SEEDED_USERS[0]
PROFILE = SEEDED_PROFILES[0]
NOBODY = "00000000-0000-0000-0000-00000000dead"
PATIENCE = 15.0

T = TypeVar("T")


class GraphClient:
    """A caller with all roles, unless a test changes its token."""

    def __init__(self, url: str, key: SigningKey) -> None:
        self.url = url.rstrip("/")
        self.key = key
        self.http = httpx.AsyncClient(base_url=self.url, headers=self.bearer(), verify=NO_TLS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    def bearer(self, **changes: Any) -> dict[str, str]:
        """The header with a token of which some claims are changed; None removes a claim."""
        claims = managed_identity_claims("https://graph.microsoft.com", None, datetime.now(UTC)) | changes
        token = self.key.sign({name: value for name, value in claims.items() if value is not None})
        return {"Authorization": f"Bearer {token}"}

    def become(self, **changes: Any) -> None:
        """Use such a token from now on."""
        self.http.headers.update(self.bearer(**changes))

    async def submit(self, location: object, user: str = USER.id, version: str = "v1.0") -> httpx.Response:
        return await self.http.post(f"/{version}/users/{user}/exportPersonalData", json={"storageLocation": location})

    async def submit_profile(self, location: object, profile: str = PROFILE.id) -> httpx.Response:
        return await self.http.post(
            f"/beta/directory/inboundSharedUserProfiles/{profile}/exportPersonalData",
            json={"storageLocation": location},
        )

    async def operation(self, operation_id: str) -> httpx.Response:
        return await self.http.get(f"/v1.0/dataPolicyOperations/{operation_id}")

    async def submitted(self, location: object) -> str:
        """Submit an export and return the id of its operation."""
        response = await self.submit(location)
        assert response.status_code == 202, response.text
        return response.headers["Location"].rpartition("/")[2]

    async def until(self, operation_id: str, status: str) -> dict[str, Any]:
        """Wait until an operation has a status, and return it."""

        async def there() -> dict[str, Any] | None:
            operation: dict[str, Any] = (await self.operation(operation_id)).json()
            return operation if operation["status"] == status else None

        return await eventually(there)

    async def fault(self, call: str, name: str, **more: Any) -> None:
        response = await self.http.post("/_local/faults", json={"call": call, "fault": name, **more})
        assert response.status_code == 204, response.text

    async def operations(self) -> list[dict[str, Any]]:
        operations: list[dict[str, Any]] = (await self.http.get("/_local/operations")).json()
        return operations


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """Look until something is found, and return it."""
    async with asyncio.timeout(PATIENCE):
        # The other side is a service: there is nothing to wait on but its answer.
        while (found := await look()) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an error."""
    return response.status_code, response.json()["error"]["code"]
