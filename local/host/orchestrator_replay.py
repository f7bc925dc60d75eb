"""An orchestrator run on its own, with a free clock: days of timers in milliseconds, no host and no I/O.

    run = Replay(monitor, input={"exportId": "1"}, now=datetime(2026, 11, 1, tzinfo=UTC))
    run.complete("poll", {"status": "running"})
    run.fire_next_timer()

Its turns are the host's own (`local.host.orchestration_turn`), so an orchestrator behaves here as it does there.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from azure.durable_functions import Orchestrator as SdkOrchestrator
from azure.functions.decorators.function_app import FunctionBuilder

from local.host.orchestration_history import Event, Kind, event, moment, stamp
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Orchestrator, Turn, turn
from local.host.orchestrator_actions import Task

_MAX_GENERATIONS_AT_A_STRETCH = 100


class EndlessLoopError(AssertionError):
    """The orchestrator continues as new again and again without ever waiting for anything."""


@dataclass(frozen=True)
class Call:
    """A scheduled activity or sub-orchestration that has not ended; `instance_id` is the latter's."""

    id: int
    name: str
    input: Any
    instance_id: str | None = None


@dataclass(frozen=True)
class Timer:
    """A timer that is set and not cancelled."""

    id: int
    fire_at: datetime


class Replay:
    """One run of an orchestrator, its first turn already behind it.

    Args:
        orchestrator: the generator function, or what `@orchestration_trigger` or `Orchestrator.create` made of it.
        input: what `start_new` would be given as `client_input`.
        now: where the clock starts (aware).
        name: of the function; its own by default.
        instance_id: of the instance.
        version: what `context.version` says.

    Attributes:
        now: the clock; it moves by `fire_next_timer` and `advance` only.
        notes: of the last turn: why an instance that looks done isn't (see `Turn.notes`).
        failure: the exception of an orchestrator that failed.
    """

    def __init__(
        self,
        orchestrator: Callable[..., Any] | FunctionBuilder,
        *,
        input: object = None,  # noqa: A002  the word of the SDK
        now: datetime,
        name: str | None = None,
        instance_id: str = "instance",
        version: str | None = None,
    ) -> None:
        self._orchestrator = _entry_point(orchestrator)
        self.now = now
        self.notes: tuple[str, ...] = ()
        self.failure: Exception | None = None
        self._inbox: list[Message] = []
        self._sent = 0
        self._timers: list[tuple[datetime, int, str]] = []
        self._instance = Instance(
            id=instance_id,
            name=name or _name_of(orchestrator),
            input=None if input is None else json.dumps(json.dumps(input)),
            version=version,
            execution_id=uuid5(NAMESPACE_OID, instance_id).hex,
            created=now,
            updated=now,
        )
        self._last = Turn(self._instance)
        self._run()

    @property
    def status(self) -> Status:
        """Where the instance stands."""
        return self._instance.status

    @property
    def output(self) -> Any:  # noqa: ANN401  any JSON value
        """What the orchestrator returned, or the error text, or the reason of the termination."""
        return self._instance.output

    @property
    def custom_status(self) -> Any:  # noqa: ANN401  any JSON value
        """What `set_custom_status` was given last."""
        return self._instance.custom_status

    @property
    def input(self) -> Any:  # noqa: ANN401  any JSON value
        """The input of the current generation."""
        return None if self._instance.input is None else json.loads(json.loads(self._instance.input))

    @property
    def history(self) -> tuple[Event, ...]:
        """The events of the current generation."""
        return self._instance.history

    @property
    def generations(self) -> int:
        """How many times the orchestrator has continued as new."""
        return self._instance.generation

    @property
    def activities(self) -> list[Call]:
        """The activities that were scheduled and have not ended, in the order they were scheduled."""
        return [_call(task) for task in self._last.open if task.kind is Kind.TASK_SCHEDULED]

    @property
    def children(self) -> list[Call]:
        """The sub-orchestrations that were started and have not ended, in the order they were started."""
        return [_call(task) for task in self._last.open if task.kind is Kind.CHILD_CREATED]

    @property
    def timers(self) -> list[Timer]:
        """The timers that are set and not cancelled, the next one first."""
        timers = [_timer(task) for task in self._last.open if task.kind is Kind.TIMER_CREATED]
        return sorted(timers, key=lambda timer: (timer.fire_at, timer.id))

    @property
    def waits(self) -> list[str]:
        """The names of the external events that the orchestrator waits for."""
        return list(self._last.waited_for)

    @property
    def pending(self) -> list[Call | Timer]:
        """Everything that was scheduled and has not ended: activities, sub-orchestrations, timers."""
        return [*self.activities, *self.children, *self.timers]

    def complete(self, call: str | Call, result: object = None) -> None:
        """End a pending activity or sub-orchestration with a result; a name means the oldest of that name.

        Raises:
            LookupError: it is not pending.
        """
        task = self._pending(call)
        kind = Kind.TASK_COMPLETED if task.kind is Kind.TASK_SCHEDULED else Kind.CHILD_COMPLETED
        self._send(event(kind, self.now, TaskScheduledId=task.id, Result=json.dumps(result)), bound=True)
        self._run()

    def fail(self, call: str | Call, message: str = "it failed") -> None:
        """End a pending activity or sub-orchestration with an exception; a name means the oldest of that name.

        Raises:
            LookupError: it is not pending.
        """
        task = self._pending(call)
        is_activity = task.kind is Kind.TASK_SCHEDULED
        kind, what = (Kind.TASK_FAILED, "Activity") if is_activity else (Kind.CHILD_FAILED, "Orchestrator")
        reason = f"{what} function '{task.name}' failed: {message}"
        self._send(event(kind, self.now, TaskScheduledId=task.id, Reason=reason, Details=""), bound=True)
        self._run()

    def fire_next_timer(self) -> datetime:
        """Move the clock to the next timer that is set and not cancelled, and fire it; return the new time.

        Raises:
            LookupError: no timer is set.
        """
        if not self.timers:
            raise LookupError(f"no timer is set; pending: {self.pending}, waiting for: {self.waits}")
        self._move(self.timers[0].fire_at)
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move the clock and fire what falls due on the way, each timer at its own time."""
        self._move(self.now + by)

    def raise_event(self, name: str, data: object = None) -> None:
        """Raise an event as the SDK's client does: the orchestrator gets the JSON text of the data, a string."""
        self.post_event(name, json.dumps(data))

    def post_event(self, name: str, data: object = None) -> None:
        """Raise an event as a plain POST of JSON to the management API does: the orchestrator gets the data."""
        self._send(event(Kind.EVENT_RAISED, self.now, Name=name, Input=json.dumps(data)))
        self._run()

    def suspend(self) -> None:
        """Suspend the instance: all but termination waits until it is resumed."""
        self._send(event(Kind.SUSPENDED, self.now, Input="suspended"))
        self._run()

    def resume(self) -> None:
        """Resume a suspended instance."""
        self._send(event(Kind.RESUMED, self.now, Input="resumed"))
        self._run()

    def terminate(self, reason: str) -> None:
        """Terminate the instance."""
        self._send(event(Kind.EXECUTION_TERMINATED, self.now, Input=reason))
        self._run()

    def swap(self, orchestrator: Callable[..., Any] | FunctionBuilder) -> None:
        """Deploy another version of the orchestrator: the next turn replays the history with it."""
        self._orchestrator = _entry_point(orchestrator)

    def _pending(self, call: str | Call) -> Task:
        for task in self._last.open:
            if call == task.name or (isinstance(call, Call) and call.id == task.id):
                return task
        raise LookupError(f"{call!r} is not pending; these are: {self.pending}")

    def _move(self, to: datetime) -> None:
        while self._timers and self._timers[0][0] <= to:
            due, task_id, execution_id = self._timers.pop(0)
            self.now = max(self.now, due)
            self._send(
                event(Kind.TIMER_FIRED, self.now, TimerId=task_id, FireAt=stamp(due)),
                bound=True,
                execution_id=execution_id,
            )
            self._run()
        self.now = to

    def _send(self, what: Event, *, bound: bool = False, execution_id: str | None = None) -> None:
        self._sent += 1
        generation = (execution_id or self._instance.execution_id) if bound else None
        self._inbox.append(Message(self._sent, what, generation))

    def _run(self) -> None:
        """Take turns until the instance waits for something or has ended."""
        for _ in range(_MAX_GENERATIONS_AT_A_STRETCH):
            if self.status.ended:
                return
            self._take_turn()
            if not self._last.continued_as_new:
                return
        raise EndlessLoopError(
            f"'{self._instance.name}' continued as new {_MAX_GENERATIONS_AT_A_STRETCH} times without waiting. If it "
            "does so after an external event won against a timer that it cancelled: the host gives that very event "
            "to the next generation too. Call an activity before continue_as_new."
        )

    def _take_turn(self) -> None:
        with warnings.catch_warnings():
            # The SDK warns when an event comes before somebody waits for it, which is no fault.
            warnings.filterwarnings("ignore", message="Potential duplicate Task completion")
            done = turn(self._instance, self._inbox, self.now, self._orchestrator, lambda *_: True)
        self._inbox = [message for message in self._inbox if message.number in done.kept]
        if not done.appended:  # nothing woke it: the message is held back, or for a generation that is gone
            return
        self._instance, self._last = done.instance, done
        self.notes, self.failure = done.notes, done.failure
        timers = [_timer(task) for task in done.scheduled if task.kind is Kind.TIMER_CREATED]
        self._timers += [(timer.fire_at, timer.id, done.instance.execution_id) for timer in timers]
        self._timers.sort()


def _entry_point(orchestrator: Callable[..., Any] | FunctionBuilder) -> Orchestrator:
    function = _function_of(orchestrator)
    is_made = hasattr(function, "orchestrator_function")
    entry_point: Orchestrator = function if is_made else SdkOrchestrator.create(function)
    return entry_point


def _name_of(orchestrator: Callable[..., Any] | FunctionBuilder) -> str:
    return str(getattr(_function_of(orchestrator), "__name__", "orchestrator"))


def _function_of(orchestrator: Callable[..., Any] | FunctionBuilder) -> Callable[..., Any]:
    if isinstance(orchestrator, FunctionBuilder):
        function: Callable[..., Any] = orchestrator._function.get_user_function()  # noqa: SLF001  the only way to it
        return function
    return orchestrator


def _call(task: Task) -> Call:
    return Call(task.id, task.name or "", json.loads(task.fields["Input"]), task.fields.get("InstanceId"))


def _timer(task: Task) -> Timer:
    return Timer(task.id, moment(task.fields["FireAt"]))
