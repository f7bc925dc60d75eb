"""Runs the product's own code on Azurite, with a fake Graph and a clock that the measurement moves.

A life of days takes seconds, and every request to storage is counted.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import azure.functions as func
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob.aio import BlobServiceClient

from bench.times import BEGIN
from bench.wire import Sent, Wire
from shared.bootstrap import utc_now
from shared.exports.export import current_attempt
from shared.exports.next_step import Step, next_step
from shared.http import export_handlers
from shared.http.request_context import RequestContext
from shared.records.table_names import TableName
from shared.services import Services, services_on
from shared.settings import read_settings
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.handover_zip_blobs import StorageHandoverZipBlobs
from shared.storage.sas_urls import container_name
from shared.storage.storage_transport import TracedTransport
from shared.storage.table_transactions import TransactionTableClient
from shared.telemetry.spans import quiet_reads
from shared.workflow.advance_export import advance_export
from tests.credentials import Identity
from tests.fakes.fixed_account_probe import FixedAccountProbe
from tests.fakes.in_memory_graph import Course, InMemoryGraph
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_callback_sender import RecordingCallbackSender
from tests.fakes.recording_monitors import RecordingMonitors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from azure.core.pipeline.transport import AsyncHttpTransport
    from azure.storage.blob.aio import ContainerClient

    from local.stack.azurite import Azurite
    from shared.protocols import GraphApi
    from shared.records.export_records import SavedExport
    from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Took:
    """What one step of an export cost."""

    step: Step
    at: datetime
    sent: list[Sent]
    graph_calls: int
    waits: bool
    """Whether the monitor waits for a timer after it."""


@dataclass(frozen=True, slots=True)
class Life:
    """A whole export: its id, its steps, and how late the product noticed the end of the operation."""

    export_id: str
    steps: list[Took] = field(default_factory=list)
    lateness: timedelta = timedelta()

    @property
    def graph_calls(self) -> int:
        """The number of requests to Graph."""
        return sum(step.graph_calls for step in self.steps)

    def sent(self, *, polls: bool | None = None) -> list[Sent]:
        """The requests to storage: all, only those of polls, or only those of other steps."""
        return [each for took in self.steps if polls in {None, took.step is Step.POLL} for each in took.sent]


async def _nothing() -> None:
    """Nothing happens between two steps."""


class Product:
    """The product on a storage account.

    Attributes:
        services: what its use cases and steps are called with.
        monitors: the monitors that it starts; none of them runs.
        wire: counts the requests to storage.
        clock: the product's clock.
        graph: the Graph that it calls.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings,
        wire: Wire,
        graph: InMemoryGraph,
        clock: ManualClock,
        uncounted: BlobServiceClient,
    ) -> None:
        """Use `product_on`. `uncounted` writes the files that Microsoft would write."""
        self._settings = settings
        self._uncounted = uncounted
        self.services = services
        self.monitors = RecordingMonitors()
        self.wire = wire
        self.graph = graph
        self.clock = clock

    async def post(self, *, key: str | None = None) -> str:
        """Creates an export of a new person with the product's own handler of `POST /exports`, and returns its id."""
        body = {"subject": {"type": "user", "id": str(uuid.uuid4())}, "reference": "DSR-2026-0042"}
        headers = {} if key is None else {"Idempotency-Key": key}
        created = await self.ask(
            lambda context: export_handlers.create_export(context, self.services, self.monitors),
            "POST /exports",
            body,
            headers=headers,
        )
        return str(created["id"])

    async def ask(
        self,
        handler: Callable[[RequestContext], Awaitable[func.HttpResponse]],
        call: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        **route: str,
    ) -> Any:  # noqa: ANN401 - JSON
        """The body of the answer to a call of the API, made with the product's own handler.

        Args:
            handler: what handles it.
            call: the method and the path of the API's table.
            body: what is sent as JSON; None for nothing.
            headers: more headers.
            route: what stands in the path in place of the names in braces.
        """
        method, _, path = call.partition(" ")
        request = func.HttpRequest(
            method,
            f"https://localhost/api{path.format(**route)}",
            headers={"Content-Type": "application/json"} | dict(headers or {}),
            route_params=route,
            body=b"" if body is None else json.dumps(body).encode(),
        )
        answer = await handler(RequestContext(request, "request-1", self._settings))
        return json.loads(answer.get_body())

    async def live(self, takes: timedelta, *, files: int, between: Callable[[], Awaitable[None]] = _nothing) -> Life:
        """Runs a whole export, to the erasure of its data.

        Args:
            takes: how long its operation takes.
            files: how many files that writes.
            between: what happens after the request and after each step.
        """
        self.graph.course = lambda: Course(takes=takes)
        life = Life(await self.post())
        await between()
        self.wire.take()
        lateness, ends = timedelta(), datetime.max.replace(tzinfo=UTC)
        while True:
            took, come_back = await self._step(life.export_id)
            life.steps.append(took)
            await between()
            if took.step is Step.SUBMIT:
                ends = self.clock.now + takes
                await self._bring(await self._saved(life.export_id), files)
            if took.step is Step.POLL and self.clock.now >= ends:
                lateness = self.clock.now - ends
            if come_back is None:
                break
            self.clock.now = max(self.clock.now, come_back)
        erase_at = (await self._saved(life.export_id)).export.next_step_at
        if erase_at is not None:
            self.clock.now = erase_at
            life.steps.append((await self._step(life.export_id))[0])
            await between()
        self.wire.take()
        return replace(life, lateness=lateness)

    async def arrive(self, write: Callable[[ContainerClient], Awaitable[None]]) -> str:
        """Runs an export until it has succeeded, with what `write` puts into its container, and returns its id."""
        self.graph.course = lambda: Course(takes=timedelta(seconds=1))
        export_id = await self.post()
        while not (await self._saved(export_id)).export.status.is_terminal:
            took, come_back = await self._step(export_id)
            if took.step is Step.SUBMIT:
                container = current_attempt((await self._saved(export_id)).export).container
                await write(self._uncounted.get_container_client(container_name(container)))
            if come_back is not None:
                self.clock.now = max(self.clock.now, come_back)
        return export_id

    async def _step(self, export_id: str) -> tuple[Took, datetime | None]:
        saved = await self._saved(export_id)
        step, calls = next_step(saved.export, self.clock.now, self.services.limits), self.graph.calls.total()
        self.wire.take()
        come_back = await advance_export(export_id, self.services)
        waits = come_back is not None and come_back > self.clock.now
        return Took(step, self.clock.now, self.wire.take(), self.graph.calls.total() - calls, waits), come_back

    async def _saved(self, export_id: str) -> SavedExport:
        with quiet_reads():  # it is the measurement that reads here
            saved = await self.services.records.get(export_id)
        if saved is None:
            raise LookupError(export_id)
        return saved

    async def _bring(self, saved: SavedExport, files: int) -> None:
        """Writes the files that Microsoft would write."""
        container = container_name(current_attempt(saved.export).container)
        await asyncio.gather(*(self._put(container, f"Product/{number}.json") for number in range(files)))

    async def _put(self, container: str, name: str) -> None:
        await self._uncounted.get_blob_client(container, name).upload_blob(b"{}")


