"""What holds for every answer, and every fault as it shows on the wire."""

import asyncio
import json
import re
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.graph.graph_routes import is_guid
from tests.local.graph.graph_test_client import NOBODY, USER, GraphClient, refusal
from tests.local.graph.sas_containers import ExportContainer

READ_USER = f"/v1.0/users/{USER.id}"


async def test_an_error_has_graphs_form(graph: GraphClient) -> None:
    client_id = str(uuid4())

    response = await graph.http.get("/v1.0/nothing", headers={"client-request-id": client_id})

    error = response.json()["error"]
    assert error.keys() == {"code", "message", "innerError"}
    assert error["innerError"] == {
        "date": error["innerError"]["date"],
        "request-id": response.headers["request-id"],
        "client-request-id": client_id,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", error["innerError"]["date"])
    assert response.headers["client-request-id"] == client_id


async def test_every_response_has_its_own_ids(graph: GraphClient) -> None:
    answers = [await graph.http.get(READ_USER) for _ in range(2)]

    ids = {answer.headers["request-id"] for answer in answers}
    assert len(ids) == 2
    assert all(map(is_guid, ids))
    assert all(answer.headers["client-request-id"] == answer.headers["request-id"] for answer in answers)


async def test_two_slashes_in_a_row_are_one(graph: GraphClient) -> None:
    assert (await graph.http.get(f"/v1.0//users/{USER.id}")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "more", "expected"),
    [
        ("throttle", {}, (429, "TooManyRequests")),
        ("unavailable", {}, (503, "serviceNotAvailable")),
        ("refuse", {"status": 418, "code": "Teapot", "message": "Short and stout."}, (418, "Teapot")),
    ],
)
async def test_an_injected_error_comes_before_any_effect(
    graph: GraphClient, container: ExportContainer, fault: str, more: dict[str, Any], expected: tuple[int, str]
) -> None:
    await graph.fault("submit", fault, times=1, **more)

    response = await graph.submit(container.location())

    assert refusal(response) == expected
    assert "Retry-After" not in response.headers
    assert container.names() == []
    assert (await graph.submit(container.location())).status_code == 202


@pytest.mark.parametrize(("fault", "status"), [("throttle", 429), ("unavailable", 503)])
@pytest.mark.parametrize("asked", ["30", "Sun, 01 Nov 2026 09:01:30 GMT"])
async def test_an_error_can_say_when_to_come_back(graph: GraphClient, fault: str, status: int, asked: str) -> None:
    await graph.fault("user", fault, times=1, retryAfter=asked)
    response = await graph.http.get(READ_USER)
    assert (response.status_code, response.headers["Retry-After"]) == (status, asked)
    assert "Date" in response.headers


