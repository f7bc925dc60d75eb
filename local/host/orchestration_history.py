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
    EXECUTION_FAILED = 2
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    CHILD_CREATED = 7
    CHILD_COMPLETED = 8
    CHILD_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    TURN_STARTED = 12
    TURN_COMPLETED = 13
    EVENT_RAISED = 15
    SUSPENDED = 19
    RESUMED = 20


PUBLIC_NAMES = {
    Kind.EXECUTION_STARTED: "ExecutionStarted",
    Kind.EXECUTION_COMPLETED: "ExecutionCompleted",
    Kind.EXECUTION_FAILED: "ExecutionFailed",
    Kind.EXECUTION_TERMINATED: "ExecutionTerminated",
    Kind.TASK_SCHEDULED: "TaskScheduled",
    Kind.TASK_COMPLETED: "TaskCompleted",
    Kind.TASK_FAILED: "TaskFailed",
    Kind.CHILD_CREATED: "SubOrchestrationInstanceCreated",
    Kind.CHILD_COMPLETED: "SubOrchestrationInstanceCompleted",
    Kind.CHILD_FAILED: "SubOrchestrationInstanceFailed",
    Kind.TIMER_CREATED: "TimerCreated",
    Kind.TIMER_FIRED: "TimerFired",
    Kind.TURN_STARTED: "OrchestratorStarted",
    Kind.TURN_COMPLETED: "OrchestratorCompleted",
    Kind.EVENT_RAISED: "EventRaised",
    Kind.SUSPENDED: "ExecutionSuspended",
    Kind.RESUMED: "ExecutionResumed",
}


def event(kind: Kind, at: datetime, *, event_id: int = -1, **fields: object) -> Event:
    """Write an event that happened at `at` (aware; written in UTC)."""
    return {"EventType": int(kind), "EventId": event_id, "Timestamp": stamp(at), **fields}


def kind_of(what: Event) -> Kind:
    """Say what an event tells."""
    return Kind(what["EventType"])


def stamp(moment: datetime) -> str:
    """Write an aware time as the SDK reads it: UTC, microseconds, a Z."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def moment(stamped: str) -> datetime:
    """Read a time that `stamp` or the SDK wrote."""
    return datetime.fromisoformat(stamped)
