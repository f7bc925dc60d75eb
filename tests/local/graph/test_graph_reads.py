"""Reading users and operations."""

import re

import pytest

from tests.local.graph.graph_test_client import NOBODY, PROFILE, USER, GraphClient, refusal
from tests.local.graph.sas_containers import ExportContainer


@pytest.mark.parametrize("key", [USER.id, USER.id.upper(), USER.user_principal_name, USER.user_principal_name.upper()])
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_a_user_is_found_by_id_and_by_name(graph: GraphClient, version: str, key: str) -> None:
    user = (await graph.http.get(f"/{version}/users/{key}")).json()

    assert user["@odata.context"] == f"{graph.url}/{version}/$metadata#users/$entity"
    assert user["id"] == USER.id
    assert user["userPrincipalName"] == user["mail"] == USER.user_principal_name
    assert (user["displayName"], user["givenName"], user["surname"]) == (USER.display_name, "Adele", "Fictive")


async def test_a_guests_name_may_have_a_number_sign(graph: GraphClient) -> None:
    name = "visitor_fabrikam.example#EXT#@contoso.example"
    await graph.http.put(f"/_local/users/{NOBODY}", json={"userPrincipalName": name})

    response = await graph.http.get(f"/v1.0/users/{name.replace('#', '%23')}", params={"$select": "id"})

    assert response.json()["id"] == NOBODY


async def test_a_name_that_begins_with_a_dollar_sign_is_found_in_parentheses_alone(graph: GraphClient) -> None:
    await graph.http.put(f"/_local/users/{NOBODY}", json={"userPrincipalName": "$o'neil@contoso.example"})

    for found in ("users('$o''neil@contoso.example')", "users('%24o%27%27neil%40contoso.example')"):
        assert (await graph.http.get(f"/v1.0/{found}", params={"$select": "id"})).json()["id"] == NOBODY
    for refused in ("users/$o'neil@contoso.example", "users/%24o%27neil%40contoso.example"):
        assert refusal(await graph.http.get(f"/v1.0/{refused}")) == (400, "BadRequest")


async def test_only_selected_properties_are_returned(graph: GraphClient) -> None:
    response = await graph.http.get(f"/v1.0/users/{USER.id}", params={"$select": "id, displayName"})

    assert response.json() == {
        "@odata.context": f"{graph.url}/v1.0/$metadata#users(id,displayName)/$entity",
        "id": USER.id,
        "displayName": USER.display_name,
    }


async def test_selecting_an_unknown_property_is_refused(graph: GraphClient) -> None:
    response = await graph.http.get(f"/v1.0/users/{USER.id}", params={"$select": "id,shoeSize"})

    assert refusal(response) == (400, "BadRequest")
    assert "'shoeSize'" in response.json()["error"]["message"]


@pytest.mark.parametrize("key", [NOBODY, "nobody@contoso.example", PROFILE.id])
async def test_an_unknown_person_is_not_found(graph: GraphClient, key: str) -> None:
    response = await graph.http.get(f"/v1.0/users/{key}")

    assert refusal(response) == (404, "Request_ResourceNotFound")
    assert key in response.json()["error"]["message"]


async def test_a_running_operation(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "duration", seconds=3600)
    operation_id = await graph.submitted(container.location())

    operation = (await graph.operation(operation_id)).json()

    submitted = operation.pop("submittedDateTime")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", submitted)
    assert operation == {
        "@odata.context": f"{graph.url}/v1.0/$metadata#dataPolicyOperations/$entity",
        "id": operation_id,
        "status": "running",
        "progress": 0.0,
        "completedDateTime": None,
        "storageLocation": None,
        "userId": USER.id,
    }


@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_an_operation_is_there_in_both_versions_and_in_any_case(
    graph: GraphClient, container: ExportContainer, version: str
) -> None:
    operation_id = await graph.submitted(container.location())

    response = await graph.http.get(f"/{version}/dataPolicyOperations/{operation_id.upper()}")

    assert response.json()["id"] == operation_id


async def test_an_unknown_operation_is_a_400(graph: GraphClient) -> None:
    response = await graph.operation(NOBODY)

    assert refusal(response) == (400, "OperationNotFound")
    assert response.json()["error"]["message"] == "Cannot find any operations with the input Id."


async def test_the_id_of_an_operation_is_a_guid(graph: GraphClient) -> None:
    assert refusal(await graph.operation("one")) == (400, "InvalidInput")
