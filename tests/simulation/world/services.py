"""A world's stand-ins as the product's services."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from shared.services import Services
from tests.simulation.world.containers import InMemoryContainers
from tests.simulation.world.grants import InMemoryGrants
from tests.simulation.world.graph import InMemoryGraph
from tests.simulation.world.pacer import InMemoryPacer
from tests.simulation.world.records import InMemoryRecords

if TYPE_CHECKING:
    from shared.callbacks.delivery import Callbacks
    from shared.exports.subscriptions import Subscription
    from shared.graph.calls import Graph
    from shared.settings import Settings
    from shared.storage.batches import Batches
    from shared.storage.containers import Containers
    from shared.storage.grants import Grants
    from shared.storage.pacer import Pacer
    from shared.storage.records import Records
    from shared.storage.subscriptions import Subscriptions
    from tests.simulation.world.world import World


class _NobodySubscribed:
    """The subscriptions of a world: none."""

    async def all(self) -> list[Subscription]:
        return []


def services_of(world: World, settings: Settings) -> Services:
    """The services of a world. That each stand-in can stand in for its class is what tests/contract shows."""
    return Services(
        settings=settings,
        records=cast("Records", InMemoryRecords(world)),
        containers=cast("Containers", InMemoryContainers(world)),
        grants=cast("Grants", InMemoryGrants(world)),
        graph=cast("Graph", InMemoryGraph(world)),
        batches=cast("Batches", None),  # no batch is asked for
        pacer=cast("Pacer", InMemoryPacer(world, settings.rules.submissions_per_day)),
        subscriptions=cast("Subscriptions", _NobodySubscribed()),
        callbacks=cast("Callbacks", None),  # so nobody is told
        now=world.clock,
    )
