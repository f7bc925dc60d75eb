"""The routes, through plain HTTP and through the pinned exporter itself."""

import asyncio
import gzip
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp.test_utils import TestServer
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from local.monitor.envelope_file import EnvelopeFile
from local.monitor.monitor_app import create_app
from local.monitor.telemetry_tables import rows
from tests.local.monitor.envelopes import KEY, event
from tests.loopback import NO_TLS
from tests.quiet_exporters import QUIET


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        TestServer(create_app(tmp_path / "monitor")) as server,
        httpx.AsyncClient(base_url=str(server.make_url("")), verify=NO_TLS) as client,
    ):
        yield client


async def received(monitor: httpx.AsyncClient) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await monitor.get("/_local/envelopes")).text.splitlines()]


@pytest.mark.parametrize("path", ["/v2/track", "/v2.1/track", "//v2.1/track"])
async def test_items_are_kept_as_they_were_sent(monitor: httpx.AsyncClient, path: str) -> None:
    items = [event("one\u2028\u00e4"), event("two")]
    url = str(monitor.base_url).rstrip("/") + path
    first = await monitor.post(url, json=items)
    packed = gzip.compress("\r\n".join(json.dumps(item, ensure_ascii=False) for item in items).encode())
    second = await monitor.post(url, content=packed, headers={"Content-Encoding": "gzip"})

    for answer in (first, second):
        assert answer.status_code == 200
        assert answer.json() == {"itemsReceived": 2, "itemsAccepted": 2, "errors": []}
    text = (await monitor.get("/_local/envelopes")).text
    assert [json.loads(line) for line in text.removesuffix("\n").split("\n")] == items * 2


async def test_only_items_that_are_accepted_are_kept(monitor: httpx.AsyncClient) -> None:
    answer = await monitor.post("/v2.1/track", json=[event(""), event("good")])
    assert answer.status_code == 206
    assert [error["index"] for error in answer.json()["errors"]] == [0]
    assert await received(monitor) == [event("good")]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
async def test_a_body_that_cannot_be_read_is_refused(monitor: httpx.AsyncClient, body: bytes) -> None:
    answer = await monitor.post("/v2.1/track", content=body)
    assert answer.status_code == 400
    assert answer.json()["itemsAccepted"] == 0
    assert await received(monitor) == []


@pytest.mark.parametrize("path", ["/QuickPulseService.svc/ping", "//QuickPulseService.svc/post"])
async def test_nobody_watches_live_metrics(monitor: httpx.AsyncClient, path: str) -> None:
    answer = await monitor.post(str(monitor.base_url).rstrip("/") + path, json=[])
    assert (answer.status_code, answer.headers["x-ms-qps-subscribed"]) == (200, "false")


async def test_what_arrived_outlives_the_process(tmp_path: Path) -> None:
    arrived = ""
    for _ in range(2):
        async with (
            TestServer(create_app(tmp_path)) as server,
            httpx.AsyncClient(base_url=str(server.make_url("")), verify=NO_TLS) as client,
        ):
            await client.post("/v2.1/track", json=[event("one")])
            arrived = (await client.get("/_local/envelopes")).text
    assert arrived.count("\n") == 2


def test_only_its_owner_may_read_what_arrived(tmp_path: Path) -> None:
    file = EnvelopeFile(tmp_path)
    file.close()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


async def test_the_pinned_exporter_is_satisfied(monitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    exporter = AzureMonitorTraceExporter(
        connection_string=f"InstrumentationKey={KEY};IngestionEndpoint={str(monitor.base_url).rstrip('/')}/",
        disable_offline_storage=True,
    )
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    def record() -> None:
        with provider.get_tracer("test").start_as_current_span("a span"):
            pass
        provider.shutdown()

    await asyncio.to_thread(record)

    (row,) = rows(await received(monitor), "AppDependencies")
    assert (row["Name"], row["Success"], row["IKey"]) == ("a span", True, KEY)
    assert len(row["OperationId"]) == 32
