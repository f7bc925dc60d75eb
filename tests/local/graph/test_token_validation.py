"""Which tokens and roles Graph accepts."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from aiohttp.test_utils import TestServer, unused_port

from local.graph.graph_app import create_app
from local.graph.service_clock import Clock
from local.identity.identity_app import create_app as create_identity
from local.identity.signing_key import SigningKey
from local.identity.token_claims import GRAPH_ROLES, GRAPH_ROOTS, managed_identity_claims
from tests.local.graph.graph_test_client import NOBODY, USER, GraphClient, refusal
from tests.local.graph.sas_containers import in_hours

NO_TOKEN = (401, "InvalidAuthenticationToken")
FORBIDDEN = (403, "Forbidden")


@pytest.mark.parametrize("root", sorted(GRAPH_ROOTS))
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_token_for_graph_in_any_cloud_is_accepted(graph: GraphClient, root: str, slash: str) -> None:
    graph.become(aud=root + slash)

    assert (await graph.http.get(f"/v1.0/users/{USER.id}")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://storage.azure.com"},
        {"iss": "https://sts.windows.net/another/"},
        {"exp": 1},
        {"nbf": 9_999_999_999},
        {"exp": None},
        {"oid": None},
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(graph: GraphClient, changes: dict[str, Any]) -> None:
    graph.become(**changes)

    response = await graph.http.get(f"/v1.0/users/{USER.id}")

    assert refusal(response) == NO_TOKEN
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dTpw", "Bearer no.token.here", "Bearer x"])
async def test_a_missing_token_is_refused(graph: GraphClient, header: str) -> None:
    response = await graph.http.get(f"/v1.0/users/{USER.id}", headers={"Authorization": header})

    assert refusal(response) == NO_TOKEN


async def test_a_forged_token_is_refused(graph: GraphClient, tmp_path: Path) -> None:
    claims = managed_identity_claims("https://graph.microsoft.com", None, in_hours(0))
    key_id = graph.key.key_set()["keys"][0]["kid"]
    forged = [
        SigningKey(tmp_path).sign(claims),
        jwt.encode(claims, "", "none", headers={"kid": key_id}),
        jwt.encode(claims, "s" * 32, "HS256", headers={"kid": key_id}),
    ]

    for token in forged:
        response = await graph.http.get(f"/v1.0/users/{USER.id}", headers={"Authorization": f"Bearer {token}"})
        assert refusal(response) == NO_TOKEN


async def test_without_a_token_a_caller_does_not_learn_which_paths_exist(graph: GraphClient) -> None:
    response = await graph.http.get("/v1.0/nothing", headers={"Authorization": ""})

    assert refusal(response) == NO_TOKEN


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["User.Export.All"], 400),
        (["User.Read.All"], FORBIDDEN),
        (["CrossTenantUserProfileSharing.ReadWrite.All"], FORBIDDEN),
        (None, FORBIDDEN),
    ],
)
async def test_roles_for_exporting_a_user(graph: GraphClient, roles: list[str] | None, expected: object) -> None:
    graph.become(roles=roles)

    response = await graph.submit("https://127.0.0.1/no/sas")

    assert expected in (response.status_code, refusal(response))


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["CrossTenantUserProfileSharing.Read.All"], 400),
        (["CrossTenantUserProfileSharing.ReadWrite.All"], 400),
        (["User.Export.All", "User.Read.All"], FORBIDDEN),
    ],
)
async def test_roles_for_exporting_a_profile(graph: GraphClient, roles: list[str], expected: object) -> None:
    graph.become(roles=roles)

    response = await graph.submit_profile("https://127.0.0.1/no/sas")

    assert expected in (response.status_code, refusal(response))


@pytest.mark.parametrize("missing", ["User.Export.All", "User.Read.All"])
async def test_reading_an_operation_takes_both_roles(graph: GraphClient, missing: str) -> None:
    assert refusal(await graph.operation(NOBODY)) == (400, "OperationNotFound")

    graph.become(roles=[role for role in GRAPH_ROLES if role != missing])

    assert refusal(await graph.operation(NOBODY)) == FORBIDDEN


async def test_reading_a_user_takes_its_role(graph: GraphClient) -> None:
    graph.become(roles=["User.Export.All"])

    assert refusal(await graph.http.get(f"/v1.0/users/{USER.id}")) == FORBIDDEN


@pytest.fixture
async def graph_alone(signing_key: SigningKey, tmp_path: Path) -> AsyncIterator[tuple[GraphClient, int]]:
    """A Graph whose identity isn't there, and the port where it would be."""
    port = unused_port()
    server = TestServer(create_app(tmp_path / "alone", f"http://127.0.0.1:{port}", Clock()))
    await server.start_server()
    async with GraphClient(str(server.make_url("")), signing_key) as client:
        yield client, port
    await server.close()


async def test_keys_are_read_when_they_are_needed_and_anew_when_they_change(
    graph_alone: tuple[GraphClient, int], signing_state: Path, tmp_path: Path
) -> None:
    graph, port = graph_alone

    async def status() -> httpx.Response:
        return await graph.http.get(f"/v1.0/users/{USER.id}")

    assert refusal(await status()) == (503, "serviceNotAvailable")
    for state in (signing_state, tmp_path / "anew"):
        identity = TestServer(create_identity(state, "unused"), port=port)
        await identity.start_server()
        graph.key = SigningKey(state)
        graph.become()
        assert (await status()).status_code == 200
        await identity.close()
        assert (await status()).status_code == 200
