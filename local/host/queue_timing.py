"""How long the messages of a task hub are hidden: those of timers, and those that a host had when it died.

On the platform a queue message is hidden for whole seconds, rounded down, so a timer fires up to a second early. A hub
that is idle looks into its queues every 30 s in the end, so a timer fires up to that late there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

_SECOND = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)
"""Between two looks into a queue that has been empty for a while."""


class Timers(StrEnum):
    """When timers fire."""

    PROMPT = "prompt"
    """On time."""
    BUSY = "busy"
    """As early as on a busy hub."""
    IDLE = "idle"
    """As late as on an idle hub."""

    def fires_at(self, due: datetime, now: datetime, random: Random) -> datetime:
        """When a timer fires that is set `now` and due later; `random` draws how late."""
        match self:
            case Timers.PROMPT:
                return due
            case Timers.BUSY:
                return now + (due - now) // _SECOND * _SECOND
            case Timers.IDLE:
                return due + random.random() * _LONGEST_PAUSE


@dataclass(frozen=True)
class QueueTiming:
    """How long messages are hidden.

    Attributes:
        timers: when timers fire.
        interrupted: how long a message that a host had when it died is hidden from the next host.
    """

    timers: Timers
    interrupted: timedelta


def read_queue_timing(visibility_timeout: timedelta, environment: Mapping[str, str]) -> QueueTiming:
    """The timing by host.json and by the local host's own settings in the environment.

    Args:
        visibility_timeout: what host.json says.
        environment: `LOCAL_HOST_TIMERS` is one of `Timers`, `prompt` by default. `LOCAL_HOST_HIDDEN_SECONDS` shortens
            the time-out, for tests.

    Raises:
        ValueError: one of them has a wrong value.
    """
    timers, seconds = environment.get("LOCAL_HOST_TIMERS"), environment.get("LOCAL_HOST_HIDDEN_SECONDS")
    try:
        interrupted = timedelta(seconds=float(seconds)) if seconds else visibility_timeout
    except ValueError as error:
        raise ValueError(f"LOCAL_HOST_HIDDEN_SECONDS must be a number, not '{seconds}'") from error
    try:
        return QueueTiming(Timers(timers or Timers.PROMPT), interrupted)
    except ValueError as error:
        raise ValueError(f"LOCAL_HOST_TIMERS must be {', '.join(Timers)}, not '{timers}'") from error
