"""Runs an orchestrator on its own with a simulated clock: days of timers in milliseconds, without a host or I/O.

    run = Replay(monitor, name="monitor", input={"exportId": "1"}, now=datetime(2026, 11, 1, tzinfo=UTC))
    run.complete("poll", {"status": "running"})
    run.fire_next_timer()

Its turns are the host's own (`local.host.orchestration_turn`), so an orchestrator behaves here as it does there.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from azure.durable_functions import Orchestrator

from local.host.activity_failure import failure_details
from local.host.orchestration_history import Event, Kind, event, moment, stamp
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn, turn

_MAX_GENERATIONS_AT_A_STRETCH = 100


class EndlessLoopError(AssertionError):
    """The orchestrator continues as new again and again without ever waiting for anything."""


@dataclass(frozen=True)
class Call:
    """A scheduled activity that has not ended."""

    id: int
    name: str
    input: Any


@dataclass(frozen=True)
class Timer:
    """A timer that has not fired."""

    id: int
    fire_at: datetime


class Replay:
    """One run of an orchestrator, its first turn already behind it.

    Args:
        orchestrator: the generator function.
        name: the name of the function.
        input: what `start_new` would be given as `client_input`.
        now: where the clock starts (aware).
        instance_id: of the instance.
        version: what `context.version` says.

    Attributes:
        now: the clock; only `fire_next_timer` and `advance` move it.
    """

    def __init__(
        self,
        orchestrator: Callable[..., Any],
        *,
        name: str,
        input: object = None,  # noqa: A002  the word of the SDK
        now: datetime,
        instance_id: str = "instance",
        version: str | None = None,
    ) -> None:
        self._orchestrator = Orchestrator.create(orchestrator)
        self.now = now
        instance = Instance(
            id=instance_id,
            name=name,
            input=None if input is None else json.dumps(json.dumps(input)),
            version=version,
            execution_id=uuid5(NAMESPACE_OID, instance_id).hex,
            created=now,
            updated=now,
        )
        self._last = Turn(instance)
        self._run([])

    @property
    def status(self) -> Status:
        """The status of the instance."""
        return self._last.instance.status

    @property
    def output(self) -> Any:  # noqa: ANN401  any JSON value
        """What the orchestrator returned, or the error text, or the reason of the termination."""
        return self._last.instance.output

    @property
    def custom_status(self) -> Any:  # noqa: ANN401  any JSON value
        """What `set_custom_status` was given last."""
        return self._last.instance.custom_status

    @property
    def history(self) -> tuple[Event, ...]:
        """The events of the current generation."""
        return self._last.instance.history

    @property
    def generations(self) -> int:
        """How many times the orchestrator has continued as new."""
        return self._last.instance.generation

    @property
    def activities(self) -> list[Call]:
        """The activity that the orchestrator waits for; empty if it waits for none."""
        task = self._last.open
        if task is None or task.name is None:
            return []
        return [Call(task.id, task.name, json.loads(task.fields["Input"]))]

    @property
    def timers(self) -> list[Timer]:
        """The timer that the orchestrator waits for; empty if it waits for none."""
        task = self._last.open
        return [Timer(task.id, moment(task.fields["FireAt"]))] if task and task.kind is Kind.TIMER_CREATED else []

    def complete(self, call: str | Call, result: object = None) -> None:
        """End the pending activity with a result.

        Raises:
            LookupError: another one is pending, or none.
        """
        task_id = self._pending(call).id
        self._send(event(Kind.TASK_COMPLETED, self.now, TaskScheduledId=task_id, Result=json.dumps(result)))

    def fail(self, call: str | Call, message: str = "it failed") -> None:
        """End the pending activity with an exception, whose details are those that the host would give.

        Raises:
            LookupError: another one is pending, or none.
        """
        pending = self._pending(call)
        reason = f"Activity function '{pending.name}' failed: {message}"
        details = failure_details(Exception(message))
        self._send(event(Kind.TASK_FAILED, self.now, TaskScheduledId=pending.id, Reason=reason, Details=details))

    def fire_next_timer(self, at: datetime | None = None) -> datetime:
        """Move the clock to the pending timer and fire it; return the new time.

        Args:
            at: when it fires instead, early or late; the clock never goes back.

        Raises:
            LookupError: no timer is set.
        """
        if not self.timers:
            raise LookupError(f"no timer is set; pending: {self.activities}")
        self._fire(self.timers[0], at)
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move the clock and fire what falls due on the way, each timer at its own time."""
        end = self.now + by
        while self.timers and self.timers[0].fire_at <= end:
            self._fire(self.timers[0])
        self.now = end

    def terminate(self, reason: str) -> None:
        """Terminate the instance."""
        self._send(event(Kind.EXECUTION_TERMINATED, self.now, Input=reason))

    def _pending(self, call: str | Call) -> Call:
        for pending in self.activities:
            if call in (pending.name, pending):
                return pending
        raise LookupError(f"{call!r} is not pending; pending: {[*self.activities, *self.timers]}")

    def _fire(self, timer: Timer, at: datetime | None = None) -> None:
        self.now = max(self.now, at or timer.fire_at)
        self._send(event(Kind.TIMER_FIRED, self.now, TimerId=timer.id, FireAt=stamp(timer.fire_at)))

    def _send(self, what: Event) -> None:
        if not self.status.ended:
            self._run([Message(1, what)])

    def _run(self, inbox: list[Message]) -> None:
        """Take turns until the instance waits for something or has ended."""
        for _ in range(_MAX_GENERATIONS_AT_A_STRETCH):
            self._last = turn(self._last.instance, inbox, self.now, self._orchestrator)
            if not self._last.continued_as_new:
                return
            inbox = []
        raise EndlessLoopError(
            f"'{self._last.instance.name}' continued as new {_MAX_GENERATIONS_AT_A_STRETCH} times without waiting."
        )
