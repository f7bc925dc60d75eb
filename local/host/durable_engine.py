"""The durable engine: takes the turns of orchestrations, runs their activities, fires their timers.

One turn is one transaction, so it happens exactly once. An activity runs again if the host dies before its end is
recorded. As on the platform, the next host sees what a killed one was doing only after a while, because the messages of
turns and activities are hidden while a host works on them. Everything but the code of activities runs on the event
loop's thread.
"""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from azure.functions.durable_functions import ActivityTriggerConverter
from azure.functions.meta import Datum
from opentelemetry.trace import Span, SpanKind

from local.host.activity_failure import failure_details, failure_reason
from local.host.function_invocation import Invoker
from local.host.function_loader import ACTIVITY, ORCHESTRATION, Function, by_trigger
from local.host.host_telemetry import Trace, current_trace, span
from local.host.orchestration_history import Event, Kind, event, stamp
from local.host.orchestration_instance import Instance, Status
from local.host.orchestration_turn import Turn, rewound, turn
from local.host.orchestration_versions import is_newer
from local.host.task_hub_store import Activity, TaskHubStore

logger = logging.getLogger(__name__)

_MAX_CONCURRENT_ACTIVITIES = 10 * (os.cpu_count() or 1)
"""The platform's default."""
_LONGEST_SLEEP_SECONDS = 60.0
"""A laptop that was suspended notices within this time what fell due."""


class AlreadyRunningError(Exception):
    """An instance of that id has not ended."""


