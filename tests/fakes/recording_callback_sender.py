"""A fake of `CallbackSender`: it sends nothing, and records the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.callback_results import Delivered
from shared.exports.exceptions import CallbackNotAllowedError

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.callback_results import CallbackResult
    from shared.exports.export import Delivery, Export
    from shared.protocols import CallbackReceiver


class RecordingCallbackSender:
    """A `CallbackSender`.

    Attributes:
        sent: the export, the delivery and the receiver of each callback, in order.
        results: what each URL answers; any other answers `Delivered`.
        forbidden: the URLs that callbacks may not go to.
    """

    def __init__(self) -> None:
        """Nothing was sent yet."""
        self.sent: list[tuple[Export, Delivery, CallbackReceiver]] = []
        self.results: dict[str, CallbackResult] = {}
        self.forbidden: set[str] = set()

    def check(self, url: str) -> None:
        if url in self.forbidden:
            raise CallbackNotAllowedError("Callbacks may not go there.")

    @property
    def urls(self) -> list[str]:
        """Where callbacks went, in order."""
        return [receiver.url for _, _, receiver in self.sent]

    async def send(
        self,
        export: Export,
        delivery: Delivery,
        receiver: CallbackReceiver,
        now: datetime,  # noqa: ARG002 - the Protocol's
    ) -> CallbackResult:
        self.sent.append((export, delivery, receiver))
        return self.results.get(receiver.url, Delivered())
