"""The export account: it records what is done to it, and faults can be injected into every call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.in_memory_account import InMemoryAccount
from tests.fakes.in_memory_containers import InMemoryContainers
from tests.simulation.world.facts import Erased, Linked, PolicySet

if TYPE_CHECKING:
    from random import Random

    from tests.fakes.in_memory_account import Validity
    from tests.simulation.world.world import World


class SimulatedAccount(InMemoryAccount):
    """An account that records what is done to it."""

    def __init__(self, world: World, random: Random) -> None:
        super().__init__(lambda: world.now, random)
        self._world = world

    def delete(self, name: str) -> None:
        super().delete(name)
        self._world.record(Erased(name))

    def set_policy(self, container: str, validity: Validity | None) -> None:
        super().set_policy(container, validity)
        self._world.record(PolicySet(container, None if validity is None else validity.expires_at))

    def sign(self, container: str, validity: Validity | None, blob: str | None = None) -> str:
        signed = super().sign(container, validity, blob)
        if blob is not None:
            self._world.record(Linked(container, blob))
        return signed


class SimulatedContainers(InMemoryContainers):
    """The containers of a world's account."""

    def __init__(self, world: World) -> None:
        super().__init__(world.account)
        self._world = world

    async def before(self, call: str) -> None:
        await self._world.before(f"containers.{call}")

    async def after(self, call: str) -> None:
        await self._world.after(f"containers.{call}")
