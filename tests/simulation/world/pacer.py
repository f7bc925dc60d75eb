"""The stand-in of `shared.storage.pacer.Pacer`: its row, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.daily_submission_limit import reserve_slot

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.world.world import World


class InMemoryPacer:
    """Reserves slots of a world."""

    def __init__(self, world: World, per_day: int) -> None:
        self._world = world
        self._per_day = per_day
        self._free: datetime | None = None

    async def reserve(self, now: datetime) -> datetime:
        await self._world.before("pacer.reserve")
        slot, self._free = reserve_slot(self._free, now, self._per_day)
        await self._world.after("pacer.reserve")
        return slot
