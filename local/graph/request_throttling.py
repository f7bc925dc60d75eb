"""How many requests a tenant and a caller may make: what Graph throttles by."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.graph.service_clock import Clock

EXPORTS_PER_TENANT = 1_000
"""Exports a tenant may submit in a day, documented."""

EXPORTS_PER_CALLER = 1_000
"""Exports one caller may submit in a day: documented as 100, for a "subject" that is reported to be the caller.

Higher here, so that a run with many exports isn't capped by a rule nobody has seen from outside.
"""

OTHERS_PER_TENANT = 10_000
"""Other requests a tenant may make in an hour, documented."""


class Quota:
    """So many requests in a window that slides, counted for each key."""

    def __init__(self, limit: int, window: timedelta) -> None:
        self._limit = limit
        self._window = window
        self._admitted: dict[str, deque[datetime]] = defaultdict(deque)

    def has_room(self, key: str, now: datetime) -> bool:
        """Whether one more of `key` fits."""
        admitted = self._admitted[key]
        while admitted and admitted[0] <= now - self._window:
            admitted.popleft()
        return len(admitted) < self._limit

    def count(self, key: str, now: datetime) -> None:
        """Counts one of `key`."""
        self._admitted[key].append(now)


@dataclass(frozen=True)
class Quotas:
    """The service's limits. All requests are of one tenant here."""

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
        """The limits given, by days and hours of `clock`."""
        day = clock.real(timedelta(days=1))
        hour = clock.real(timedelta(hours=1))
        return cls(Quota(exports_per_tenant, day), Quota(exports_per_caller, day), Quota(others_per_tenant, hour))

    def admit_export(self, caller: str, now: datetime) -> bool:
        """Counts an export that `caller` (an object id) submits, unless it is one too many."""
        if not (self.exports_per_tenant.has_room("", now) and self.exports_per_caller.has_room(caller, now)):
            return False
        self.exports_per_tenant.count("", now)
        self.exports_per_caller.count(caller, now)
        return True

    def admit_other(self, now: datetime) -> bool:
        """Counts any other request, unless it is one too many."""
        if not self.others_per_tenant.has_room("", now):
            return False
        self.others_per_tenant.count("", now)
        return True
