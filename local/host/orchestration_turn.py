"""One turn of an orchestration: past history and new messages in, new history and messages out.

This is the host's half of the replay protocol of azure-functions-durable 1.x, as one pure function. The engine runs it
inside a transaction; `orchestrator_replay` runs it with a simulated clock.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from local.host.orchestration_history import Event, Kind, event, kind_of, moment
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestrator_actions import (
    Action,
    Execution,
    NonDeterministicOrchestratorError,
    OrchestratorRefusedError,
    Task,
)

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
class Turn:
    """What a turn did.

    Attributes:
        instance: the instance after the turn; with an empty history if it continued as new.
        appended: the events that the turn added to the history of the generation it ran in.
        scheduled: the task to start now; empty if there is none.
        open: the task that the instance waits for.
        failure: the exception of an orchestrator that failed.
    """

    instance: Instance
    appended: tuple[Event, ...] = ()
    scheduled: tuple[Task, ...] = ()
    open: Task | None = None
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


def turn(instance: Instance, inbox: Sequence[Message], now: datetime, orchestrator: Orchestrator) -> Turn:
    """Run one turn of an instance that has not ended.

    Args:
        instance: as the last turn left it.
        inbox: the messages that wait for it, in order; those for an earlier generation are dropped.
        now: the time of the turn (aware).
        orchestrator: the SDK's entry point: the context as JSON in, the state as JSON out, or an exception.

    Returns:
        What the turn did. A turn that nothing woke changes nothing.
    """
    messages = [each.event for each in inbox if each.execution_id in (None, instance.execution_id)]
    if not messages and instance.history:
        return Turn(instance)
    new = [event(Kind.TURN_STARTED, now)]
    if not instance.history:
        new.append(_started(instance, now))
    new += messages
    for message in messages:
        if kind_of(message) is Kind.EXECUTION_TERMINATED:
            return _ended(instance, new, Status.TERMINATED, message["Input"], now)
    for message in messages:
        instance = _suspended_or_resumed(instance, message)
    if instance.status is Status.SUSPENDED:
        return _hold(instance, new, now)
    return _run(instance, new, now, orchestrator)


def _suspended_or_resumed(instance: Instance, message: Event) -> Instance:
    match kind_of(message):
        case Kind.EXECUTION_SUSPENDED:
            return replace(instance, status=Status.SUSPENDED, output=message["Reason"])
        case Kind.EXECUTION_RESUMED:
            return replace(instance, status=Status.RUNNING, output=message["Reason"])
    return instance


def _hold(instance: Instance, new: Sequence[Event], now: datetime) -> Turn:
    """Keep what comes to a suspended instance in its history: the turn that resumes it plays that."""
    appended = (*new, event(Kind.TURN_COMPLETED, now))
    return Turn(replace(instance, updated=now, history=(*instance.history, *appended)), appended=appended)


def rewound(instance: Instance) -> Instance:
    """A failed instance whose history has lost what made it fail; its next turn runs that again."""
    failed = {each["TaskScheduledId"] for each in instance.history if kind_of(each) is Kind.TASK_FAILED}

    def is_failure(what: Event) -> bool:
        match kind_of(what):
            case Kind.TASK_SCHEDULED:
                return what["EventId"] in failed
            case kind:
                return kind in (Kind.EXECUTION_COMPLETED, Kind.TASK_FAILED)

    history = tuple(_erased(each) if is_failure(each) else each for each in instance.history)
    return replace(instance, status=Status.RUNNING, history=history)


def _erased(what: Event) -> Event:
    return event(Kind.GENERIC_EVENT, moment(what["Timestamp"]), event_id=what["EventId"], Data=None)


def _started(instance: Instance, now: datetime) -> Event:
    return event(
        Kind.EXECUTION_STARTED,
        now,
        Name=instance.name,
        Input=instance.input,
        Version=instance.version,
        ParentInstance=None,
    )


def _run(instance: Instance, new: list[Event], now: datetime, orchestrator: Orchestrator) -> Turn:
    outcome = _ask(orchestrator, instance, new)
    if outcome.custom_status is not None:
        instance = replace(instance, custom_status=outcome.custom_status)
    try:
        execution = Execution(outcome.actions)
        for each in (*instance.history, *new):
            execution.take(each)
    except NonDeterministicOrchestratorError as error:
        return _ended(instance, new, Status.FAILED, str(error), now)
    except OrchestratorRefusedError as refusal:
        return _ended(instance, new, Status.FAILED, _failure_text(instance, str(refusal)), now)
    if execution.finished and outcome.error is not None:
        failed = _ended(instance, new, Status.FAILED, _failure_text(instance, outcome.error), now)
        return replace(failed, failure=outcome.failure)
    if execution.finished and outcome.is_done:
        if execution.next_input is not None:
            return Turn(_continue_as_new(instance, execution.next_input, now), appended=tuple(new))
        return _ended(instance, new, Status.COMPLETED, outcome.output, now)
    return _wait(instance, new, execution, now)


def _wait(instance: Instance, new: Sequence[Event], execution: Execution, now: datetime) -> Turn:
    scheduled = (execution.unconfirmed,) if execution.unconfirmed else ()
    appended = (*new, *(_scheduled(task, now) for task in scheduled), event(Kind.TURN_COMPLETED, now))
    return Turn(
        replace(instance, status=Status.RUNNING, updated=now, history=(*instance.history, *appended)),
        appended=appended,
        scheduled=scheduled,
        open=execution.open,
    )


def _ask(orchestrator: Orchestrator, instance: Instance, new: Sequence[Event]) -> _Outcome:
    """Let the SDK run the orchestrator and read its answer."""
    context = {
        **_PROTOCOL,
        "history": [{**each, "IsPlayed": True} for each in instance.history]
        + [{**each, "IsPlayed": False} for each in new],
        "input": None if instance.input is None else json.loads(instance.input),
        "instanceId": instance.id,
        "parentInstanceId": None,
    }
    try:
        state, failure = orchestrator(json.dumps(context)), None
    except Exception as error:  # noqa: BLE001  whatever an orchestrator raises is its outcome
        _, mark, state = str(error).rpartition(_FAILURE_MARK)
        failure = _cause(error)  # the SDK's own exception repeats all inputs, which don't belong in a log
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


def _ended(instance: Instance, new: Sequence[Event], status: Status, output: object, now: datetime) -> Turn:
    appended = (
        *new,
        event(Kind.EXECUTION_COMPLETED, now, OrchestrationStatus=str(status), Result=json.dumps(output)),
        event(Kind.TURN_COMPLETED, now),
    )
    ended = replace(instance, status=status, output=output, updated=now, history=(*instance.history, *appended))
    return Turn(ended, appended=appended)


def _continue_as_new(instance: Instance, next_input: str, now: datetime) -> Instance:
    return replace(
        instance,
        input=json.dumps(next_input),
        execution_id=uuid5(NAMESPACE_OID, instance.execution_id).hex,
        generation=instance.generation + 1,
        status=Status.RUNNING,
        updated=now,
        history=(),
    )
