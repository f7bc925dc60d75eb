"""The order in which an export's request is checked, and what it is answered with."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from local.graph.graph_app import create_app
from local.graph.graph_routes import is_guid
from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock
from local.identity.signing_key import SigningKey
from local.stack.azurite import Azurite
from tests.local.graph.conftest import FAST
from tests.local.graph.graph_test_client import NOBODY, PROFILE, USER, GraphClient, refusal
from tests.local.graph.sas_containers import ExportContainer

NO_SAS = "https://127.0.0.1/exports/container"
THROTTLED = (429, "TooManyRequests")
INVALID = (400, "StorageLocationInvalid")


@pytest.fixture
async def narrow(
    identity_url: str, signing_key: SigningKey, azurite: Azurite, tmp_path: Path
) -> AsyncIterator[GraphClient]:
    """A Graph that takes two exports, one a caller, and one other request."""
    quotas = Quotas.of(Clock(), exports_per_tenant=2, exports_per_caller=1, others_per_tenant=1)
    server = TestServer(create_app(tmp_path / "narrow", identity_url, FAST, azurite.ca_bundle, quotas))
    await server.start_server()
    async with GraphClient(str(server.make_url("")), signing_key) as client:
        yield client
    await server.close()


@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_a_user_is_exported_in_both_versions(
    graph: GraphClient, container: ExportContainer, version: str
) -> None:
    response = await graph.submit(container.location(), version=version)

    location = response.headers["Location"]
    root, _, operation_id = location.rpartition("/")
    assert response.status_code == 202
    assert response.content == b""
    assert root == f"{graph.url}/v1.0/dataPolicyOperations"
    assert is_guid(operation_id)
    assert response.headers["Operation-Location"] == location
    assert response.headers["Retry-After"] == "1"
    assert response.headers["request-id"] != operation_id


async def test_the_address_in_the_answer_is_graphs_own_whatever_it_was_called(
    graph: GraphClient, container: ExportContainer
) -> None:
    body = {"storageLocation": container.location()}
    path = f"/v1.0/users/{USER.id}/exportPersonalData"

    response = await graph.http.post(path, json=body, headers={"Host": "graph.evil.example"})

    assert response.headers["Location"].startswith(f"{graph.url}/")


async def test_a_profile_is_exported_in_beta_only(graph: GraphClient, container: ExportContainer) -> None:
    body = {"storageLocation": container.location()}
    path = f"directory/inboundSharedUserProfiles/{PROFILE.id}/exportPersonalData"

    assert refusal(await graph.http.post(f"/v1.0/{path}", json=body)) == (400, "BadRequest")
    assert (await graph.http.post(f"/beta/{path}", json=body)).status_code == 202


async def test_users_and_profiles_do_not_mix(graph: GraphClient, container: ExportContainer) -> None:
    assert refusal(await graph.submit(container.location(), PROFILE.id)) == (404, "ResourceNotFound")
    assert refusal(await graph.submit_profile(container.location(), USER.id)) == (404, "ResourceNotFound")


async def test_an_object_id_counts_in_any_case(graph: GraphClient, container: ExportContainer) -> None:
    assert (await graph.submit(container.location(), USER.id.upper())).status_code == 202
    assert (await graph.operations())[0]["subject"] == USER.id


@pytest.mark.parametrize("location", [None, "MyStorageAccount", 5])
async def test_ids_and_addresses_are_looked_at_before_anything_else(narrow: GraphClient, location: object) -> None:
    narrow.become(roles=None)

    for _ in range(3):
        assert refusal(await narrow.submit(NO_SAS, USER.user_principal_name)) == (400, "InvalidInput")
        assert refusal(await narrow.submit(location, NOBODY)) == INVALID


async def test_throttling_comes_before_roles_and_counts_by_caller_and_tenant(narrow: GraphClient) -> None:
    narrow.become(roles=None, oid="first")
    assert refusal(await narrow.submit(NO_SAS)) == (403, "Forbidden")
    response = await narrow.submit(NO_SAS)
    assert refusal(response) == THROTTLED
    assert "Retry-After" not in response.headers

    narrow.become(roles=None, oid="second")
    assert refusal(await narrow.submit(NO_SAS)) == (403, "Forbidden")
    narrow.become(oid="third")
    assert refusal(await narrow.submit(NO_SAS)) == THROTTLED


async def test_other_requests_are_throttled_too(narrow: GraphClient) -> None:
    assert (await narrow.http.get(f"/v1.0/users/{USER.id}")).status_code == 200
    assert refusal(await narrow.http.get(f"/v1.0/users/{USER.id}")) == THROTTLED
    assert refusal(await narrow.operation(NOBODY)) == THROTTLED


async def test_roles_come_before_subjects_and_subjects_before_storage(graph: GraphClient) -> None:
    assert refusal(await graph.submit(NO_SAS)) == (400, "SharedAccessSignatureTokenInvalid")
    assert refusal(await graph.submit(NO_SAS, NOBODY)) == (404, "ResourceNotFound")
    assert refusal(await graph.submit_profile(NO_SAS, NOBODY)) == (404, "ResourceNotFound")

    graph.become(roles=["User.Read.All"])

    assert refusal(await graph.submit(NO_SAS, NOBODY)) == (403, "Forbidden")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'"text"'])
async def test_a_body_that_is_not_an_object_is_refused(graph: GraphClient, content: bytes) -> None:
    response = await graph.http.post(f"/v1.0/users/{USER.id}/exportPersonalData", content=content)

    assert refusal(response) == (400, "BadRequest")


@pytest.mark.parametrize("body", [{}, {"storagelocation": NO_SAS}, {"storageLocation": None}])
async def test_a_body_without_a_location_is_an_invalid_one(graph: GraphClient, body: dict[str, Any]) -> None:
    assert refusal(await graph.http.post(f"/v1.0/users/{USER.id}/exportPersonalData", json=body)) == INVALID
