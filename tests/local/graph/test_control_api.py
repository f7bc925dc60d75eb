"""The control API: people, faults and the list of operations."""

from datetime import datetime

import pytest

from tests.local.graph.graph_test_client import NOBODY, USER, GraphClient
from tests.local.graph.sas_containers import ExportContainer


async def test_a_user_that_is_added_can_be_read_and_exported(graph: GraphClient, container: ExportContainer) -> None:
    name = "new@contoso.example"
    await graph.http.put(f"/_local/users/{NOBODY}", json={"userPrincipalName": name})

    assert (await graph.http.get(f"/v1.0/users/{name}")).json()["id"] == NOBODY
    assert (await graph.submit(container.location(), NOBODY)).status_code == 202


async def test_a_profile_that_is_added_can_be_exported(graph: GraphClient, container: ExportContainer) -> None:
    await graph.http.put(f"/_local/inboundSharedUserProfiles/{NOBODY}", json={"userPrincipalName": "n@f.example"})

    assert (await graph.submit_profile(container.location(), NOBODY)).status_code == 202


async def test_a_fault_is_listed_until_it_has_happened(graph: GraphClient) -> None:
    await graph.http.put(f"/_local/users/{NOBODY}", json={"userPrincipalName": "new@contoso.example"})
    fault = {"call": "user", "fault": "unavailable", "subject": NOBODY}
    await graph.http.post("/_local/faults", json={**fault, "times": 1})
    assert fault in (await graph.http.get("/_local/faults")).json()
    assert (await graph.http.get(f"/v1.0/users/{NOBODY}")).status_code == 503
    assert fault not in (await graph.http.get("/_local/faults")).json()


@pytest.mark.parametrize("path", ["users", "inboundSharedUserProfiles"])
@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("one", b'{"userPrincipalName":"n"}'),
        (NOBODY, b"{"),
        (NOBODY, b"[]"),
        (NOBODY, b"{}"),
        (NOBODY, b'{"userPrincipalName":5}'),
    ],
)
async def test_people_without_an_id_or_a_name_are_refused(
    graph: GraphClient, path: str, key: str, content: bytes
) -> None:
    assert (await graph.http.put(f"/_local/{path}/{key}", content=content)).status_code == 400


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"call":"submit","fault":"gremlins"}'])
async def test_an_invalid_fault_is_refused_with_the_reason(graph: GraphClient, content: bytes) -> None:
    response = await graph.http.post("/_local/faults", content=content)

    assert response.status_code == 400
    assert response.text


async def test_operations_are_listed_without_their_sas(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location())

    response = await graph.http.get("/_local/operations")

    (operation,) = response.json()
    assert datetime.fromisoformat(operation.pop("submitted")).tzinfo is not None
    assert operation == {
        "id": operation_id,
        "subject": USER.id,
        "subjectType": "user",
        "container": container.url,
        "status": "running",
    }
