"""An orchestration instance between two turns, and the messages that wake it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from local.host.orchestration_history import Event


class Status(StrEnum):
    """The runtime status of an instance, as the management API names it."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPLETED = "Completed"
    FAILED = "Failed"
    TERMINATED = "Terminated"

    @property
    def ended(self) -> bool:
        """Whether the instance will never run again."""
        return self in (Status.COMPLETED, Status.FAILED, Status.TERMINATED)


@dataclass(frozen=True)
class Instance:
    """One orchestration instance.

    Attributes:
        id: the instance id.
        name: the orchestrator function.
        input: JSON text; its value is again JSON text when it comes from the SDK. None if there is none.
        version: goes into ExecutionStarted; None if none is set.
        execution_id: names this generation; continuing as new makes another one.
        generation: how many times it has continued as new.
        created: UTC.
        updated: the last turn, UTC.
        custom_status: a JSON value.
        output: a JSON value; the error text of a failed instance, the reason of a terminated one, and that of the last
            suspension or resumption of one that has not ended.
        history: the events of this generation.
    """

    id: str
    name: str
    input: str | None
    version: str | None
    execution_id: str
    created: datetime
    updated: datetime
    status: Status = Status.PENDING
    generation: int = 0
    custom_status: Any = None
    output: Any = None
    history: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Message:
    """An event on its way to an instance.

    Attributes:
        number: the place in the inbox.
        event: what happened.
        execution_id: the only generation it is for; None if it is for whichever runs.
    """

    number: int
    event: Event
    execution_id: str | None = None
