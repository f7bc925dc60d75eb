"""Monitors on the SDK's own Durable client; what the Functions host answers is the test's."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.durable.durable_monitors import DurableMonitors
from shared.protocols import Monitors
from tests.exports.samples import NOW

EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"
ROOT = "http://127.0.0.1:17071/durabletask/"
BINDING = json.dumps({"taskHubName": "hub", "creationUrls": {}, "managementUrls": {}, "rpcBaseUrl": ROOT})
Call = tuple[str, str, Any]


class FakeHost:
    """Answers every call of the client in the same way, or not at all, and keeps what was asked."""

    def __init__(self, status: int | None, body: Any = None) -> None:
        self._answer = None if status is None else [status, body]
        self.calls: list[Call] = []
        self.client = DurableOrchestrationClient(BINDING)
        self.client._post_async_request = self.post
        self.client._get_async_request = self.get
        self.client._delete_async_request = self.delete

    async def post(self, url: str, data: Any = None, *_: object, **__: object) -> list[Any]:
        return self._respond("POST", url, data)

    async def get(self, url: str, *_: object) -> list[Any]:
        return self._respond("GET", url)

    async def delete(self, url: str, *_: object) -> list[Any]:
        return self._respond("DELETE", url)

    def _respond(self, method: str, url: str, data: Any = None) -> list[Any]:
        self.calls.append((method, url.removeprefix(ROOT), data))
        if self._answer is None:
            raise aiohttp.ClientConnectionError("The host is restarting.")
        return self._answer


def monitors_on(host: FakeHost) -> Monitors:
    return DurableMonitors(host.client)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("WARNING", "shared.durable.durable_monitors")
    return caplog


async def test_a_monitor_starts_with_the_id_of_its_export_and_nothing_else(warnings: pytest.LogCaptureFixture) -> None:
    host = FakeHost(202, {"id": EXPORT_ID})
    await monitors_on(host).start(EXPORT_ID)
    ((method, path, data),) = host.calls
    assert (method, path) == ("POST", f"orchestrators/monitor_export/{EXPORT_ID}")
    assert json.loads(data) == {"exportId": EXPORT_ID}
    assert warnings.messages == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {"ExceptionMessage": "no such function"}), (500, {"Message": "Something went wrong."}), (None, None)],
    ids=["refused", "failed", "outage"],
)
async def test_a_monitor_that_does_not_start_is_left_to_the_reconciler(
    status: int | None, body: Any, warnings: pytest.LogCaptureFixture
) -> None:
    await monitors_on(FakeHost(status, body)).start(EXPORT_ID)
    (message,) = warnings.messages
    assert message.startswith(f"The monitor of {EXPORT_ID} did not start")


@pytest.mark.parametrize("status", ["Pending", "Running", "Suspended"])
async def test_to_start_a_monitor_that_runs_is_fine(status: str, warnings: pytest.LogCaptureFixture) -> None:
    body = {"Message": f"An Orchestration instance with the status {status} already exists."}
    await monitors_on(FakeHost(409, body)).start(EXPORT_ID)
    assert warnings.messages == []


async def test_a_monitor_is_ended_at_once_with_the_reason(warnings: pytest.LogCaptureFixture) -> None:
    host = FakeHost(202)
    await monitors_on(host).end(EXPORT_ID, "It is late.")
    ((method, path, _),) = host.calls
    assert (method, urlsplit(path).path) == ("POST", f"instances/{EXPORT_ID}/terminate")
    assert parse_qs(urlsplit(path).query) == {"reason": ["It is late."]}
    assert warnings.messages == []


async def test_to_end_a_monitor_that_has_ended_is_fine(warnings: pytest.LogCaptureFixture) -> None:
    await monitors_on(FakeHost(410)).end(EXPORT_ID, "It is late.")
    assert warnings.messages == []


@pytest.mark.parametrize("status", [404, 500, None], ids=["there is none", "refused", "outage"])
async def test_a_monitor_that_was_not_ended_is_logged(status: int | None, warnings: pytest.LogCaptureFixture) -> None:
    await monitors_on(FakeHost(status)).end(EXPORT_ID, "It is late.")
    assert warnings.messages == [f"The monitor of {EXPORT_ID} was not ended."]


@pytest.mark.parametrize("runtime_status", OrchestrationRuntimeStatus)
async def test_a_monitor_is_alive_until_it_has_ended(runtime_status: OrchestrationRuntimeStatus) -> None:
    host = FakeHost(
        200, {"instanceId": EXPORT_ID, "createdTime": NOW.isoformat(), "runtimeStatus": runtime_status.value}
    )
    ended = {"Completed", "Failed", "Terminated", "Canceled"}
    assert await monitors_on(host).is_alive(EXPORT_ID) is (runtime_status.value not in ended)
    ((method, path, _),) = host.calls
    assert (method, urlsplit(path).path) == ("GET", f"instances/{EXPORT_ID}")


async def test_an_export_without_a_monitor_has_none_alive() -> None:
    assert not await monitors_on(FakeHost(404, "")).is_alive(EXPORT_ID)


async def test_an_outage_does_not_pass_for_a_monitor_that_is_gone() -> None:
    with pytest.raises(aiohttp.ClientConnectionError):
        await monitors_on(FakeHost(None)).is_alive(EXPORT_ID)


@pytest.mark.parametrize(("status", "body"), [(200, {"instancesDeleted": 3}), (404, None)])
async def test_the_history_of_ended_monitors_is_purged_up_to_a_time(status: int, body: Any) -> None:
    host = FakeHost(status, body)
    await monitors_on(host).purge_history(NOW - timedelta(days=30))
    ((method, path, _),) = host.calls
    asked = parse_qs(urlsplit(path).query)
    assert (method, urlsplit(path).path) == ("DELETE", "instances/")
    assert datetime.fromisoformat(asked["createdTimeFrom"][0]) == datetime(2000, 1, 1, tzinfo=UTC)
    assert datetime.fromisoformat(asked["createdTimeTo"][0]) == NOW - timedelta(days=30)
    assert asked["runtimeStatus"] == ["Completed,Failed,Terminated"]