@asynccontextmanager
async def product_on(
    azurite: Azurite,
    reach: Callable[[InMemoryGraph], AbstractAsyncContextManager[GraphApi]] = nullcontext,
    containers_on: Callable[[BlobServiceClient, BlobServiceClient, str, str], BlobExportContainers] = (
        BlobExportContainers
    ),
) -> AsyncIterator[Product]:
    """The product on Azurite with the default settings.

    Args:
        azurite: its storage.
        reach: puts something between it and its Graph.
        containers_on: makes its containers, as `BlobExportContainers` does.
    """
    wire, clock, ca_bundle = Wire(), ManualClock(BEGIN), azurite.ca_bundle
    graph, key = InMemoryGraph(clock), azurite.account_key
    settings = read_settings(
        {
            "EXPORT_BLOB_ENDPOINT": azurite.blob_endpoint,
            "EXPORT_ACCOUNT_KEY": key,
            "OUTCOME_TABLE_ENDPOINT": azurite.table_endpoint,
            "AUTH_MODE": "functionKey",
        }
    )
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    async with AsyncExitStack() as stack:

        async def client(name: TableName) -> TransactionTableClient:
            transport = TracedTransport(wire.connections("table", ca_bundle), f"/{name}")
            opened = TransactionTableClient(azurite.table_endpoint, name, credential=credential, transport=transport)
            return await stack.enter_async_context(opened)

        async def blobs(credential: Identity | str, transport: AsyncHttpTransport[Any, Any]) -> BlobServiceClient:
            opened = BlobServiceClient(azurite.blob_endpoint, credential=credential, transport=transport)
            return await stack.enter_async_context(opened)

        def counted() -> AsyncHttpTransport[Any, Any]:
            return TracedTransport(wire.connections("blob", ca_bundle), "/{container}/{blob}")

        identity = Identity(Path(stack.enter_context(TemporaryDirectory())))
        service, keyed = await blobs(identity, counted()), await blobs(key, counted())
        tables = {name: AzureTable(await client(name)) for name in TableName}
        containers = containers_on(service, keyed, key, azurite.table_endpoint)
        services = services_on(
            tables.__getitem__,
            containers=containers,
            zip_blobs=lambda: StorageHandoverZipBlobs(service, containers, utc_now),  # Azurite's clock isn't moved
            account_probe=FixedAccountProbe(),
            graph=await stack.enter_async_context(reach(graph)),
            callbacks=RecordingCallbackSender(),
            limits=settings.limits,
            grant_kind=settings.grant,
            now=clock,
        )
        uncounted = await blobs(key, Wire().connections("blob", ca_bundle))
        product = Product(services, settings, wire, graph, clock, uncounted)
        await product.post()  # it creates the tables
        wire.take()
        yield product
