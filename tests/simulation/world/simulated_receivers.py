"""The receivers of callbacks: some accept, some don't answer or refuse for a while, some are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.callbacks.callback_message import callback_body
from shared.exports.callback_results import Delivered, Gone, NotDelivered
from tests.simulation.world.facts import Called

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.callback_results import CallbackResult
    from shared.exports.export import Delivery, Export
    from shared.protocols import CallbackReceiver
    from tests.simulation.world.world import World


class SimulatedReceivers:
    """A `CallbackSender` that sends to the receivers of a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def check(self, url: str) -> None:
        """Every URL may be called."""

    async def send(
        self,
        export: Export,
        delivery: Delivery,
        receiver: CallbackReceiver,  # noqa: ARG002 - the Protocol's
        now: datetime,  # noqa: ARG002 - the Protocol's
    ) -> CallbackResult:
        instead = await self._world.before("callbacks.send")
        result = instead if isinstance(instead, Gone | NotDelivered) else Delivered()
        if isinstance(result, Delivered):
            self._world.record(Called(export.id, delivery.id, delivery.target, callback_body(export, delivery, None)))
        lost = await self._world.after("callbacks.send")
        return lost if isinstance(lost, NotDelivered) else result
