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
    from shared.callbacks.callback_sender import HttpCallbackSender
    from shared.exports.subscription import Subscription
    from shared.graph.graph_calls import GraphCalls
    from shared.records.batch_records import BatchRecords
    from shared.records.export_records import ExportRecords
    from shared.records.submission_slots import SubmissionSlots
    from shared.records.subscription_records import SubscriptionRecords
    from shared.settings import Settings
    from shared.storage.export_containers import BlobExportContainers
    from shared.storage.sas_urls import Grants
    from tests.simulation.world.world import World


class _NobodySubscribed:
    """The subscriptions of a world: none."""

    async def all(self) -> list[Subscription]:
        return []


def services_of(world: World, settings: Settings) -> Services:
    """The services of a world. That each stand-in can stand in for its class is what tests/contract shows."""
    return Services(
        settings=settings,
        records=cast("ExportRecords", InMemoryRecords(world)),
        containers=cast("BlobExportContainers", InMemoryContainers(world)),
        grants=cast("Grants", InMemoryGrants(world)),
        graph=cast("GraphCalls", InMemoryGraph(world)),
        batches=cast("BatchRecords", None),  # no batch is asked for
        pacer=cast("SubmissionSlots", InMemoryPacer(world, settings.limits.submissions_per_day)),
        subscriptions=cast("SubscriptionRecords", _NobodySubscribed()),
        callbacks=cast("HttpCallbackSender", None),  # so nobody is told
        now=world.clock,
    )
