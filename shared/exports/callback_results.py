"""What an attempt to deliver a callback can come back with, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has taken it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no more, or there is none any more: nothing is sent there again."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """It may work later. The reason has no URL in it."""

    reason: str


CallbackResult = Delivered | Gone | NotDelivered
