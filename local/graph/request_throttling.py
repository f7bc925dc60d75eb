"""The limits that Graph throttles by: requests of a tenant and of a caller."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.graph.service_clock import Clock

EXPORTS_PER_TENANT = 1_000
"""Exports that a tenant may submit in a day, as documented."""

EXPORTS_PER_CALLER = 1_000
"""Exports that a caller may submit in a day. Documented as 100 for a "subject", reported to be the caller.

Higher here, so that a rule which nobody has seen in effect doesn't limit a run with many exports.
"""

OTHERS_PER_TENANT = 10_000
"""Other requests that a tenant may make in an hour, as documented."""


class Quota:
    """A limit of requests in a sliding window, counted for each key."""

    def __init__(self, limit: int, window: timedelta) -> None:
        self._limit = limit
        self._window = window
        self._admitted: dict[str, deque[datetime]] = defaultdict(deque)

    def has_room(self, key: str, now: datetime) -> bool:
        """Whether a key may make another request."""
        admitted = self._admitted[key]
        while admitted and admitted[0] <= now - self._window:
            admitted.popleft()
        return len(admitted) < self._limit

    def count(self, key: str, now: datetime) -> None:
        """Count a request of a key."""
        self._admitted[key].append(now)


@dataclass(frozen=True)
class Quotas:
    """The service's limits. All requests here belong to one tenant."""

    exports_per_tenant: Quota
    exports_per_caller: Quota
    others_per_tenant: Quota

    @classmethod
    def of(
        cls,
        clock: Clock,
        exports_per_tenant: int = EXPORTS_PER_TENANT,
        exports_per_caller: int = EXPORTS_PER_CALLER,
        others_per_tenant: int = OTHERS_PER_TENANT,
    ) -> "Quotas":
        """Make quotas with these limits, in days and hours of the clock."""
        day = clock.real(timedelta(days=1))
        hour = clock.real(timedelta(hours=1))
        return cls(Quota(exports_per_tenant, day), Quota(exports_per_caller, day), Quota(others_per_tenant, hour))

    def admit_export(self, caller: str, now: datetime) -> bool:
        """Count an export that `caller` (an object id) submits; False if it is one too many."""
        if not (self.exports_per_tenant.has_room("", now) and self.exports_per_caller.has_room(caller, now)):
            return False
        self.exports_per_tenant.count("", now)
        self.exports_per_caller.count(caller, now)
        return True

    def admit_other(self, now: datetime) -> bool:
        """Count any other request; False if it is one too many."""
        if not self.others_per_tenant.has_room("", now):
            return False
        self.others_per_tenant.count("", now)
        return True