async def test_a_broken_gateway_answers_in_html(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "html", times=1)

    response = await graph.submit(container.location())

    assert (response.status_code, response.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert response.text.startswith("<html>")
    assert container.names() == []


async def test_an_injected_redirect(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "redirect", to="https://evil.example/steal", times=1)

    response = await graph.submit(container.location())

    assert (response.status_code, response.headers["Location"]) == (307, "https://evil.example/steal")
    assert container.names() == []


async def test_a_connection_dropped_before_leaves_nothing_done(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "dropBefore", times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        await graph.submit(container.location())

    assert container.names() == []


async def test_a_connection_dropped_after_leaves_all_done(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "dropAfter", times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        await graph.submit(container.location())

    (operation,) = await graph.operations()
    assert json.loads(container.read("RequestInfo.json"))["CommandId"] == operation["id"]
    await graph.until(operation["id"], "complete")


async def test_a_refused_request_gets_its_error_though_the_connection_was_to_be_dropped(graph: GraphClient) -> None:
    await graph.fault("submit", "dropAfter", times=1)

    assert refusal(await graph.submit("https://127.0.0.1/no/sas")) == (400, "SharedAccessSignatureTokenInvalid")


async def test_headers_in_the_body(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "headersInBody", times=1)

    response = await graph.submit(container.location())

    (operation,) = await graph.operations()
    assert response.status_code == 202
    assert response.json() == {
        "Location": f"{graph.url}/v1.0/dataPolicyOperations/{operation['id']}",
        "Retry-After": 1,
    }
    assert {"location", "operation-location", "retry-after"}.isdisjoint(response.headers)


async def test_no_location_anywhere(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "noLocation", times=1)

    response = await graph.submit(container.location())

    assert (response.status_code, response.content) == (202, b"")
    assert {"location", "operation-location", "retry-after"}.isdisjoint(response.headers)
    assert len(await graph.operations()) == 1


async def test_header_names_in_odd_case_reach_the_wire(graph: GraphClient, container: ExportContainer) -> None:
    await graph.fault("submit", "oddCase", times=1)

    head = await raw_head(graph, json.dumps({"storageLocation": container.location()}).encode())

    names = [line.partition(":")[0] for line in head.split("\r\n")[1:]]
    assert head.startswith("HTTP/1.1 202 ")
    assert {"LOCATION", "operation-LOCATION", "retry-AFTER"} <= set(names)
    assert len({name.lower() for name in names}) == len(names)
    assert "\r\n " not in head


async def raw_head(graph: GraphClient, body: bytes) -> str:
    """The head of the answer to a submit, as it comes over the wire."""
    host, _, port = graph.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = [f"POST /v1.0/users/{USER.id}/exportPersonalData HTTP/1.1", f"Host: {host}", "Connection: close"]
    head += [f"Content-Length: {len(body)}", f"Authorization: {graph.http.headers['Authorization']}"]
    writer.write("\r\n".join([*head, "", ""]).encode() + body)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer.decode().partition("\r\n\r\n")[0]


async def test_a_known_operation_can_be_reported_as_unknown(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location())
    await graph.fault("operation", "unknown", times=1, subject=USER.id)

    assert refusal(await graph.operation(operation_id)) == (400, "OperationNotFound")
    assert (await graph.operation(operation_id)).status_code == 200


async def test_a_slow_answer_is_late_but_what_it_answers_is_done(
    graph: GraphClient, container: ExportContainer
) -> None:
    await graph.fault("submit", "slow", seconds=30, times=1)

    with pytest.raises(httpx.ReadTimeout):
        await graph.http.post(
            f"/v1.0/users/{USER.id}/exportPersonalData", json={"storageLocation": container.location()}, timeout=0.5
        )

    assert len(await graph.operations()) == 1


async def test_a_slow_refusal_is_late_too(graph: GraphClient) -> None:
    await graph.fault("user", "slow", seconds=0.2, times=1)
    await graph.fault("user", "unavailable", times=1)
    asked = time.monotonic()

    assert refusal(await graph.http.get(READ_USER)) == (503, "serviceNotAvailable")

    assert time.monotonic() - asked >= 0.2


async def test_an_unknown_status_and_progress_as_text(graph: GraphClient, container: ExportContainer) -> None:
    operation_id = await graph.submitted(container.location())
    await graph.fault("operation", "status", status="paused", subject=operation_id)
    await graph.fault("operation", "progressText", times=1)

    odd = (await graph.operation(operation_id)).json()

    assert odd["status"] == "paused"
    assert isinstance(odd["progress"], str)
    assert float(odd["progress"]) >= 0


@pytest.mark.parametrize("subject", [USER.id, USER.user_principal_name])
async def test_a_fault_may_be_for_one_user_by_id_or_name(graph: GraphClient, subject: str) -> None:
    await graph.fault("user", "throttle", subject=subject)

    assert (await graph.http.get(f"/v1.0/users/{NOBODY}")).status_code == 404
    assert (await graph.http.get(f"/v1.0/users/{USER.user_principal_name}")).status_code == 429
