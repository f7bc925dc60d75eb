"""Every check of the storage location, against Azurite and with SAS of every kind."""

import json
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from local.graph.graph_routes import is_guid
from local.identity.signing_key import SigningKey
from local.identity.token_claims import TENANT_ID
from tests.local.graph.graph_test_client import PROFILE, USER, GraphClient, refusal
from tests.local.graph.sas_containers import ExportAccount, ExportContainer, in_hours

NEEDS_WRITE = "StorageLocationNeedsWriteAddPermissions"
INVALID = "StorageLocationInvalid"


async def test_a_write_only_service_sas_is_accepted(graph: GraphClient, container: ExportContainer) -> None:
    assert (await graph.submit(container.location())).status_code == 202


async def test_a_sas_of_a_stored_policy_is_accepted(graph: GraphClient, container: ExportContainer) -> None:
    assert (await graph.submit(container.location_by_policy())).status_code == 202


async def test_a_user_delegation_sas_is_accepted(
    graph: GraphClient, container: ExportContainer, signing_key: SigningKey
) -> None:
    assert (await graph.submit(container.location_by_delegation(signing_key))).status_code == 202


@pytest.mark.parametrize(
    ("code", "locate"),
    [
        ("SharedAccessSignatureTokenInvalid", lambda container: container.url),
        ("StorageLocationNotServiceSAS", lambda container: container.location_of_account()),
        ("StorageLocationNotAzureBlob", lambda container: container.location_of_blob()),
        (
            "StorageLocationNotAzureBlob",
            lambda container: container.location().replace(f"/{container.client.container_name}", ""),
        ),
        ("StorageLocationShouldNotAllowListAccess", lambda container: container.location("acwl")),
        ("StorageLocationShouldNotAllowListAccess", lambda container: container.location("racwdl")),
        (NEEDS_WRITE, lambda container: container.location("d")),
        (NEEDS_WRITE, lambda container: container.location(expiry=in_hours(-1))),
        (NEEDS_WRITE, lambda container: container.location(start=in_hours(0.5))),
        (NEEDS_WRITE, lambda container: container.location().replace("sp=acw", "sp=racw")),
        (INVALID, lambda _container: f"https://127.0.0.1:{unused_port()}/exports/box?sig=x"),
        (INVALID, lambda _container: "MyStorageAccount"),
        (INVALID, lambda _container: None),
    ],
)
async def test_an_unusable_location_has_its_error_code_and_leaves_no_request_info(
    graph: GraphClient, container: ExportContainer, code: str, locate: Callable[[ExportContainer], object]
) -> None:
    response = await graph.submit(locate(container))

    assert refusal(response) == (400, code)
    assert container.names() == []
    assert await graph.operations() == []


async def test_a_sas_of_another_container_is_refused(
    graph: GraphClient, container: ExportContainer, export_account: ExportAccount
) -> None:
    another = export_account.new_container()
    location = f"{another.url}?{container.location().partition('?')[2]}"

    assert refusal(await graph.submit(location)) == (400, NEEDS_WRITE)


async def test_a_missing_container_is_an_invalid_location(graph: GraphClient, container: ExportContainer) -> None:
    container.client.delete_container()

    assert refusal(await graph.submit(container.location())) == (400, INVALID)


async def test_a_sas_that_creates_but_does_not_append_leaves_an_empty_request_info(
    graph: GraphClient, container: ExportContainer
) -> None:
    assert refusal(await graph.submit(container.location("c"))) == (400, NEEDS_WRITE)

    assert container.read("RequestInfo.json") == b""


async def test_a_policy_that_allows_listing_is_found_out(graph: GraphClient, container: ExportContainer) -> None:
    response = await graph.submit(container.location_by_policy("acwl"))

    assert refusal(response) == (400, "StorageLocationShouldNotAllowListAccess")


async def test_a_container_is_used_once(graph: GraphClient, container: ExportContainer) -> None:
    location = container.location()
    assert (await graph.submit(location)).status_code == 202

    response = await graph.submit(location)

    assert refusal(response) == (400, "StorageLocationAlreadyUsed")
    assert response.json()["error"]["message"] == (
        "Storage destination has already been used for an export. If this is not true, delete 'RequestInfo.json' from"
        " the container and try again."
    )
    assert len(await graph.operations()) == 1


async def test_a_sas_that_reads_leaves_a_request_info_that_blocks_the_next_attempt(
    graph: GraphClient, container: ExportContainer
) -> None:
    assert refusal(await graph.submit(container.location("racw"))) == (400, "StorageLocationShouldNotAllowReadAccess")

    assert container.names() == ["RequestInfo.json"]
    assert refusal(await graph.submit(container.location())) == (400, "StorageLocationAlreadyUsed")


async def test_a_sas_that_reads_and_deletes_leaves_no_request_info(
    graph: GraphClient, container: ExportContainer
) -> None:
    assert refusal(await graph.submit(container.location("racwd"))) == (400, "StorageLocationShouldNotAllowReadAccess")

    assert container.names() == []
    assert (await graph.submit(container.location())).status_code == 202


async def test_request_info_names_the_person_and_the_operation(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location())

    raw = container.read("RequestInfo.json").decode()
    mark = json.loads(raw)
    assert mark.keys() == {"Description", "CorrelationId", "CommandId", "Subject", "Timestamp", "RequestGuid"}
    assert mark["CommandId"] == operation_id != mark["RequestGuid"]
    assert is_guid(mark["RequestGuid"])
    assert is_guid(mark["CorrelationId"])
    assert mark["Subject"] == {"ObjectId": USER.id, "TenantId": TENANT_ID, "HomeTenantId": TENANT_ID}
    assert "\n  " in raw
    assert container.client.get_blob_client("RequestInfo.json").get_blob_properties().blob_type == "AppendBlob"


async def test_request_info_of_an_external_person_names_their_home_tenant(
    graph: GraphClient, container: ExportContainer
) -> None:
    assert (await graph.submit_profile(container.location())).status_code == 202

    subject = json.loads(container.read("RequestInfo.json"))["Subject"]
    assert subject == {"ObjectId": PROFILE.id, "TenantId": TENANT_ID, "HomeTenantId": PROFILE.home_tenant_id}


async def _premium(request: web.Request) -> web.Response:
    """Storage without append blobs, as Azure's premium accounts answer."""
    if request.method == "GET":
        return web.Response(status=403)
    assert (request.headers["x-ms-blob-type"], request.headers["If-None-Match"]) == ("AppendBlob", "*")
    return web.Response(status=409, headers={"x-ms-error-code": "BlobTypeNotSupported"})


async def test_premium_storage_is_refused(graph: GraphClient) -> None:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", _premium)
    async with TestServer(app) as premium:
        response = await graph.submit(str(premium.make_url("/account/container?sig=x")))

    assert refusal(response) == (400, "StorageLocationShouldSupportAppendBlobs")


async def test_failing_storage_is_an_invalid_location(graph: GraphClient) -> None:
    async def broken(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", broken)
    async with TestServer(app) as server:
        assert refusal(await graph.submit(str(server.make_url("/account/container?sig=x")))) == (400, INVALID)
