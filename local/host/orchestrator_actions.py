"""What an orchestrator asks for, turned into tasks and checked against the history.

The SDK answers each turn with every action of the execution so far. Like the real host, this one awaits them in order
and numbers the tasks as it reaches them. It supports orchestrators that await one task at a time.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from local.host.orchestration_history import Event, Kind, kind_of, moment, stamp

Action = Mapping[str, Any]


class OrchestratorRefusedError(Exception):
    """The orchestrator asked for what this host does not support; the text says what."""


class NonDeterministicOrchestratorError(Exception):
    """The orchestrator asked for something else than its history has; the text is the platform's."""

    def __init__(self, difference: str) -> None:
        """`difference` says what a previous execution did, and what the present one does."""
        super().__init__(
            f"Non-Deterministic workflow detected: A previous execution of this orchestration {difference} "
            "Was a change made to the orchestrator code after this instance had already started running?"
        )


class ActionType(IntEnum):
    """The actions of an orchestrator, with the SDK's names and numbers."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


@dataclass(frozen=True)
class Task:
    """A numbered task: an activity or a timer.

    Attributes:
        id: its place among the tasks of the execution.
        kind: the event that schedules it.
        name: the activity; None for a timer.
        fields: what the scheduling event says besides.
    """

    id: int
    kind: Kind
    name: str | None
    fields: Mapping[str, Any]

    @property
    def action(self) -> str:
        """What the platform calls the action that asks for it."""
        return "CreateTimerOrchestratorAction" if self.name is None else "ScheduleTaskOrchestratorAction"


class Execution:
    """The host's view of one execution: feed it the events in order, then read what is open and what is new.

    Attributes:
        open: the task that the orchestrator waits for; None before the execution starts and after it is finished.
        unconfirmed: the open task, as long as the history does not have it.
        finished: whether every action has been awaited.
        next_input: the input of the next generation (JSON text) if the orchestrator continues as new.
    """

    def __init__(self, actions: Sequence[Action]) -> None:
        """Raises OrchestratorRefusedError for an action that this host does not support."""
        self.open: Task | None = None
        self.unconfirmed: Task | None = None
        self.finished = False
        self.next_input: str | None = None
        self._count = 0
        self._now: datetime | None = None
        self._tasks = self._await_in_order([_supported(action) for action in actions])

    def take(self, what: Event) -> None:
        """Play one event.

        Raises:
            NonDeterministicOrchestratorError: the history has another task in its place.
        """
        match kind_of(what):
            case Kind.TURN_STARTED:
                self._now = moment(what["Timestamp"])
            case Kind.EXECUTION_STARTED:
                self._go_on(failed=None)
            case Kind.TASK_SCHEDULED | Kind.TIMER_CREATED as kind:
                self._confirm(Task(what["EventId"], kind, what.get("Name"), {}))
            case Kind.TASK_COMPLETED:
                self._end(what["TaskScheduledId"], failed=False)
            case Kind.TASK_FAILED:
                self._end(what["TaskScheduledId"], failed=True)
            case Kind.TIMER_FIRED:
                self._end(what["TimerId"], failed=False)

    def _confirm(self, past: Task) -> None:
        task, self.unconfirmed = self.unconfirmed, None
        if task is None or task.id != past.id:
            raise NonDeterministicOrchestratorError(_missing(past))
        if task.kind is not past.kind:
            raise NonDeterministicOrchestratorError(_another_kind(past, task))
        if task.name and past.name and task.name.casefold() != past.name.casefold():
            raise NonDeterministicOrchestratorError(
                f"scheduled an activity task with sequence number {past.id} named '{past.name}', but the current "
                f"orchestration replay instead scheduled an activity task named '{task.name}' with this sequence "
                "number. "  # the platform, too, has two spaces here
            )

    def _end(self, task_id: int, *, failed: bool) -> None:
        if self.open and self.open.id == task_id:
            self._go_on(failed=failed)

    def _go_on(self, *, failed: bool | None) -> None:
        try:
            self.open = self._tasks.send(failed)
        except StopIteration:
            self.open, self.finished = None, True
        self.unconfirmed = self.open

    def _await_in_order(self, actions: Sequence[Action]) -> Generator[Task, bool | None, None]:
        """Yield each task when its turn comes; it is sent whether the task failed."""
        for action in actions:
            match action["actionType"]:
                case ActionType.CALL_ACTIVITY:
                    yield self._activity(action)
                case ActionType.CALL_ACTIVITY_WITH_RETRY:
                    yield from self._activity_with_retry(action)
                case ActionType.CREATE_TIMER:
                    yield self._timer(action["fireAt"])
                case ActionType.CONTINUE_AS_NEW:
                    self.next_input = action["input"]

    def _activity_with_retry(self, action: Action) -> Generator[Task, bool | None, None]:
        options = action["retryOptions"]
        interval = timedelta(milliseconds=options["firstRetryIntervalInMilliseconds"])
        attempts = options["maxNumberOfAttempts"]
        for attempt in range(1, attempts + 1):
            failed = yield self._activity(action)
            if not failed:
                return
            # The SDK counts on one more timer after the last attempt. It is due at once.
            yield self._timer(stamp(self._time() + (interval if attempt < attempts else timedelta())))

    def _activity(self, action: Action) -> Task:
        return self._task(Kind.TASK_SCHEDULED, action["functionName"], {"Input": action["input"]})

    def _timer(self, fire_at: str) -> Task:
        return self._task(Kind.TIMER_CREATED, None, {"FireAt": fire_at})

    def _task(self, kind: Kind, name: str | None, fields: Mapping[str, Any]) -> Task:
        task = Task(self._count, kind, name, fields)
        self._count += 1
        return task

    def _time(self) -> datetime:
        if self._now is None:
            raise ValueError("the history does not begin with the start of a turn")
        return self._now


def _missing(past: Task) -> str:
    rest = "but the current replay execution hasn't (yet?) scheduled this task."
    if past.name is None:
        return f"scheduled a timer task with sequence number {past.id} {rest}"
    return f"scheduled an activity task with sequence ID {past.id} and name '{past.name}' (version ''), {rest}"


def _another_kind(past: Task, task: Task) -> str:
    rest = f"but the current orchestration replay instead produced a {task.action} action with this sequence number."
    if past.name is None:
        return f"scheduled a timer task with sequence number {past.id} named {rest}"
    return f"scheduled an activity task with sequence number {past.id} named '{past.name}', {rest}"


_SUPPORTED = {
    ActionType.CALL_ACTIVITY,
    ActionType.CALL_ACTIVITY_WITH_RETRY,
    ActionType.CREATE_TIMER,
    ActionType.CONTINUE_AS_NEW,
}


def _supported(action: Action) -> Action:
    kind = action["actionType"]
    if kind == ActionType.WHEN_ALL and len(action["compoundActions"]) == 1:
        # How the SDK writes a call with retry, and a timer that is longer than the platform allows one to be.
        return _supported(action["compoundActions"][0])
    if kind not in _SUPPORTED:
        raise OrchestratorRefusedError(f"The local host does not support the action {_name(kind)} of an orchestrator.")
    if action.get("isCanceled"):
        raise OrchestratorRefusedError("The local host does not support cancelling a timer (CREATE_TIMER).")
    return action


def _name(kind: int) -> str:
    try:
        return ActionType(kind).name
    except ValueError:
        return f"number {kind}"
