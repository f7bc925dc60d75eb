"""The routes, through plain HTTP and through azure-identity itself."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential

from local.identity.token_claims import CALLER_AUDIENCE, GRAPH_ROLES, ISSUER
from tests.local.identity.conftest import SECRET

GRAPH = "https://graph.microsoft.com"
MSI = {"api-version": "2019-08-01", "resource": GRAPH}


async def verified(identity: httpx.AsyncClient, token: str, audience: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict((await identity.get("/keys")).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=ISSUER)
    return claims


@pytest.fixture
def managed_identity(identity: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("IDENTITY_ENDPOINT", str(identity.base_url.join("/MSI/token")))
    monkeypatch.setenv("IDENTITY_HEADER", SECRET)
    return monkeypatch


@pytest.mark.usefixtures("managed_identity")
async def test_azure_identity_gets_a_token_in_async_code(identity: httpx.AsyncClient) -> None:
    async with AsyncManagedIdentityCredential() as credential:
        token = await credential.get_token(f"{GRAPH}/.default")

    claims = await verified(identity, token.token, GRAPH)
    assert claims["roles"] == list(GRAPH_ROLES)
    assert token.expires_on == claims["exp"] > time.time() + 3600


@pytest.mark.usefixtures("managed_identity")
async def test_azure_identity_gets_a_token_in_sync_code(identity: httpx.AsyncClient) -> None:
    with ManagedIdentityCredential(client_id="a-user-assigned-one") as credential:
        token = await asyncio.to_thread(credential.get_token, "https://storage.azure.com/.default")

    claims = await verified(identity, token.token, "https://storage.azure.com")
    assert claims["appid"] == "a-user-assigned-one"


async def test_azure_identity_fails_with_the_wrong_secret(managed_identity: pytest.MonkeyPatch) -> None:
    managed_identity.setenv("IDENTITY_HEADER", "guessed")
    async with AsyncManagedIdentityCredential() as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token(f"{GRAPH}/.default")


@pytest.mark.parametrize("path", ["/MSI/token", "/token"])
@pytest.mark.parametrize("secret", [None, "", "guessed", "gue\u00dfed"])
async def test_nobody_gets_a_token_without_the_secret(
    identity: httpx.AsyncClient, path: str, secret: str | None
) -> None:
    del identity.headers["X-IDENTITY-HEADER"]
    headers = [] if secret is None else [(b"X-IDENTITY-HEADER", secret.encode())]

    response = await identity.get(path, params=MSI, headers=headers)

    assert response.status_code == 401
    assert response.json()["statusCode"] == 401


@pytest.mark.parametrize("missing", ["api-version", "resource"])
async def test_a_managed_identity_token_needs_its_parameters(identity: httpx.AsyncClient, missing: str) -> None:
    response = await identity.get("/MSI/token", params={name: text for name, text in MSI.items() if name != missing})

    assert response.status_code == 400
    assert missing in response.json()["message"]


async def test_a_callers_token_says_what_was_asked_for(identity: httpx.AsyncClient) -> None:
    asked = {"roles": "a,b", "name": "Someone", "oid": "an-object-id"}

    response = await identity.get("/token", params=asked)

    claims = await verified(identity, response.json()["access_token"], CALLER_AUDIENCE)
    assert (claims["roles"], claims["name"], claims["oid"]) == (["a", "b"], "Someone", "an-object-id")


async def test_a_callers_token_has_no_roles_by_default(identity: httpx.AsyncClient) -> None:
    response = await identity.get("/token")

    assert "roles" not in await verified(identity, response.json()["access_token"], CALLER_AUDIENCE)
