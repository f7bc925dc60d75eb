"""A subscription: who wants to hear of the end of which exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import Status

MAX_SUBSCRIPTIONS = 100
"""So many subscriptions a deployment can have: each is a delivery in the row of every export that it fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Somebody who wants to be told. The URL is in no field: see `subscription_records`."""

    id: str
    caller: str
    """The principal that asked for it."""
    created_at: datetime
    statuses: frozenset[Status]
    """How an export has to have ended; none given means in any way."""
    reference: str | None
    """Of exports with this reference only; None for all."""

    def fits(self, export: Export) -> bool:
        """Whether this export's end is to be told."""
        return (not self.statuses or export.status in self.statuses) and self.reference in {None, export.reference}
