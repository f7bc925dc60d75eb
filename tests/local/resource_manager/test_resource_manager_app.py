"""Azure Resource Manager's stand-in: whom it answers, in which order it checks, and what it shows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from aiohttp.test_utils import TestServer, unused_port

from local.identity.identity_app import create_app as create_identity
from local.identity.signing_key import SigningKey
from local.identity.token_claims import APP_OBJECT_ID, managed_identity_claims
from local.resource_manager.resource_manager_app import API_VERSIONS, AUDIENCES, create_app
from local.resource_manager.storage_account_resource import BLOBS, LIFECYCLE, account_id
from tests.loopback import NO_TLS

ACCOUNT = account_id("exports")
NEWEST = {"api-version": API_VERSIONS[-1]}


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("key")


@pytest.fixture
def key(key_folder: Path) -> SigningKey:
    return SigningKey(key_folder)


@pytest.fixture
async def resources(key_folder: Path, key: SigningKey) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token for Azure Resource Manager."""
    headers = {"Authorization": f"Bearer {token(key)}"}
    async with (
        TestServer(create_identity(key_folder, "unused")) as identity,
        TestServer(create_app(str(identity.make_url("")), "exports")) as server,
        httpx.AsyncClient(base_url=str(server.make_url("")), headers=headers, params=NEWEST, verify=NO_TLS) as client,
    ):
        yield client


def token(key: SigningKey, audience: str = AUDIENCES[0], **changes: Any) -> str:
    return key.sign(managed_identity_claims(audience, None, datetime.now(UTC)) | changes)


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


async def test_the_account_is_shown_without_what_was_never_set(resources: httpx.AsyncClient) -> None:
    account = (await resources.get(ACCOUNT)).json()
    assert (account["id"], account["name"], account["kind"]) == (ACCOUNT, "exports", "StorageV2")
    assert "immutableStorageWithVersioning" not in account["properties"]
    blobs = (await resources.get(f"{ACCOUNT}/{BLOBS}")).json()
    assert "changeFeed" not in blobs["properties"]
    assert (await resources.get(f"{ACCOUNT}/{LIFECYCLE}")).json()["name"] == "DefaultManagementPolicy"


async def test_names_are_the_same_in_any_case(resources: httpx.AsyncClient) -> None:
    assert (await resources.get(ACCOUNT.upper())).json()["name"] == "exports"


async def test_a_test_changes_the_account(resources: httpx.AsyncClient) -> None:
    changes = {"kind": "BlockBlobStorage", "properties": {"networkAcls": {"defaultAction": "Deny"}, "sasPolicy": None}}
    assert (await resources.patch("/_local/storageAccount", json=changes)).status_code == 204
    account = (await resources.get(ACCOUNT)).json()
    assert account["kind"] == "BlockBlobStorage"
    assert account["properties"]["networkAcls"]["defaultAction"] == "Deny"
    assert account["properties"]["networkAcls"]["bypass"] == "None"
    assert "sasPolicy" not in account["properties"]
    assert (await resources.patch("/_local/storageAccount", params={"part": "nothing"}, json={})).status_code == 400


async def test_an_account_without_lifecycle_rules(resources: httpx.AsyncClient) -> None:
    await resources.patch("/_local/storageAccount", params={"part": LIFECYCLE}, content="null")
    response = await resources.get(f"{ACCOUNT}/{LIFECYCLE}")
    assert refusal(response) == (404, "ManagementPolicyNotFound")


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_token_of_any_cloud_is_accepted(
    resources: httpx.AsyncClient, key: SigningKey, audience: str, slash: str
) -> None:
    headers = {"Authorization": f"Bearer {token(key, audience + slash)}"}
    assert (await resources.get(ACCOUNT, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "https://graph.microsoft.com"}, "InvalidAuthenticationTokenAudience"),
        ({"exp": 1}, "ExpiredAuthenticationToken"),
        ({"iss": "https://sts.windows.net/another/"}, "InvalidAuthenticationToken"),
    ],
)
async def test_a_wrong_token_is_refused(
    resources: httpx.AsyncClient, key: SigningKey, changes: dict[str, Any], code: str
) -> None:
    headers = {"Authorization": f"Bearer {token(key, **changes)}"}
    response = await resources.get(ACCOUNT, headers=headers)
    assert refusal(response) == (401, code)
    assert "authorization_uri" in response.headers["WWW-Authenticate"]


async def test_a_forged_or_missing_token_is_refused(resources: httpx.AsyncClient, tmp_path: Path) -> None:
    claims = managed_identity_claims(AUDIENCES[0], None, datetime.now(UTC))
    for forged in (SigningKey(tmp_path).sign(claims), jwt.encode(claims, "s" * 32, "HS256"), "x"):
        response = await resources.get(ACCOUNT, headers={"Authorization": f"Bearer {forged}"})
        assert refusal(response) == (401, "InvalidAuthenticationToken")
    assert refusal(await resources.get(ACCOUNT, headers={"Authorization": ""})) == (401, "AuthenticationFailed")


async def test_without_its_keys_no_token_can_be_verified(key: SigningKey) -> None:
    async with (
        TestServer(create_app(f"http://127.0.0.1:{unused_port()}", "exports")) as server,
        httpx.AsyncClient(base_url=str(server.make_url("")), verify=NO_TLS) as client,
    ):
        response = await client.get(ACCOUNT, params=NEWEST, headers={"Authorization": f"Bearer {token(key)}"})
    assert refusal(response) == (503, "ServiceUnavailable")


async def test_a_request_names_an_api_version_that_there_is(resources: httpx.AsyncClient) -> None:
    resources.params = httpx.QueryParams()
    assert refusal(await resources.get(ACCOUNT)) == (400, "MissingApiVersionParameter")
    old = await resources.get(ACCOUNT, params={"api-version": "2015-06-15"})
    assert refusal(old) == (400, "NoRegisteredProviderFound")
    await resources.put("/_local/apiVersions", json=["2025-01-01"])
    assert refusal(await resources.get(ACCOUNT, params=NEWEST)) == (400, "NoRegisteredProviderFound")


async def test_a_caller_without_a_role_does_not_learn_what_exists(resources: httpx.AsyncClient) -> None:
    other = await resources.get(account_id("another"))
    assert refusal(other) == (403, "AuthorizationFailed")
    await resources.put("/_local/reader", json=False)
    response = await resources.get(ACCOUNT)
    assert refusal(response) == (403, "AuthorizationFailed")
    assert APP_OBJECT_ID in response.json()["error"]["message"]


async def test_it_is_only_read(resources: httpx.AsyncClient) -> None:
    assert refusal(await resources.put(ACCOUNT, json={})) == (405, "MethodNotAllowed")
    assert refusal(await resources.get(f"{ACCOUNT}/fileServices/default")) == (404, "ResourceNotFound")


async def test_an_older_api_version_leaves_out_what_it_does_not_know(resources: httpx.AsyncClient) -> None:
    policy = {"requireUserBoundUserDelegationSas": True}
    await resources.patch("/_local/storageAccount", json={"properties": {"sasPolicy": policy}})

    async def shown(version: str) -> dict[str, Any]:
        response = await resources.get(ACCOUNT, params={"api-version": version})
        policy: dict[str, Any] = response.json()["properties"].get("sasPolicy", {})
        return policy

    assert (await shown("2026-06-01"))["requireUserBoundUserDelegationSas"] is True
    assert "requireUserBoundUserDelegationSas" not in await shown("2025-01-01")
    await resources.patch("/_local/storageAccount", json={"properties": {"sasPolicy": None}})
    assert await shown("2025-01-01") == {}