class DurableEngine:
    """Runs the orchestrations of one task hub.

    Args:
        store: the state.
        functions: the functions of the app.
        invoker: calls the activities.
        version: of new instances, and the newest that runs; None if host.json sets none.
        interrupted: how long what a killed host was doing is hidden.
    """

    def __init__(
        self,
        store: TaskHubStore,
        functions: list[Function],
        invoker: Invoker,
        *,
        version: str | None,
        interrupted: timedelta,
    ) -> None:
        self.store = store
        self._orchestrators = _by_name(functions, ORCHESTRATION)
        self._activities = _by_name(functions, ACTIVITY)
        self._invoker = invoker
        self._version = version
        self._interrupted = interrupted
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._hidden_turns: set[str] = set()
        self._timers_changed = asyncio.Event()
        self._places = asyncio.Semaphore(_MAX_CONCURRENT_ACTIVITIES)
        self._running: dict[int, asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Go on where the last process left off."""
        now = _now()
        with self.store.transaction():
            hidden = self.store.hide_interrupted(now, now + self._interrupted)
        self._loops = [asyncio.create_task(self._take_turns()), asyncio.create_task(self._fire_timers())]
        self._loops += [asyncio.create_task(self._go_on_at(until, instance)) for instance, until in hidden.items()]
        ready = self.store.ready()
        self._hidden_turns = hidden.keys() & set(ready)
        for instance_id in ready:
            self._ready.put_nowait(instance_id)
        self._run_activities([each for each in self.store.activities() if each.instance_id not in hidden])

    async def wait(self) -> None:
        """Never return; raise what made the engine fail, such as a full disk."""
        await asyncio.gather(*self._loops)

    async def stop(self) -> None:
        """Stop working; the next process does again what is unfinished."""
        tasks = [*self._loops, *self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin(
        self, name: str, instance_id: str | None, input_text: str | None, trace: Trace, version: str | None = None
    ) -> str:
        """Start an instance as part of a trace and return its id.

        Args:
            name: the orchestrator. If there is none of that name, the instance fails at its first turn.
            instance_id: one is made if there is none.
            input_text: JSON text.
            trace: the trace.
            version: instead of the app's own.

        Raises:
            AlreadyRunningError: an instance of that id has not ended.
        """
        now = _now()
        instance = Instance(
            id=instance_id or uuid4().hex,
            name=name,
            input=input_text,
            version=self._version if version is None else version,
            execution_id=uuid4().hex,
            created=now,
            updated=now,
        )
        with span(f"create_orchestration:{name}", trace, SpanKind.PRODUCER), self.store.transaction():
            existing = self.store.instance(instance.id)
            if existing and not existing.status.ended:
                raise AlreadyRunningError(
                    f"An Orchestration instance with the status {existing.status} already exists."
                )
            self.store.create(instance, current_trace().trace_parent)
        self._ready.put_nowait(instance.id)
        return instance.id

    def terminate(self, instance_id: str, reason: str) -> None:
        """End an instance at its next turn, if it has not ended by then."""
        self._send(instance_id, event(Kind.EXECUTION_TERMINATED, _now(), Input=reason))

    def suspend(self, instance_id: str, reason: str) -> None:
        """Let an instance do nothing more until it is resumed; what comes to it is kept."""
        self._send(instance_id, event(Kind.EXECUTION_SUSPENDED, _now(), Reason=reason))

    def resume(self, instance_id: str, reason: str) -> None:
        """Let a suspended instance go on."""
        self._send(instance_id, event(Kind.EXECUTION_RESUMED, _now(), Reason=reason))

    def rewind(self, instance: Instance, reason: str) -> None:
        """Run again what made an instance fail."""
        with self.store.transaction():
            self.store.rewrite(rewound(instance))
            self.store.send(instance.id, event(Kind.GENERIC_EVENT, _now(), Data=reason))
        self._ready.put_nowait(instance.id)

    def _send(self, instance_id: str, what: Event) -> None:
        with self.store.transaction():
            self.store.send(instance_id, what)
        self._ready.put_nowait(instance_id)

    async def _go_on_at(self, until: datetime, instance_id: str) -> None:
        """Go on with what was hidden of an instance."""
        await asyncio.sleep((until - _now()).total_seconds())
        self._hidden_turns.discard(instance_id)
        self._ready.put_nowait(instance_id)
        self._run_activities(self.store.activities(instance_id))

    async def _take_turns(self) -> None:
        while True:
            instance_id = await self._ready.get()
            try:
                self._take_turn(instance_id)
            except Exception:
                logger.exception("A turn of the orchestration '%s' could not be taken", instance_id)
            await asyncio.sleep(0)  # requests and activities get their chance between two turns

    def _take_turn(self, instance_id: str) -> None:
        if instance_id in self._hidden_turns:
            return
        with self.store.transaction():
            instance = self.store.instance(instance_id)
            inbox = self.store.inbox(instance_id)
            if instance is None or instance.status.ended or not (inbox or not instance.history):
                return
            if is_newer(instance.version, self._version):
                logger.warning(
                    "The instance %s has version %s; it waits for an app that is as new", instance_id, instance.version
                )
                return
            with self._span("orchestration", instance.name, instance_id):
                done = turn(instance, inbox, _now(), self._entry_point(instance.name))
            self.store.save(done, inbox)
        self._go_on(done)

    def _go_on(self, done: Turn) -> None:
        """Start what the turn gave us to do."""
        _log(done)
        if done.continued_as_new:
            self._ready.put_nowait(done.instance.id)
        for task in done.scheduled:
            if task.kind is Kind.TASK_SCHEDULED:
                self._run_activities(self.store.activities(done.instance.id))
            else:
                self._timers_changed.set()

    def _span(self, kind: str, name: str, instance_id: str) -> AbstractContextManager[Span]:
        """A span of a turn or an activity.

        All are children of the span that started the instance. On the platform those of activities are children of the
        orchestration's, which is written when that ends.
        """
        trace = Trace(self.store.trace_parent(instance_id))
        attributes = {"durabletask.type": kind, "durabletask.task.instance_id": instance_id}
        return span(f"{kind}:{name}", trace, SpanKind.SERVER, attributes)

    def _entry_point(self, name: str) -> Any:  # noqa: ANN401  the SDK's handle, or one that fails
        if name.casefold() in self._orchestrators:
            return self._orchestrators[name.casefold()].call
        known = ", ".join(f"'{each.name}'" for each in self._orchestrators.values())

        def missing(_: str) -> str:
            raise LookupError(
                f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function. "
                f"Additional info: The following are the known orchestrator functions: {known}."
            )

        return missing

    def _run_activities(self, activities: Sequence[Activity]) -> None:
        for activity in activities:
            if activity.name.casefold() not in self._activities:
                logger.error(
                    "The instance %s calls the activity '%s', which doesn't exist, and waits for ever",
                    activity.instance_id,
                    activity.name,
                )
            elif activity.number not in self._running:
                self._running[activity.number] = asyncio.create_task(self._run_activity(activity))

    async def _run_activity(self, activity: Activity) -> None:
        async with self._places:
            outcome = await self._outcome(activity)
        with self.store.transaction():
            self.store.finish(activity, outcome)
        del self._running[activity.number]
        self._ready.put_nowait(activity.instance_id)

    async def _outcome(self, activity: Activity) -> Event:
        """Run an activity; its exceptions, and results that are not JSON, are failures of the activity."""
        try:
            function = self._activities[activity.name.casefold()]
            argument = ActivityTriggerConverter.decode(Datum(activity.input, "json"), trigger_metadata=None)
            with self._span("activity", activity.name, activity.instance_id):
                result = await self._invoker.invoke(function, argument)
            text = ActivityTriggerConverter.encode(result, expected_type=None).value
        except Exception as error:  # noqa: BLE001  whatever an activity raises is its outcome
            reason, details = failure_reason(activity.name, error), failure_details(error)
            return event(Kind.TASK_FAILED, _now(), TaskScheduledId=activity.task_id, Reason=reason, Details=details)
        return event(Kind.TASK_COMPLETED, _now(), TaskScheduledId=activity.task_id, Result=text)

    async def _fire_timers(self) -> None:
        while True:
            self._timers_changed.clear()
            with self.store.transaction():
                due = self.store.due_timers(_now())
                for timer in due:
                    fired = event(Kind.TIMER_FIRED, _now(), TimerId=timer.task_id, FireAt=stamp(timer.fire_at))
                    self.store.fire(timer, fired)
            for timer in due:
                self._ready.put_nowait(timer.instance_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._timers_changed.wait(), self._seconds_to_next_timer())

    def _seconds_to_next_timer(self) -> float:
        next_timer = self.store.next_timer()
        if next_timer is None:
            return _LONGEST_SLEEP_SECONDS
        return min(max((next_timer - _now()).total_seconds(), 0.001), _LONGEST_SLEEP_SECONDS)


def _by_name(functions: list[Function], trigger: str) -> Mapping[str, Function]:
    """The functions with a kind of trigger; their names are the same in any case."""
    return {name.casefold(): function for name, function in by_trigger(functions, trigger).items()}


def _log(done: Turn) -> None:
    instance = done.instance
    if done.failure:
        logger.error("Orchestration '%s' (%s) failed", instance.name, instance.id, exc_info=done.failure)
    elif instance.status is Status.FAILED:
        logger.error("Orchestration '%s' (%s): %s", instance.name, instance.id, instance.output)
    elif instance.status.ended:
        logger.info("Orchestration '%s' (%s) is %s", instance.name, instance.id, instance.status)


def _now() -> datetime:
    return datetime.now(UTC)
