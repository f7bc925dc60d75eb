"""The service's time, which passes faster than ours: a day of its work may take seconds."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """Turns the service's durations into real ones.

    Moments are real time always, so that they mean the same to every process and after a restart; only durations
    shrink.

    Args:
        scale: How many seconds of the service's time pass in a real second; 1 is real time.
    """

    scale: float = 1.0

    def now(self) -> datetime:
        """This moment, UTC."""
        return datetime.now(UTC)

    def real(self, service: timedelta) -> timedelta:
        """How long `service` takes here."""
        return service / self.scale

    def real_seconds(self, service: timedelta) -> int:
        """The same in whole seconds, rounded up, 1 at least: what a `Retry-After` can say."""
        return max(1, math.ceil(self.real(service).total_seconds()))
