"""An instance as the management API shows it, with its history if that is asked for."""

import json
from collections.abc import Sequence
from typing import Any

from local.host.orchestration_history import Event, Kind, kind_of
from local.host.orchestration_instance import Instance


def shown(instance: Instance, *, with_input: bool = True) -> dict[str, Any]:
    """The status of an instance; times are UTC, to the second."""
    return {
        "name": instance.name,
        "version": instance.version,
        "instanceId": instance.id,
        "runtimeStatus": str(instance.status),
        "input": json.loads(instance.input) if with_input and instance.input is not None else None,
        "customStatus": instance.custom_status,
        "output": instance.output,
        "createdTime": f"{instance.created:%Y-%m-%dT%H:%M:%SZ}",
        "lastUpdatedTime": f"{instance.updated:%Y-%m-%dT%H:%M:%SZ}",
    }


def shown_history(history: Sequence[Event], trace_parent: str, *, with_output: bool) -> list[dict[str, Any]]:
    """The events of a history that callers see: what was scheduled is shown with its end, turns are left out.

    Args:
        history: the events of one generation.
        trace_parent: the trace that the instance was started in.
        with_output: whether to show the results of activities and of the instance.
    """
    scheduled = {each["EventId"]: each for each in history if kind_of(each) is Kind.TASK_SCHEDULED}
    events = []
    for each in history:
        fields = _fields(each, scheduled, trace_parent)
        if fields is not None:
            if not with_output:
                fields.pop("Result", None)
            events.append({"EventType": _NAMES[kind_of(each)], **fields, "Timestamp": each["Timestamp"]})
    return events


_NAMES = {
    Kind.EXECUTION_STARTED: "ExecutionStarted",
    Kind.EXECUTION_COMPLETED: "ExecutionCompleted",
    Kind.EXECUTION_TERMINATED: "ExecutionTerminated",
    Kind.TASK_COMPLETED: "TaskCompleted",
    Kind.TASK_FAILED: "TaskFailed",
    Kind.TIMER_CREATED: "TimerCreated",
    Kind.TIMER_FIRED: "TimerFired",
    Kind.GENERIC_EVENT: "GenericEvent",
    Kind.EXECUTION_SUSPENDED: "ExecutionSuspended",
    Kind.EXECUTION_RESUMED: "ExecutionResumed",
}


def _fields(what: Event, scheduled: dict[int, Event], trace_parent: str) -> dict[str, Any] | None:
    """What is shown of an event besides its type and time; None if it isn't shown."""
    match kind_of(what):
        case Kind.TASK_SCHEDULED | Kind.TURN_STARTED | Kind.TURN_COMPLETED:
            return None
        case Kind.EXECUTION_STARTED:
            trace = {"TraceParent": trace_parent} if trace_parent else None
            return {"Input": what["Input"], "ParentTraceContext": trace, "Generation": 0, "FunctionName": what["Name"]}
        case Kind.TASK_COMPLETED:
            return {"Result": json.loads(what["Result"])} | _scheduled(scheduled[what["TaskScheduledId"]])
        case Kind.TASK_FAILED:
            return _given(what, "Reason", "Details") | _scheduled(scheduled[what["TaskScheduledId"]])
        case Kind.EXECUTION_COMPLETED:
            return {"OrchestrationStatus": what["OrchestrationStatus"], "Result": json.loads(what["Result"])}
    return _given(what, "FireAt", "Input", "Reason", "Data")


def _scheduled(event: Event) -> dict[str, Any]:
    return {"ScheduledTime": event["Timestamp"], "FunctionName": event["Name"], "Input": None}


def _given(what: Event, *names: str) -> dict[str, Any]:
    return {name: what[name] for name in names if name in what}
