"""The whole life of an export: from its submission to the files."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.local.graph.graph_test_client import PROFILE, GraphClient, eventually
from tests.local.graph.sas_containers import ExportContainer


async def test_the_files_are_there_once_it_is_complete(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location())
    assert container.names() == ["RequestInfo.json"]

    operation = await graph.until(operation_id, "complete")

    assert len({name.split("/")[0] for name in container.names()}) > 3
    assert operation["progress"] == 1.0
    assert operation["submittedDateTime"] < operation["completedDateTime"]
    assert operation["storageLocation"] == container.url
    assert json.loads(container.read("OneDrive/ActivityReports/Files.json"))
    assert container.read("Microsoft Teams/Activity.csv").count(b"\r\n") == 13


async def test_a_profiles_export_ends_as_well(graph: GraphClient, container: ExportContainer) -> None:
    response = await graph.submit_profile(container.location())

    operation = await graph.until(response.headers["Location"].rpartition("/")[2], "complete")

    assert operation["userId"] == PROFILE.id
    assert PROFILE.id.encode() in container.read("Microsoft Teams/Activity.csv")


async def test_files_need_no_more_than_to_be_added_and_created(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location("ac"))

    await graph.until(operation_id, "complete")

    assert len(container.names()) == 6


async def test_many_exports_end(graph: GraphClient, containers: list[ExportContainer]) -> None:
    ids = await asyncio.gather(*(graph.submitted(container.location()) for container in containers))

    await asyncio.gather(*(graph.until(operation_id, "complete") for operation_id in ids))

    assert {len(container.names()) for container in containers} == {6}


@pytest.mark.parametrize("loss", ["policy", "container"])
async def test_without_access_at_the_end_it_runs_for_ever(
    graph: GraphClient, container: ExportContainer, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    operation_id = await graph.submitted(container.location_by_policy())
    if loss == "policy":
        container.revoke_policy()
    else:
        container.client.delete_container()

    async def given_up() -> bool | None:
        return "it will run for ever" in caplog.text or None

    assert await eventually(given_up)
    operation = (await graph.operation(operation_id)).json()
    assert (operation["status"], operation["completedDateTime"]) == ("running", None)
    assert "sig=" not in caplog.text


async def test_storage_that_is_down_at_the_end_is_tried_again(graph: GraphClient) -> None:
    down: list[str] = []

    async def storage(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response(status=403)
        if not request.path.endswith("RequestInfo.json") and not down:
            down.append(request.path)
            return web.Response(status=503)
        return web.Response(status=201)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", storage)
    async with TestServer(app) as server:
        operation_id = await graph.submitted(str(server.make_url("/account/container?sig=x")))
        await graph.until(operation_id, "complete")

    assert len(down) == 1


@pytest.mark.parametrize(("fault", "status", "files"), [("fails", "failed", 1), ("empty", "complete", 1)])
async def test_an_export_without_files(
    graph: GraphClient, container: ExportContainer, fault: str, status: str, files: int
) -> None:
    await graph.fault("submit", fault)

    operation = await graph.until(await graph.submitted(container.location()), status)

    assert operation["completedDateTime"]
    assert len(container.names()) == files


async def test_an_export_that_never_ends(graph: GraphClient, containers: list[ExportContainer]) -> None:
    await graph.fault("submit", "never", times=1)
    stuck = await graph.submitted(containers[0].location())
    later = await graph.submitted(containers[1].location())

    await graph.until(later, "complete")

    operation: dict[str, Any] = (await graph.operation(stuck)).json()
    assert operation["status"] == "running"
    assert containers[0].names() == ["RequestInfo.json"]


async def test_an_export_takes_as_long_as_it_is_told(graph: GraphClient, containers: list[ExportContainer]) -> None:
    await graph.fault("submit", "duration", seconds=3600, times=1)
    long = await graph.submitted(containers[0].location())
    short = await graph.submitted(containers[1].location())

    await graph.until(short, "complete")

    assert (await graph.operation(long)).json()["status"] == "running"
