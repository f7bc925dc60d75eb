"""The two benches: the product's four classes or their stand-ins, and what a test does to the world behind them."""

import asyncio
from abc import ABC, abstractmethod
from datetime import timedelta

import aiohttp
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.graph.tenant_directory import SEEDED_USERS
from shared.exports.graph_results import Operation, OperationStatus
from shared.graph.graph_calls import GraphCalls
from shared.records.export_records import ExportRecords
from shared.storage.export_containers import BlobExportContainers
from shared.storage.sas_urls import Grants, container_name
from tests.simulation.world.containers import InMemoryContainers
from tests.simulation.world.grants import InMemoryGrants
from tests.simulation.world.graph import InMemoryGraph
from tests.simulation.world.records import InMemoryRecords
from tests.simulation.world.service import Course, Fate
from tests.simulation.world.world import World

TIMEOUT = timedelta(seconds=10)
_PATIENCE = 10.0


class Bench(ABC):
    """What is tested (as the real classes, whose methods the stand-ins have) and what a test does beside it."""

    def __init__(
        self, records: ExportRecords, containers: BlobExportContainers, grants: Grants, graph: GraphCalls
    ) -> None:
        self.records = records
        self.containers = containers
        self.grants = grants
        self.graph = graph

    @abstractmethod
    async def put(self, container_url: str, name: str, content: bytes) -> None:
        """A file appears in a container."""

    @abstractmethod
    async def can_write(self, signed_url: str) -> bool:
        """Whether somebody with nothing but the signed URL can write."""

    @abstractmethod
    async def next_operation(self, fate: Fate) -> None:
        """What the next operation is to come to."""

    @abstractmethod
    async def throttle(self) -> None:
        """The next submission is one too many."""

    @abstractmethod
    async def forbid(self) -> None:
        """The app's permissions do not count at the next submission."""

    @abstractmethod
    async def until(self, operation_id: str, status: OperationStatus) -> None:
        """Lets time pass until Graph says so of an operation."""

    async def _has_status(self, operation_id: str, status: OperationStatus) -> bool:
        answer = await self.graph.read_operation(operation_id)
        return isinstance(answer, Operation) and answer.status is status


class InMemoryBench(Bench):
    """The stand-ins."""

    def __init__(self, world: World) -> None:
        super().__init__(
            InMemoryRecords(world),  # type: ignore[arg-type]  # that it can stand in is what the tests show
            InMemoryContainers(world),  # type: ignore[arg-type]  # the same
            InMemoryGrants(world),  # type: ignore[arg-type]  # the same
            InMemoryGraph(world),  # type: ignore[arg-type]  # the same
        )
        self._world = world
        world.service.people = {user.user_principal_name: user.id for user in SEEDED_USERS}

    async def put(self, container_url: str, name: str, content: bytes) -> None:
        self._world.account.write(container_name(container_url), name, content, self._world.now)

    async def can_write(self, signed_url: str) -> bool:
        signed = self._world.account.signature_of(signed_url)
        return signed is not None and self._world.account.can_write(signed, self._world.now)

    async def next_operation(self, fate: Fate) -> None:
        self._world.service.course = lambda: Course(fate)

    async def throttle(self) -> None:
        self._world.service.exports_per_day = 0

    async def forbid(self) -> None:
        self._world.service.forbidden_until = self._world.now + timedelta(seconds=1)

    async def until(self, operation_id: str, status: OperationStatus) -> None:
        self._world.agenda.run_until(self._world.now + timedelta(days=3))
        assert await self._has_status(operation_id, status)


class RealBench(Bench):
    """The product's classes, with Azurite and the local Graph behind them."""

    def __init__(
        self,
        records: ExportRecords,
        containers: BlobExportContainers,
        grants: Grants,
        graph: GraphCalls,
        account: BlobServiceClient,
        graph_root: str,
        ca_bundle: str,
    ) -> None:
        super().__init__(records, containers, grants, graph)
        self._account = account
        self._graph_root = graph_root
        self._ca_bundle = ca_bundle

    async def put(self, container_url: str, name: str, content: bytes) -> None:
        await self._account.get_blob_client(container_name(container_url), name).upload_blob(content)

    async def can_write(self, signed_url: str) -> bool:
        async with ContainerClient.from_container_url(signed_url, connection_verify=self._ca_bundle) as client:
            try:
                await client.upload_blob("probe", b"x", overwrite=True)
            except HttpResponseError as error:
                if error.status_code not in {403, 404}:
                    raise
                return False
            return True

    async def next_operation(self, fate: Fate) -> None:
        faults = {Fate.EMPTY: "empty", Fate.FAILED: "fails", Fate.NEVER: "never"}
        if fate in faults:
            await self._fault({"fault": faults[fate], "call": "submit", "times": 1})

    async def throttle(self) -> None:
        await self._fault({"fault": "throttle", "call": "submit", "times": 1})

    async def forbid(self) -> None:
        refusal = {"status": 403, "code": "Forbidden", "message": "Access is denied to the requested resource."}
        await self._fault({"fault": "refuse", "call": "submit", "times": 1, **refusal})

    async def until(self, operation_id: str, status: OperationStatus) -> None:
        async with asyncio.timeout(_PATIENCE):
            # Graph says so when asked, and tells nobody by itself.
            while not await self._has_status(operation_id, status):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _fault(self, rule: dict[str, object]) -> None:
        url = f"{self._graph_root}/_local/faults"
        async with aiohttp.ClientSession() as session, session.post(url, json=rule) as answer:
            assert answer.status == 204, await answer.text()
