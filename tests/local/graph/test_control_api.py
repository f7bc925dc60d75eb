"""What tests can see and change."""

from datetime import datetime
from typing import Any

import pytest

from tests.local.graph.graph_test_client import NOBODY, USER, GraphClient
from tests.local.graph.sas_containers import Box


async def test_a_user_that_is_added_can_be_read_and_exported(graph: GraphClient, box: Box) -> None:
    name = "new@contoso.example"
    await graph.http.put(f"/_local/users/{NOBODY}", json={"userPrincipalName": name, "displayName": "New One"})

    assert (await graph.http.get(f"/v1.0/users/{name}")).json()["displayName"] == "New One"
    assert (await graph.submit(box.location(), NOBODY)).status_code == 202


async def test_a_profile_that_is_added_can_be_exported(graph: GraphClient, box: Box) -> None:
    await graph.http.put(f"/_local/inboundSharedUserProfiles/{NOBODY}", json={"userPrincipalName": "n@f.example"})

    assert (await graph.submit_profile(box.location(), NOBODY)).status_code == 202


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
async def test_a_fault_that_means_nothing_is_refused_with_the_reason(graph: GraphClient, content: bytes) -> None:
    response = await graph.http.post("/_local/faults", content=content)

    assert response.status_code == 400
    assert response.text


async def test_operations_are_listed_without_their_sas(graph: GraphClient, box: Box) -> None:
    operation_id = await graph.submitted(box.location())

    response = await graph.http.get("/_local/operations")

    (operation,) = response.json()
    assert datetime.fromisoformat(operation.pop("submitted")).tzinfo is not None
    assert operation == {
        "id": operation_id,
        "subject": USER.id,
        "subjectType": "user",
        "container": box.url,
        "status": "running",
    }


async def test_requests_are_listed_in_order_with_what_they_were_answered(graph: GraphClient) -> None:
    await graph.http.get(f"/v1.0/users/{USER.id}", params={"$select": "id"})
    await graph.http.get("/beta/nothing", headers={"Authorization": ""})

    described = [(entry["method"], entry["path"], entry["status"]) for entry in await graph.requests()]

    assert described == [("GET", f"/v1.0/users/{USER.id}", 200), ("GET", "/beta/nothing", 401)]


async def test_a_submits_sas_is_listed_without_its_signature(graph: GraphClient, box: Box) -> None:
    location = box.location()
    await graph.submit(location)

    response = await graph.http.get("/_local/requests")

    sas: dict[str, Any] = response.json()[0]["sas"]
    assert sas["parameters"] == ["se", "sig", "sp", "sr", "sv"]
    assert sas["values"].keys() == {"se", "sp", "sr"}
    assert (sas["values"]["sp"], sas["values"]["sr"]) == ("acw", "c")
    assert location.partition("sig=")[2] not in response.text


async def test_a_submit_that_is_refused_for_its_token_is_listed_too(graph: GraphClient, box: Box) -> None:
    graph.become(exp=1)
    await graph.submit(box.location_by_policy())

    (entry,) = await graph.requests()
    assert entry["status"] == 401
    assert entry["sas"]["values"]["si"] == "export"
