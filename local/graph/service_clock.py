"""The clock of the service, which may be scaled: a day of its work can take seconds."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """Scales the service's durations.

    Points in time are always real, so that they mean the same to every process and after a restart.

    Args:
        scale: How many seconds pass for the service in a real second; 1 is real time.
    """

    scale: float = 1.0

    def now(self) -> datetime:
        """The current time, UTC."""
        return datetime.now(UTC)

    def real(self, service: timedelta) -> timedelta:
        """The real duration of one of the service's."""
        return service / self.scale

    def real_seconds(self, service: timedelta) -> int:
        """The same in whole seconds, rounded up, at least 1, as `Retry-After` needs it."""
        return max(1, math.ceil(self.real(service).total_seconds()))
