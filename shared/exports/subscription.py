"""A subscription: who wants a callback when which exports end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.states_and_codes import Status

MAX_SUBSCRIPTIONS = 100
"""How many subscriptions a deployment may have: each one adds a delivery to the row of every export that it matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A receiver of callbacks. Its URL may be a secret and is kept apart, in `shared.records.callback_secrets`."""

    id: str
    caller: str
    """The principal that created it: an object id, or `functionKey`."""
    created_at: datetime
    statuses: frozenset[Status]
    """The final statuses that it is for; empty for all."""
    reference: str | None
    """It is for exports with this reference only; None for all exports."""

    def matches(self, export: Export) -> bool:
        """Whether the end of this export is to be reported to it."""
        return (not self.statuses or export.status in self.statuses) and self.reference in {None, export.reference}
