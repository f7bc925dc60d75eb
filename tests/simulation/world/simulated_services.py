"""The product's services in a simulated world: the real records on its tables, and fakes of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.records.export_index import STEP_TOLERANCE, ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.index_queries import IndexQueries
from shared.records.index_repair import IndexRepair
from shared.records.maintenance_progress import RepairProgress
from shared.services import Services, services_on
from tests.fakes.fixed_account_probe import FixedAccountProbe
from tests.simulation.world.facts import LookedForDue
from tests.simulation.world.simulated_account import SimulatedContainers, SimulatedZipBlobs
from tests.simulation.world.simulated_receivers import SimulatedReceivers
from tests.simulation.world.simulated_tables import RecordsView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from shared.records.index_queries import DuePage
    from shared.records.maintenance_progress import MaintenanceProgress
    from shared.records.subject_claims import SubjectClaims
    from shared.settings import Settings
    from tests.simulation.world.world import World


class _WatchedQueries(IndexQueries):
    """Queries that record what they found and what they should have found, unless the index was lost."""

    def __init__(self, world: World, index: ExportIndex) -> None:
        super().__init__(world.exports, index)
        self._world = world

    async def due_pages(self, moment: datetime, after: str | None = None) -> AsyncIterator[DuePage]:
        latest = moment - STEP_TOLERANCE
        found: set[str] = set()
        due = [
            export for export in self._world.exports.exports() if export.next_step_at and export.next_step_at < latest
        ]
        async for page in super().due_pages(moment, after):
            found.update(export.id for export in page.exports)
            yield page
        if self._world.index.is_whole and after is None:
            self._world.record(LookedForDue({export.id: export for export in due}, found))


class _WatchedRepair(IndexRepair):
    """A repair that notes when it began, if it reached the end in one piece."""

    def __init__(
        self, world: World, index: ExportIndex, claims: SubjectClaims, maintenance: MaintenanceProgress
    ) -> None:
        super().__init__(world.exports, index, claims, maintenance)
        self._world = world

    async def repair(
        self, now: datetime, progress: RepairProgress | None = None, is_over: Callable[[], bool] = bool
    ) -> bool:
        began = self._world.now
        is_done = await super().repair(now, progress, is_over)
        if is_done and progress in {None, RepairProgress()}:
            self._world.index.repaired(began)
        return is_done


def services_of(world: World, settings: Settings) -> Services:
    """The services of one process."""
    services = services_on(
        world.table,
        containers=SimulatedContainers(world),
        zip_blobs=lambda: SimulatedZipBlobs(world),
        account_probe=FixedAccountProbe(),
        graph=world.graph,
        callbacks=SimulatedReceivers(world),
        limits=settings.limits,
        grant_kind=settings.grant,
        now=world.clock,
    )
    index = ExportIndex(world.index)
    return replace(
        services,
        records=ExportRecords(RecordsView(world.exports), index, services.claims, services.secrets, services.queue),
        queries=_WatchedQueries(world, index),
        repair=_WatchedRepair(world, index, services.claims, services.maintenance),
    )
