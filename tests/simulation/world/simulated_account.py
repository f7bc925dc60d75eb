"""The export account: its containers and packages, with a record of what is done, and a fault for any call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fakes.in_memory_account import InMemoryAccount
from tests.fakes.in_memory_containers import REQUEST_INFO, InMemoryContainers
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.simulation.world.facts import Created, Erased, Linked, PolicySet
from tests.simulation.world.touches import ACTOR

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from random import Random

    from shared.protocols import ListedFile
    from tests.fakes.in_memory_account import Container, Validity
    from tests.fakes.in_memory_graph import ExportOperation
    from tests.simulation.world.world import World


class SimulatedAccount(InMemoryAccount):
    """An account that records what is done to it.

    Attributes:
        copied: the signatures that storage copies files by; no caller may ever see them.
    """

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(lambda: world.now, random)
        self._world = world
        self.copied: set[str] = set()

    def create(self, name: str) -> None:
        is_new = name not in self.containers
        super().create(name)
        if is_new:
            self._world.record(Created(name))

    def delete(self, name: str) -> None:
        super().delete(name)
        self._world.record(Erased(name))

    def set_policy(self, container: str, validity: Validity | None) -> None:
        super().set_policy(container, validity)
        self._world.record(PolicySet(container, None if validity is None else validity.expires_at))

    def sign(self, container: str, validity: Validity | None, blob: str | None = None) -> str:
        signed = super().sign(container, validity, blob)
        if blob is None:
            return signed
        if ACTOR.get().startswith("caller link"):
            self._world.record(Linked(container, blob))
        else:
            self.copied.add(next(reversed(self.signed)))
        return signed

    def named(self, operation: ExportOperation, by: datetime) -> bool:
        """Whether Microsoft's note in the container of an operation named it by then, unless the container is gone."""
        container = self.containers.get(operation.container)
        return container is None or _is_named_in(operation, container, by)


class SimulatedContainers(InMemoryContainers):
    """The containers of a world's account."""

    def __init__(self, world: World) -> None:
        super().__init__(world.account)
        self._world = world
        self.hashing_time = self._hashing_time

    async def before(self, call: str) -> None:
        await self._world.before(f"containers.{call}")

    async def after(self, call: str) -> None:
        await self._world.after(f"containers.{call}")

    async def pass_time(self, time: timedelta) -> None:
        await asyncio.sleep(time.total_seconds())

    def _hashing_time(self, listed: ListedFile) -> timedelta:
        return self._world.hashing_time(listed)


class SimulatedZipBlobs(InMemoryZipBlobs):
    """What packages are made of in a world's account."""

    def __init__(self, world: World) -> None:
        super().__init__(world.account)
        self._world = world

    async def before(self, call: str) -> None:
        await self._world.before(f"zip_blobs.{call}")

    async def after(self, call: str) -> None:
        await self._world.after(f"zip_blobs.{call}")


def _is_named_in(operation: ExportOperation, container: Container, by: datetime) -> bool:
    notes = (blob for name, blob in container.blobs.items() if name.lower().endswith(REQUEST_INFO.lower()))
    return any(operation.id.encode() in note.content for note in notes if note.modified_at <= by)
