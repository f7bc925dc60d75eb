"""The stand-in of `shared.storage.grants.Grants`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.states_and_codes import GrantKind
from shared.storage.sas_urls import container_name
from tests.simulation.world.account import Times
from tests.simulation.world.containers import refused
from tests.simulation.world.facts import Linked, PolicySet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.export import Grant
    from tests.simulation.world.world import World


class InMemoryGrants:
    """The grants on the containers of a world's account."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def set_policy(self, container_url: str, expires_at: datetime, now: datetime) -> None:
        await self._world.before("grants.set_policy")
        times = Times(now - CLOCK_SKEW, expires_at)
        if not self._world.account.set_policy(container_name(container_url), times, self._world.now):
            raise refused("ContainerNotFound")
        self._world.tell(PolicySet(container_name(container_url), expires_at))
        await self._world.after("grants.set_policy")

    async def remove_policy(self, container_url: str) -> None:
        await self._world.before("grants.remove_policy")
        container = self._world.account.containers.get(container_name(container_url))
        if container is not None:
            container.policy = None
            self._world.tell(PolicySet(container_name(container_url), None))
        await self._world.after("grants.remove_policy")

    async def is_set(self, container_url: str) -> bool:
        await self._world.before("grants.is_set")
        container = self._world.account.containers.get(container_name(container_url))
        return container is not None and container.policy is not None

    async def links(self, container_url: str, names: Sequence[str], now: datetime, until: datetime) -> list[str]:
        await self._world.before("grants.links")
        container, times = container_name(container_url), Times(now - CLOCK_SKEW, until)
        links = [self._world.account.sign(container, times, name) for name in names]
        for name in names:
            self._world.tell(Linked(container, name))
        await self._world.after("grants.links")
        return links

    async def url(self, container_url: str, grant: Grant, now: datetime) -> str:
        await self._world.before("grants.url")
        by_policy = grant.kind is GrantKind.STORED_POLICY
        times = None if by_policy else Times(now - CLOCK_SKEW, grant.expires_at)
        signed = self._world.account.sign(container_name(container_url), times)
        await self._world.after("grants.url")
        return signed
