"""What sending a callback can come back with, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver accepted the callback."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The receiver wants no callbacks, or no longer exists: nothing more is sent to it."""

    reason: str
    """Why, without the receiver's URL."""


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """The callback failed and may work later."""

    reason: str
    """Why, without the receiver's URL."""


CallbackResult = Delivered | Gone | NotDelivered
