"""The history of an orchestration: the kinds of event in it, and how one is written."""

from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

Event = dict[str, Any]

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Kind(IntEnum):
    """What an event tells; the numbers are those of the Durable Task Framework."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    TURN_STARTED = 12
    TURN_COMPLETED = 13
    GENERIC_EVENT = 17
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


def event(kind: Kind, at: datetime, *, event_id: int = -1, **fields: object) -> Event:
    """Make an event that happened at `at` (aware; written in UTC)."""
    return {"EventType": int(kind), "EventId": event_id, "Timestamp": stamp(at), **fields}


def kind_of(what: Event) -> Kind:
    """Return the kind of an event."""
    return Kind(what["EventType"])


def stamp(moment: datetime) -> str:
    """Write an aware time as the SDK reads it: UTC, microseconds, a Z."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def moment(stamped: str) -> datetime:
    """Read a time that `stamp` or the SDK wrote."""
    return datetime.fromisoformat(stamped)
