"""The product's own code on a real storage account, with a clock that is moved by hand and a Graph that waits for it.

A life of days takes seconds, and every request to storage is counted.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import azure.functions as func
from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob.aio import BlobServiceClient

from bench.wire import Sent, Wire
from shared.exports.graph_results import Accepted, Operation, OperationStatus
from shared.exports.next_step import Step, next_step
from shared.http import export_handlers
from shared.http.request_context import RequestContext
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.submission_slots import SubmissionSlots
from shared.records.subscription_records import SubscriptionRecords
from shared.records.table_names import TableName
from shared.services import Services
from shared.settings import read_settings
from shared.storage.azure_table import AzureTable
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants
from shared.workflow.advance_export import advance_export

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from azure.durable_functions import DurableOrchestrationClient

    from local.stack.azurite import Azurite
    from shared.callbacks.callback_sender import HttpCallbackSender
    from shared.exports.export import Subject
    from shared.exports.graph_results import OperationResult, ResolveResult, SubmitResult
    from shared.graph.graph_calls import GraphCalls
    from shared.records.batch_records import BatchRecords

BEGIN = datetime(2026, 11, 1, 9, tzinfo=UTC)
RETRY_AFTER = 60
"""Seconds; Microsoft documents it of the answer to a submission, and none of the answers to polls."""


class Clock:
    """The time, which stands still until it is moved."""

    def __init__(self) -> None:
        """It is `BEGIN`."""
        self.now = BEGIN

    def __call__(self) -> datetime:
        """The present."""
        return self.now


class WaitingGraph:
    """A Graph whose operations are at work until their time has come. Each of its calls is one request to Graph.

    Attributes:
        calls: how often each was called.
        takes: how long the operations that are submitted from now on take.
    """

    def __init__(self, clock: Clock) -> None:
        """Nothing was submitted yet."""
        self._clock = clock
        self._ends: dict[str, datetime] = {}
        self.calls: Counter[str] = Counter()
        self.takes = timedelta()

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        """The object id of anybody."""
        self.calls["resolve"] += 1
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, principal_name))

    async def submit_export(self, _subject: Subject, _container_url: str) -> SubmitResult:
        """Takes it on."""
        self.calls["submit"] += 1
        operation_id = str(uuid.uuid4())
        self._ends[operation_id] = self._clock.now + self.takes
        return Accepted(operation_id, RETRY_AFTER)

    async def read_operation(self, operation_id: str) -> OperationResult:
        """How far it is."""
        self.calls["read"] += 1
        is_done = self._clock.now >= self._ends[operation_id]
        return Operation(OperationStatus.COMPLETE, 1.0) if is_done else Operation(OperationStatus.RUNNING, 0.5)


class StartingClient:
    """The Durable client: it starts nothing, and counts how often it was asked to."""

    def __init__(self) -> None:
        """Nobody asked yet."""
        self.starts = 0

    async def start_new(self, _name: str, *, instance_id: str, client_input: object) -> str:  # noqa: ARG002 - Durable's own
        """One start."""
        self.starts += 1
        return instance_id


@dataclass(frozen=True, slots=True)
class Took:
    """What one step took."""

    step: Step
    at: datetime
    sent: list[Sent]
    graph_calls: int
    waits: bool
    """Whether the monitor sets a timer after it."""


@dataclass(frozen=True, slots=True)
class Life:
    """A whole export: its id, its steps, and how late its end was seen."""

    export_id: str
    steps: list[Took] = field(default_factory=list)
    lateness: timedelta = timedelta()

    @property
    def graph_calls(self) -> int:
        """All requests to Graph."""
        return sum(step.graph_calls for step in self.steps)

    def sent(self, *, polls: bool | None = None) -> list[Sent]:
        """The requests to storage: all, or of the polls, or of all other steps."""
        return [each for took in self.steps if polls in {None, took.step is Step.POLL} for each in took.sent]


class Product:
    """The product on an account.

    Attributes:
        wire: all that goes to storage.
        clock: the product's clock.
        graph: the Graph that it calls.
        client: the Durable client.
        services: what its code works with.
    """

    def __init__(
        self, services: Services, wire: Wire, clock: Clock, graph: WaitingGraph, uncounted: BlobServiceClient
    ) -> None:
        """Use `product_on`; through `uncounted` come the files that Microsoft writes."""
        self._uncounted = uncounted
        self.services = services
        self.wire = wire
        self.clock = clock
        self.graph = graph
        self.client = StartingClient()

    async def post(self, *, key: str | None = None) -> str:
        """`POST /exports` for somebody new, through the product's own handler; the export's id."""
        body = {"subject": {"type": "user", "id": str(uuid.uuid4())}, "reference": "DSR-2026-0042"}
        headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
        request = func.HttpRequest(
            "POST", "https://localhost/api/exports", headers=headers, route_params={}, body=json.dumps(body).encode()
        )
        call = RequestContext(request, "request-1", self.services.settings)
        call.__dict__["services"] = self.services  # in place of the process's own
        answer = await export_handlers.create_export(call, cast("DurableOrchestrationClient", self.client))
        return str(json.loads(answer.get_body())["id"])

    async def live(self, takes: timedelta, *, files: int) -> Life:
        """A whole export whose operation takes that long and brings so many files, to the erasure of its data."""
        self.graph.takes = takes
        life = Life(await self.post())
        self.wire.take()
        lateness, ends = timedelta(), datetime.max.replace(tzinfo=UTC)
        while True:
            took, come_back = await self._step(life.export_id)
            life.steps.append(took)
            if took.step is Step.SUBMIT:
                ends = self.clock.now + takes
                await self._bring(life.export_id, files)
            if took.step is Step.POLL and self.clock.now >= ends:
                lateness = self.clock.now - ends
            if come_back is None:
                break
            self.clock.now = max(self.clock.now, come_back)
        saved = await self.services.records.get(life.export_id)
        if saved is not None and saved.export.next_step_at is not None:  # its erasure
            self.clock.now = saved.export.next_step_at
            life.steps.append((await self._step(life.export_id))[0])
        self.wire.take()
        return replace(life, lateness=lateness)

    async def _step(self, export_id: str) -> tuple[Took, datetime | None]:
        saved = await self.services.records.get(export_id)
        if saved is None:
            raise LookupError(export_id)
        step, calls = next_step(saved.export, self.clock.now), self.graph.calls.total()
        self.wire.take()
        come_back = await advance_export(export_id, self.services)
        waits = come_back is not None and come_back > self.clock.now
        return Took(step, self.clock.now, self.wire.take(), self.graph.calls.total() - calls, waits), come_back

    async def _bring(self, export_id: str, files: int) -> None:
        """Writes what Microsoft writes."""
        container = BlobExportContainers.name(export_id, 1)
        await asyncio.gather(*(self._put(container, f"Product/{number}.json") for number in range(files)))

    async def _put(self, container: str, name: str) -> None:
        await self._uncounted.get_blob_client(container, name).upload_blob(b"{}")


@asynccontextmanager
async def product_on(azurite: Azurite) -> AsyncIterator[Product]:
    """The product on Azurite, with an idle pacer and the default settings."""
    wire, clock, ca_bundle = Wire(), Clock(), azurite.ca_bundle
    graph = WaitingGraph(clock)
    settings = read_settings(
        {
            "EXPORT_BLOB_ENDPOINT": azurite.blob_endpoint,
            "EXPORT_ACCOUNT_KEY": azurite.account_key,
            "OUTCOME_TABLE_ENDPOINT": azurite.table_endpoint,
            "AUTH_MODE": "functionKey",
        }
    )
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    async with AsyncExitStack() as stack:

        async def table(name: str) -> AzureTable:
            transport = wire.transport("table", ca_bundle)
            client = AzureTable(azurite.table_endpoint, name, credential=credential, transport=transport)
            return await stack.enter_async_context(client)

        async def blobs(transport: object) -> BlobServiceClient:
            client = BlobServiceClient(azurite.blob_endpoint, credential=azurite.account_key, transport=transport)
            return await stack.enter_async_context(client)

        counted = await blobs(wire.transport("blob", ca_bundle))
        services = Services(
            settings=settings,
            records=ExportRecords(await table(TableName.EXPORTS), ExportIndex(await table(TableName.INDEX))),
            batches=cast("BatchRecords", None),  # nobody asks for one
            pacer=SubmissionSlots(await table(TableName.INDEX), settings.limits.submissions_per_day),
            containers=BlobExportContainers(counted, azurite.table_endpoint),
            grants=Grants(counted, counted, azurite.account_key),
            graph=cast("GraphCalls", graph),
            subscriptions=SubscriptionRecords(await table(TableName.SUBSCRIPTIONS)),
            callbacks=cast("HttpCallbackSender", None),  # nobody is told
            now=clock,
        )
        product = Product(services, wire, clock, graph, await blobs(Wire().transport("blob", ca_bundle)))
        await product.post()  # it makes the tables
        wire.take()
        yield product
