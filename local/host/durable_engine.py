"""The durable engine: takes the turns of orchestrations, runs their activities, fires their timers.

One turn is one transaction, so it happens exactly once; an activity is run again if the host dies before its end is
recorded. All of it runs on the event loop's thread except the code of activities.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from azure.functions.durable_functions import ActivityTriggerConverter
from azure.functions.meta import Datum
from opentelemetry.trace import Span, SpanKind

from local.host.function_invocation import Invoker
from local.host.function_loader import ACTIVITY, ORCHESTRATION, Function, by_trigger
from local.host.host_telemetry import Trace, here, span
from local.host.orchestration_history import Event, Kind, event, stamp
from local.host.orchestration_instance import Instance, Parent, Status
from local.host.orchestration_turn import Turn, turn
from local.host.orchestrator_actions import Task
from local.host.task_hub_store import Activity, Store

logger = logging.getLogger(__name__)

_ACTIVITIES_AT_ONCE = 16
_LONGEST_NAP = 60.0  # seconds; a laptop that slept notices what fell due within this time


class UnknownOrchestratorError(Exception):
    """The app has no orchestrator of that name."""


class AlreadyRunningError(Exception):
    """An instance of that id has not ended."""


class Engine:
    """Runs the orchestrations of one task hub.

    Args:
        store: the state.
        functions: the functions of the app.
        invoker: calls the activities.
        default_version: of instances that are started without one.
        overrides_running: whether a start replaces a running instance of the same id.
    """

    def __init__(
        self,
        store: Store,
        functions: list[Function],
        invoker: Invoker,
        *,
        default_version: str | None,
        overrides_running: bool,
    ) -> None:
        self.store = store
        self._orchestrators: Mapping[str, Function] = by_trigger(functions, ORCHESTRATION)
        self._activities: Mapping[str, Function] = by_trigger(functions, ACTIVITY)
        self._invoker = invoker
        self._default_version = default_version
        self._overrides_running = overrides_running
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._timers_changed = asyncio.Event()
        self._places = asyncio.Semaphore(_ACTIVITIES_AT_ONCE)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Go on where the last process left off."""
        self._loops = [asyncio.create_task(self._take_turns()), asyncio.create_task(self._fire_timers())]
        for instance_id in self.store.ready():
            self._ready.put_nowait(instance_id)
        self._run_activities(self.store.activities())

    async def wait(self) -> None:
        """Return never; raise what made the engine fail, such as a full disk."""
        await asyncio.gather(*self._loops)

    async def stop(self) -> None:
        """Stop working; what is unfinished is done again by the next process."""
        tasks = [*self._loops, *self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin(
        self, name: str, instance_id: str | None, input_text: str | None, version: str | None, trace: Trace
    ) -> str:
        """Start an instance as part of a trace and return its id; `input_text` is JSON text.

        Raises:
            UnknownOrchestratorError: the app has no such orchestrator.
            AlreadyRunningError: an instance of that id has not ended and may not be replaced.
        """
        if name not in self._orchestrators:
            raise UnknownOrchestratorError(
                f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function."
            )
        with span(f"create_orchestration:{name}", trace, SpanKind.PRODUCER), self.store.transaction():
            existing = self.store.instance(instance_id) if instance_id else None
            if existing and not existing.status.ended and not self._overrides_running:
                raise AlreadyRunningError(
                    f"An Orchestration instance with the status {existing.status} already exists."
                )
            instance = self._new_instance(name, instance_id or uuid4().hex, input_text, version)
            self.store.create(instance, here().trace_parent)
        self._ready.put_nowait(instance.id)
        return instance.id

    def tell(self, instance_id: str, kind: Kind, **fields: str) -> None:
        """Send an event from outside to an instance."""
        with self.store.transaction():
            self.store.send(instance_id, event(kind, _now()) | fields)
        self._ready.put_nowait(instance_id)

    def _new_instance(
        self, name: str, instance_id: str, input_text: str | None, version: str | None, parent: Parent | None = None
    ) -> Instance:
        now = _now()
        return Instance(
            id=instance_id,
            name=name,
            input=input_text,
            version=version if version is not None else self._default_version,
            execution_id=uuid4().hex,
            created=now,
            updated=now,
            parent=parent,
        )

    async def _take_turns(self) -> None:
        while True:
            instance_id = await self._ready.get()
            try:
                self._take_turn(instance_id)
            except Exception:
                logger.exception("A turn of the orchestration '%s' could not be taken", instance_id)
            await asyncio.sleep(0)  # requests and activities get their chance between two turns

    def _take_turn(self, instance_id: str) -> None:
        with self.store.transaction():
            instance = self.store.instance(instance_id)
            inbox = self.store.inbox(instance_id)
            if instance is None or instance.status.ended or not (inbox or not instance.history):
                return
            with self._span("orchestration", instance.name, instance_id):
                done = turn(instance, inbox, _now(), self._entry_point(instance.name), self._knows)
            self.store.save(done, inbox)
            children = [task for task in done.scheduled if task.kind is Kind.CHILD_CREATED]
            for child in children:
                self._begin_child(done.instance, child)
            if done.reply:
                self.store.send(done.reply.to.instance_id, done.reply.event, done.reply.to.execution_id)
        self._go_on(done, children)

    def _go_on(self, done: Turn, children: Sequence[Task]) -> None:
        """Wake whoever the turn gave something to do."""
        _log(done)
        instance = done.instance
        if done.continued_as_new:
            self._ready.put_nowait(instance.id)
        for child in children:
            self._ready.put_nowait(child.fields["InstanceId"])
            self._ready.put_nowait(instance.id)
        if done.reply:
            self._ready.put_nowait(done.reply.to.instance_id)
        if any(task.kind is Kind.TASK_SCHEDULED for task in done.scheduled):
            self._run_activities(self.store.activities(instance.id))
        if any(task.kind is Kind.TIMER_CREATED for task in done.scheduled):
            self._timers_changed.set()

    def _begin_child(self, parent: Instance, task: Task) -> None:
        child_id = task.fields["InstanceId"]
        existing = self.store.instance(child_id)
        if existing and not existing.status.ended:
            reason = f"An Orchestration instance with the status {existing.status} already exists."
            failed = event(Kind.CHILD_FAILED, _now(), TaskScheduledId=task.id, Reason=reason, Details="")
            self.store.send(parent.id, failed, parent.execution_id)
            return
        of = Parent(parent.id, parent.execution_id, task.id)
        input_text = json.dumps(task.fields["Input"])
        child = self._new_instance(task.name or "", child_id, input_text, task.fields["Version"], of)
        self.store.create(child, self.store.trace_parent(parent.id))

    def _span(self, kind: str, name: str, instance_id: str) -> AbstractContextManager[Span]:
        """A span of a turn or an activity.

        All are children of the span that started the instance, where the real ones of activities are children of the
        orchestration's, which is written when that ends.
        """
        trace = Trace(self.store.trace_parent(instance_id))
        described = {"durabletask.type": kind, "durabletask.task.instance_id": instance_id}
        return span(f"{kind}:{name}", trace, SpanKind.SERVER, described)

    def _entry_point(self, name: str) -> Any:  # noqa: ANN401  the SDK's handle, or one that fails
        if name in self._orchestrators:
            return self._orchestrators[name].call

        def missing(_: str) -> str:
            raise UnknownOrchestratorError("the app no longer has this orchestrator")

        return missing

    def _knows(self, kind: Kind, name: str) -> bool:
        return name in (self._activities if kind is Kind.TASK_SCHEDULED else self._orchestrators)

    def _run_activities(self, activities: Sequence[Activity]) -> None:
        for activity in activities:
            if activity.number not in self._under_way:
                task = asyncio.create_task(self._run_activity(activity))
                self._under_way[activity.number] = task

    async def _run_activity(self, activity: Activity) -> None:
        async with self._places:
            outcome = await self._outcome(activity)
        with self.store.transaction():
            self.store.finish(activity, outcome)
        del self._under_way[activity.number]
        self._ready.put_nowait(activity.instance_id)

    async def _outcome(self, activity: Activity) -> Event:
        """Run an activity; its exceptions, and results that are not JSON, are failures of the activity."""
        try:
            function = self._activities[activity.name]
            argument = ActivityTriggerConverter.decode(Datum(activity.input, "json"), trigger_metadata=None)
            with self._span("activity", activity.name, activity.instance_id):
                result = await self._invoker.invoke(function, argument, here())
            text = ActivityTriggerConverter.encode(result, expected_type=None).value
        except Exception as error:  # noqa: BLE001  whatever an activity raises is its outcome
            reason = f"Activity function '{activity.name}' failed: {type(error).__name__}: {error}"
            return event(Kind.TASK_FAILED, _now(), TaskScheduledId=activity.task_id, Reason=reason, Details="")
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
                await asyncio.wait_for(self._timers_changed.wait(), self._nap())

    def _nap(self) -> float:
        next_timer = self.store.next_timer()
        if next_timer is None:
            return _LONGEST_NAP
        return min(max((next_timer - _now()).total_seconds(), 0.001), _LONGEST_NAP)


def _log(done: Turn) -> None:
    instance = done.instance
    for note in done.notes:
        logger.warning("Orchestration '%s' (%s): %s", instance.name, instance.id, note)
    if done.failure:
        logger.error("Orchestration '%s' (%s) failed", instance.name, instance.id, exc_info=done.failure)
    elif instance.status is Status.FAILED:
        logger.error("Orchestration '%s' (%s): %s", instance.name, instance.id, instance.output)
    elif instance.status.ended:
        logger.info("Orchestration '%s' (%s) is %s", instance.name, instance.id, instance.status)


def _now() -> datetime:
    return datetime.now(UTC)
