"""Rounds of the reconciler and the sweeper, on a world in memory: what each of them finds, and when."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.exports.transitions import cancellation
from shared.records.export_records import SavedExport
from shared.records.index_keys import STEP_PREFIX, step_key
from shared.services import Services
from shared.settings import read_settings
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import sweep
from tests.exports.samples import CALLER, HOUR, MINUTE, NOW, running
from tests.simulation.hub import Hub, HubClient
from tests.simulation.world.index import index_of
from tests.simulation.world.services import services_of
from tests.simulation.world.world import World

ENVIRONMENT = {
    "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
    "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
    "EXPORT_GRANT": "userDelegation",
    "AUTH_MODE": "functionKey",
    "EXPORT_POLL_MIN_SECONDS": "30",
}
POLL = NOW + 6 * HOUR


class Rounds:
    """A world whose clock is set by hand, with one export that waits for its poll and has no monitor."""

    def __init__(self) -> None:
        self.world = World(Random(7), NOW, timedelta())  # noqa: S311 - no secret comes of it
        self.services = services_of(self.world, read_settings(ENVIRONMENT))
        self.hub = Hub(self.world, self.services, lambda *_: None, list)
        self.export = running()

    async def begin(self) -> SavedExport:
        saved = await self.services.records.insert(self.export)
        saved = await self.services.records.save(saved, replace(saved.export, next_step_at=POLL))
        await self.at(HOUR, reconcile)
        return saved

    async def at(
        self, since: timedelta, work: Callable[[DurableOrchestrationClient, Services], Awaitable[int]]
    ) -> OrchestrationRuntimeStatus | None:
        """Does one round at NOW + that; gives how the export's monitor is then."""
        self.world.skew = since
        await work(HubClient(self.world, self.hub), self.services)
        return self.hub.status(self.export.id)

    async def lose_hints(self) -> None:
        index = index_of(self.world)
        for row in [row async for row in index.rows(STEP_PREFIX, step_key(POLL + HOUR))]:
            await index.remove(row["RowKey"])


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


async def test_a_monitor_lost_while_its_poll_is_hours_away_is_back_in_the_first_round_after_it(rounds: Rounds) -> None:
    await rounds.begin()
    assert await rounds.at(6 * HOUR, reconcile) is None, "it is not late"
    assert await rounds.at(6 * HOUR + 5 * MINUTE, reconcile) is OrchestrationRuntimeStatus.Running


async def test_a_cancel_whose_process_died_is_carried_out_after_the_next_round(rounds: Rounds) -> None:
    saved = await rounds.begin()
    rounds.world.skew = HOUR
    await rounds.services.records.save(saved, cancellation.request_cancellation(saved.export, CALLER, NOW + HOUR))
    assert await rounds.at(HOUR + 5 * MINUTE, reconcile) is OrchestrationRuntimeStatus.Running


async def test_an_index_that_was_lost_is_made_again_in_a_round(rounds: Rounds) -> None:
    await rounds.begin()
    rounds.world.index.lose()
    assert await rounds.at(7 * HOUR, reconcile) is None
    assert await rounds.at(7 * HOUR + 5 * MINUTE, reconcile) is OrchestrationRuntimeStatus.Running


async def test_a_row_of_the_index_that_was_lost_is_made_again_by_the_sweep(rounds: Rounds) -> None:
    await rounds.begin()
    await rounds.lose_hints()
    assert await rounds.at(7 * HOUR, reconcile) is None
    await rounds.at(8 * HOUR, sweep)
    assert await rounds.at(8 * HOUR + 5 * MINUTE, reconcile) is OrchestrationRuntimeStatus.Running
