"""One turn of an orchestration: past history and new messages in, new history and messages out.

This is the host's half of the replay protocol of azure-functions-durable 1.x, as one pure function: no I/O, no clock.
The engine runs it inside a transaction, `replay` runs it with a free clock.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from local.host.orchestration_history import Event, Kind, event, kind_of
from local.host.orchestration_instance import Instance, Message, Parent, Status
from local.host.orchestrator_actions import Action, Awaiting, Knows, Refused, Task, describe

Orchestrator = Callable[[str], str]

_FAILURE_MARK = "\n\n$OutOfProcData$:"

_PROTOCOL = {
    "isReplaying": False,
    "upperSchemaVersion": 1,
    "upperSchemaVersionNew": 2,
    "longRunningTimerIntervalDuration": "3.00:00:00",
    "maximumShortTimerDuration": "6.00:00:00",
    "defaultHttpAsyncRequestSleepTimeMillseconds": 30000,
}


@dataclass(frozen=True)
class Reply:
    """What an ended sub-orchestration tells its parent."""

    to: Parent
    event: Event


@dataclass(frozen=True)
class Turn:
    """What a turn did.

    Attributes:
        instance: the instance after the turn; with an empty history if it continued as new.
        appended: the events that the turn added to the history of the generation it ran in.
        kept: numbers of the messages that stay in the inbox for later.
        scheduled: tasks to start now: activities, sub-orchestrations, timers.
        open: all tasks that are not settled yet.
        waited_for: names of the external events that the instance waits for.
        reply: for the parent, if there is one and this instance ended.
        notes: what a developer should know: why an instance that looks done isn't.
        failure: the exception of an orchestrator that failed.
    """

    instance: Instance
    appended: tuple[Event, ...] = ()
    kept: frozenset[int] = frozenset()
    scheduled: tuple[Task, ...] = ()
    open: tuple[Task, ...] = ()
    waited_for: tuple[str, ...] = ()
    reply: Reply | None = None
    notes: tuple[str, ...] = ()
    failure: Exception | None = None

    @property
    def continued_as_new(self) -> bool:
        """Whether a new generation waits for its first turn."""
        return not self.instance.history and not self.instance.status.ended and bool(self.appended)


@dataclass(frozen=True)
class _Outcome:
    actions: Sequence[Action]
    is_done: bool
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    failure: Exception | None = None


def turn(instance: Instance, inbox: Sequence[Message], now: datetime, orchestrator: Orchestrator, knows: Knows) -> Turn:
    """Run one turn of an instance that has not ended.

    Args:
        instance: as the last turn left it.
        inbox: the messages that wait for it, in order.
        now: the time of the turn (aware).
        orchestrator: the SDK's entry point: the context as JSON in, the state as JSON out, or an exception.
        knows: whether the app has an activity or orchestrator of that name.

    Returns:
        What the turn did. A turn that nothing woke (all messages are held back while suspended) changes nothing.
    """
    delivery = _deliver(instance, inbox)
    if not delivery.now and (instance.history or delivery.suspended):
        return Turn(instance, kept=delivery.held)
    new = [event(Kind.TURN_STARTED, now)]
    if not instance.history:
        new.append(_started(instance, now))
    if any(kind_of(message.event) is Kind.EXECUTION_TERMINATED for message in delivery.now):
        return _terminate(instance, new, delivery, now)
    return _run(instance, new, delivery, now, orchestrator, knows)


@dataclass(frozen=True)
class _Delivery:
    now: Sequence[Message]
    held: frozenset[int]
    suspended: bool


def _deliver(instance: Instance, inbox: Sequence[Message]) -> _Delivery:
    """Sort the inbox: what is delivered now, what is held back while the instance is suspended."""
    suspended = instance.status is Status.SUSPENDED
    delivered: list[Message] = []
    held: list[Message] = []
    for message in inbox:
        if message.execution_id not in (None, instance.execution_id):
            continue
        match kind_of(message.event):
            case Kind.SUSPENDED:
                suspended = True
                delivered.append(message)
            case Kind.RESUMED:
                suspended = False
                delivered += [message, *held]
                held = []
            case Kind.EXECUTION_TERMINATED:
                delivered.append(message)
            case _:
                (held if suspended else delivered).append(message)
    return _Delivery(delivered, frozenset(message.number for message in held), suspended)


def _started(instance: Instance, now: datetime) -> Event:
    parent = {"InstanceId": instance.parent.instance_id} if instance.parent else None
    return event(
        Kind.EXECUTION_STARTED,
        now,
        Name=instance.name,
        Input=instance.input,
        Version=instance.version,
        ParentInstance=parent,
    )


def _terminate(instance: Instance, new: Sequence[Event], delivery: _Delivery, now: datetime) -> Turn:
    events = [message.event for message in delivery.now]
    reason = next(each["Input"] for each in events if kind_of(each) is Kind.EXECUTION_TERMINATED)
    return _ended(instance, [*new, *events], Status.TERMINATED, reason, now)


def _run(
    instance: Instance,
    new: list[Event],
    delivery: _Delivery,
    now: datetime,
    orchestrator: Orchestrator,
    knows: Knows,
) -> Turn:
    outcome = _ask(orchestrator, instance, [*new, *(message.event for message in delivery.now)])
    if outcome.custom_status is not None:
        instance = replace(instance, custom_status=outcome.custom_status)
    awaiting = Awaiting(outcome.actions, instance.execution_id, knows)
    try:
        for past in (*instance.history, *new):
            awaiting.take(past)
        taken = [message for message in delivery.now if awaiting.take(message.event)]
    except Refused as refusal:
        return _ended(instance, new, Status.FAILED, _failure_text(instance, str(refusal)), now)
    new += [message.event for message in taken]
    kept = delivery.held | {message.number for message in delivery.now if message not in taken}
    over = awaiting.finished is not None and awaiting.finished.done and not awaiting.open
    if over and outcome.error is not None:
        failed = _ended(instance, new, Status.FAILED, _failure_text(instance, outcome.error), now)
        return replace(failed, failure=outcome.failure)
    if over and outcome.is_done and awaiting.next_input is not None:
        again = _continue_as_new(instance, awaiting.next_input, now, suspended=delivery.suspended)
        return Turn(again, appended=tuple(new), kept=kept)
    if over and outcome.is_done:
        return _ended(instance, new, Status.COMPLETED, outcome.output, now)
    return _wait(instance, new, kept, outcome, awaiting, now, suspended=delivery.suspended)


def _wait(
    instance: Instance,
    new: Sequence[Event],
    kept: frozenset[int],
    outcome: _Outcome,
    awaiting: Awaiting,
    now: datetime,
    *,
    suspended: bool,
) -> Turn:
    scheduled = tuple(awaiting.unconfirmed.values())
    appended = (*new, *(_scheduled(task, now) for task in scheduled), event(Kind.TURN_COMPLETED, now))
    status = Status.SUSPENDED if suspended else Status.RUNNING
    return Turn(
        replace(instance, status=status, updated=now, history=(*instance.history, *appended)),
        appended=appended,
        kept=kept,
        scheduled=scheduled,
        open=tuple(awaiting.open.values()),
        waited_for=tuple(awaiting.waited_for),
        notes=_notes(outcome, awaiting),
    )


def _ask(orchestrator: Orchestrator, instance: Instance, new: Sequence[Event]) -> _Outcome:
    """Let the SDK run the orchestrator and read its answer."""
    context = {
        **_PROTOCOL,
        "history": [{**each, "IsPlayed": True} for each in instance.history]
        + [{**each, "IsPlayed": False} for each in new],
        "input": None if instance.input is None else json.loads(instance.input),
        "instanceId": instance.id,
        "parentInstanceId": instance.parent.instance_id if instance.parent else None,
    }
    try:
        state, failure = orchestrator(json.dumps(context)), None
    except Exception as error:  # noqa: BLE001  whatever an orchestrator raises is its outcome
        _, mark, state = str(error).rpartition(_FAILURE_MARK)
        failure = _cause(error)  # the SDK's own exception repeats all inputs, which are nothing for a log
        if not mark:
            return _Outcome(actions=(), is_done=False, error=str(error) or repr(error), failure=error)
    answer = json.loads(state)
    return _Outcome(
        actions=[action for batch in answer["actions"] for action in batch],
        is_done=answer["isDone"],
        output=answer.get("output"),
        error=answer.get("error"),
        custom_status=answer.get("customStatus"),
        failure=failure,
    )


def _cause(error: Exception) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, Exception) else error


def _scheduled(task: Task, now: datetime) -> Event:
    name = {} if task.name is None else {"Name": task.name}
    return event(task.kind, now, event_id=task.id, **name, **task.fields)


def _failure_text(instance: Instance, error: str) -> str:
    return f"Orchestrator function '{instance.name}' failed: {error}"


def _ended(instance: Instance, new: list[Event], status: Status, output: object, now: datetime) -> Turn:
    ending = [
        event(Kind.EXECUTION_COMPLETED, now, OrchestrationStatus=str(status), Result=json.dumps(output)),
        event(Kind.TURN_COMPLETED, now),
    ]
    appended = (*new, *ending)
    ended = replace(instance, status=status, output=output, updated=now, history=(*instance.history, *appended))
    return Turn(ended, appended=appended, reply=_reply(ended, now))


def _reply(instance: Instance, now: datetime) -> Reply | None:
    if instance.parent is None:
        return None
    task_id = instance.parent.task_id
    if instance.status is Status.COMPLETED:
        answer = event(Kind.CHILD_COMPLETED, now, TaskScheduledId=task_id, Result=json.dumps(instance.output))
    else:
        reason = f"The sub-orchestrator function '{instance.name}' failed: \"{instance.output}\""
        answer = event(Kind.CHILD_FAILED, now, TaskScheduledId=task_id, Reason=reason, Details="")
    return Reply(instance.parent, answer)


def _continue_as_new(instance: Instance, next_input: str, now: datetime, *, suspended: bool) -> Instance:
    return replace(
        instance,
        input=json.dumps(next_input),
        execution_id=uuid5(NAMESPACE_OID, instance.execution_id).hex,
        generation=instance.generation + 1,
        status=Status.SUSPENDED if suspended else Status.RUNNING,
        updated=now,
        history=(),
    )


def _notes(outcome: _Outcome, awaiting: Awaiting) -> tuple[str, ...]:
    notes = []
    if awaiting.past is not None:
        notes.append(f"the orchestrator went past an action the host still awaits: {describe(awaiting.past)}")
    if (outcome.is_done or outcome.error is not None) and awaiting.open:
        tasks = ", ".join(str(task) for task in awaiting.open.values())
        notes.append(f"the orchestrator has ended, but the instance stays Running until these do: {tasks}")
    return tuple(notes)
