"""What the contract tests run on: fakes or the product's adapters, and what a test does to the world behind them."""

import asyncio
from abc import ABC, abstractmethod
from datetime import timedelta
from uuid import uuid4

import aiohttp
from azure.core.exceptions import HttpResponseError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.graph.tenant_directory import SEEDED_USERS
from shared.exports.graph_results import Operation, OperationStatus
from shared.protocols import ExportContainers, GraphApi, HandoverZipBlobs
from shared.storage.sas_urls import container_name
from tests.fakes.in_memory_account import InMemoryAccount
from tests.fakes.in_memory_containers import InMemoryContainers
from tests.fakes.in_memory_graph import Course, Fate, InMemoryGraph
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.fakes.manual_clock import ManualClock

TIMEOUT = timedelta(seconds=10)
_PATIENCE_SECONDS = 10.0


class Harness(ABC):
    """What is tested, and what a test does beside it."""

    def __init__(self, containers: ExportContainers, zip_blobs: HandoverZipBlobs, graph: GraphApi) -> None:
        self.containers = containers
        self.zip_blobs = zip_blobs
        self.graph = graph

    @abstractmethod
    async def put(self, container_url: str, name: str, content: bytes) -> None:
        """A file appears in a container."""

    @abstractmethod
    async def get(self, container_url: str, name: str) -> bytes:
        """What is in a file of a container."""

    @abstractmethod
    async def can_write(self, signed_url: str) -> bool:
        """Whether somebody with nothing but the signed URL can write."""

    @abstractmethod
    async def add_user(self, principal_name: str) -> str:
        """Adds a user to the directory and returns its object id."""

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
        """Lets time pass until Graph reports that status of an operation."""

    async def _has_status(self, operation_id: str, status: OperationStatus) -> bool:
        answer = await self.graph.read_operation(operation_id)
        return isinstance(answer, Operation) and answer.status is status


class InMemoryHarness(Harness):
    """The fakes."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._account = InMemoryAccount(clock)
        self._service = InMemoryGraph(clock, self._account)
        self._service.people = {user.user_principal_name: user.id for user in SEEDED_USERS}
        containers = InMemoryContainers(self._account)
        containers.containers_per_page = 2
        super().__init__(containers, InMemoryZipBlobs(self._account), self._service)

    async def put(self, container_url: str, name: str, content: bytes) -> None:
        self._account.write(container_name(container_url), name, content)

    async def get(self, container_url: str, name: str) -> bytes:
        return self._account.containers[container_name(container_url)].blobs[name].content

    async def can_write(self, signed_url: str) -> bool:
        signed = self._account.signed_url(signed_url)
        return signed is not None and self._account.can_write(signed)

    async def add_user(self, principal_name: str) -> str:
        object_id = str(uuid4())
        self._service.people = (self._service.people or {}) | {principal_name: object_id}
        return object_id

    async def next_operation(self, fate: Fate) -> None:
        self._service.course = lambda: Course(fate)

    async def throttle(self) -> None:
        self._service.submissions.limit = 0

    async def forbid(self) -> None:
        self._service.forbidden_until = self._clock.now + timedelta(seconds=1)

    async def until(self, operation_id: str, status: OperationStatus) -> None:
        self._clock.now += timedelta(days=3)
        assert await self._has_status(operation_id, status)


class RealHarness(Harness):
    """The product's adapters, with Azurite and the local Graph behind them."""

    def __init__(
        self,
        containers: ExportContainers,
        zip_blobs: HandoverZipBlobs,
        graph: GraphApi,
        account: BlobServiceClient,
        graph_root: str,
        ca_bundle: str,
    ) -> None:
        super().__init__(containers, zip_blobs, graph)
        self._account = account
        self._graph_root = graph_root
        self._ca_bundle = ca_bundle

    async def put(self, container_url: str, name: str, content: bytes) -> None:
        await self._account.get_blob_client(container_name(container_url), name).upload_blob(content, overwrite=True)

    async def get(self, container_url: str, name: str) -> bytes:
        download = await self._account.get_blob_client(container_name(container_url), name).download_blob()
        return await download.readall()

    async def can_write(self, signed_url: str) -> bool:
        async with ContainerClient.from_container_url(signed_url, connection_verify=self._ca_bundle) as client:
            try:
                await client.upload_blob("probe", b"x", overwrite=True)
            except HttpResponseError as error:
                if error.status_code not in {403, 404}:
                    raise
                return False
            return True

    async def add_user(self, principal_name: str) -> str:
        object_id = str(uuid4())
        url = f"{self._graph_root}/_local/users/{object_id}"
        body = {"userPrincipalName": principal_name}
        async with aiohttp.ClientSession() as session, session.put(url, json=body) as answer:
            assert answer.status == 204, await answer.text()
        return object_id

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
        async with asyncio.timeout(_PATIENCE_SECONDS):
            # Graph reports it when asked, and tells nobody by itself.
            while not await self._has_status(operation_id, status):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _fault(self, rule: dict[str, object]) -> None:
        url = f"{self._graph_root}/_local/faults"
        async with aiohttp.ClientSession() as session, session.post(url, json=rule) as answer:
            assert answer.status == 204, await answer.text()
