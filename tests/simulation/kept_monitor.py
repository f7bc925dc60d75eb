"""A monitor whose generator is kept between its turns, instead of being replayed from its history at each.

The SDK replays everything at every turn, which would take most of a simulation's time. What is seen from outside is the
same as with `local.host.orchestrator_replay.Replay`, which runs the SDK; test_kept_monitor.py compares the two.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.host.activity_failure import failure_details
from local.host.orchestration_history import Event, Kind, event, stamp
from local.host.orchestration_instance import Status
from local.host.orchestrator_replay import Call, Timer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    from azure.durable_functions import RetryOptions


@dataclass(frozen=True)
class _Activity:
    """An activity that the orchestrator asked for, and how often it is tried."""

    name: str
    given: str
    tries: int
    pause: timedelta


class _Context:
    """What a monitor asks of its `DurableOrchestrationContext`."""

    def __init__(self, given: object, now: datetime) -> None:
        self.current_utc_datetime = now
        self.next_input: object = None
        self._given = given

    def get_input(self) -> object:
        return self._given

    def call_activity_with_retry(self, name: str, retry: RetryOptions, given: str) -> _Activity:
        pause = timedelta(milliseconds=retry.first_retry_interval_in_milliseconds)
        return _Activity(name, given, retry.max_number_of_attempts, pause)

    def create_timer(self, fire_at: datetime) -> datetime:
        return fire_at

    def continue_as_new(self, given: object) -> None:
        self.next_input = given


class KeptMonitor:
    """One run of an orchestrator that awaits activities with retry and timers, its first turn already behind it.

    Arguments, attributes and methods are those of `Replay`, as far as the task hub uses them.
    """

    def __init__(
        self,
        orchestrator: Callable[..., Generator[Any, Any, None]],
        *,
        name: str,
        instance_id: str,
        input: object,  # noqa: A002 - the word of the SDK
        now: datetime,
    ) -> None:
        self._orchestrator = orchestrator
        self._name = name
        self._id = instance_id
        self._input = input
        self.now = now
        self.status = Status.RUNNING
        self.output: Any = None
        self.custom_status: Any = None
        self.generations = 0
        self.history: list[Event] = []
        self.activities: list[Call] = []
        self.timers: list[Timer] = []
        self._error: Exception | None = None
        self._begin()

    def complete(self, call: Call, result: object) -> None:
        """Ends the pending activity with a result."""
        self._forget_open()
        self._turn(event(Kind.TASK_COMPLETED, self.now, TaskScheduledId=call.id, Result=json.dumps(result)))
        self._resume(lambda: self._steps.send(result))

    def fail(self, call: Call, message: str) -> None:
        """Ends the pending activity with an exception: it is tried again after a while, if a try is left."""
        reason = f"Activity function '{call.name}' failed: {message}"
        details = failure_details(Exception(message))
        self._forget_open()
        self._turn(event(Kind.TASK_FAILED, self.now, TaskScheduledId=call.id, Reason=reason, Details=details))
        self._tries_left -= 1
        # The SDK counts on one more timer after the last try. It is due at once.
        wait = self._called.pause if self._tries_left else timedelta()
        self._error = Exception(f"{reason} \n {details}")
        self._wait_until(self.now + wait)
        self._end_turn()

    def advance(self, by: timedelta) -> None:
        """Moves the clock and fires what falls due on the way, each timer at its own time."""
        end = self.now + by
        while self.timers and self.timers[0].fire_at <= end:
            self._fire(self.timers[0])
        self.now = end

    def fire_next_timer(self, at: datetime) -> None:
        """Fires the pending timer at that time, early or late."""
        self._fire(self.timers[0], at)

    def terminate(self, reason: str) -> None:
        """Terminates the instance."""
        if not self.status.ended:
            self._turn(event(Kind.EXECUTION_TERMINATED, self.now, Input=reason))
            self._end(Status.TERMINATED, reason)

    def _fire(self, timer: Timer, at: datetime | None = None) -> None:
        self.now = max(self.now, at or timer.fire_at)
        self._forget_open()
        self._turn(event(Kind.TIMER_FIRED, self.now, TimerId=timer.id, FireAt=stamp(timer.fire_at)))
        error, self._error = self._error, None
        if error is None:
            self._resume(lambda: self._steps.send(None))
        elif self._tries_left:
            self._call()
            self._end_turn()
        else:
            self._resume(lambda: self._steps.throw(error))

    def _begin(self) -> None:
        self._context = _Context(self._input, self.now)
        self._steps = self._orchestrator(self._context)
        self._count = 0
        self._error = None
        self._tries_left = 0
        given = json.dumps(json.dumps(self._input))
        started = event(
            Kind.EXECUTION_STARTED, self.now, Name=self._name, Input=given, Version=None, ParentInstance=None
        )
        self._turn(started)
        self._resume(lambda: next(self._steps))

    def _turn(self, message: Event) -> None:
        """Begins a turn with a message."""
        self._context.current_utc_datetime = max(self._context.current_utc_datetime, self.now)
        self.history += [event(Kind.TURN_STARTED, self.now), message]

    def _end_turn(self) -> None:
        self.history.append(event(Kind.TURN_COMPLETED, self.now))

    def _resume(self, go_on: Callable[[], _Activity | datetime]) -> None:
        """Lets the orchestrator go on to what it awaits next, or to its end."""
        try:
            asked = go_on()
        except StopIteration:
            if self._context.next_input is None:
                self._end(Status.COMPLETED, None)
            else:
                self._continue_as_new(self._context.next_input)
        except Exception as error:  # noqa: BLE001 - whatever an orchestrator raises fails its instance
            self._end(Status.FAILED, f"Orchestrator function '{self._name}' failed: {error}")
        else:
            if isinstance(asked, _Activity):
                self._called, self._tries_left = asked, asked.tries
                self._call()
            else:
                self._wait_until(asked)
            self._end_turn()

    def _call(self) -> None:
        called = self._called
        self.activities = [Call(self._count, called.name, called.given)]
        self._schedule(Kind.TASK_SCHEDULED, Name=called.name, Input=json.dumps(called.given))

    def _wait_until(self, fire_at: datetime) -> None:
        self.timers = [Timer(self._count, fire_at)]
        self._schedule(Kind.TIMER_CREATED, FireAt=stamp(fire_at))

    def _schedule(self, kind: Kind, **fields: object) -> None:
        self.history.append(event(kind, self.now, event_id=self._count, **fields))
        self._count += 1

    def _forget_open(self) -> None:
        self.activities, self.timers = [], []

    def _continue_as_new(self, given: object) -> None:
        self._input, self.history = given, []
        self.generations += 1
        self._begin()

    def _end(self, status: Status, output: object) -> None:
        self._forget_open()
        self.status, self.output = status, output
        result = event(Kind.EXECUTION_COMPLETED, self.now, OrchestrationStatus=str(status), Result=json.dumps(output))
        self.history.append(result)
        self._end_turn()
