"""What a turn makes of the messages it gets."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
from azure.durable_functions import DurableOrchestrationContext as Context

from local.host.orchestration_history import Event, Kind, event
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn, rewound, turn

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

Steps = Generator[Any, Any, Any]


def counting(context: Context) -> Steps:
    yield context.call_activity("work")
    context.continue_as_new(context.get_input() + 1)


def working(context: Context) -> Steps:
    return (yield context.call_activity("work"))


def instance(**changes: Any) -> Instance:
    fields = {"id": "i", "name": "f", "input": '"0"', "version": None, "execution_id": "e", "created": NOW}
    return Instance(**(fields | {"updated": NOW} | changes))


def take(of: Instance, function: Any, events: Sequence[Event] = (), execution_id: str | None = None) -> Turn:
    inbox = [Message(number, each, execution_id) for number, each in enumerate(events)]
    return turn(of, inbox, NOW, df.Orchestrator.create(function))


def worked(result: str = "1") -> Event:
    return event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result=result)


def test_continue_as_new_leaves_an_instance_with_a_history_of_its_own() -> None:
    first = take(instance(), counting)
    second = take(first.instance, counting, [worked()])
    assert second.continued_as_new
    assert (second.instance.history, second.instance.input, second.instance.generation) == ((), '"1"', 1)
    assert second.instance.execution_id != first.instance.execution_id


def test_a_message_for_another_generation_is_dropped() -> None:
    first = take(instance(), working)
    ignored = take(first.instance, working, [worked()], execution_id="another")
    assert (ignored.appended, ignored.instance) == ((), first.instance)
    assert take(first.instance, working, [worked()], execution_id="e").instance.status is Status.COMPLETED


def test_a_result_that_comes_twice_counts_once() -> None:
    first = take(instance(), working)
    assert take(first.instance, working, [worked("1"), worked("2")]).instance.output == 1


def test_termination_wins_over_a_result_that_comes_with_it() -> None:
    first = take(instance(), working)
    stopped = take(first.instance, working, [worked(), event(Kind.EXECUTION_TERMINATED, NOW, Input="enough")])
    assert (stopped.instance.status, stopped.instance.output) == (Status.TERMINATED, "enough")
    assert [Kind(each["EventType"]) for each in stopped.appended] == [
        Kind.TURN_STARTED,
        Kind.TASK_COMPLETED,
        Kind.EXECUTION_TERMINATED,
        Kind.EXECUTION_COMPLETED,
        Kind.TURN_COMPLETED,
    ]


def suspended(reason: str = "wait") -> Event:
    return event(Kind.EXECUTION_SUSPENDED, NOW, Reason=reason)


def resumed(reason: str = "go on") -> Event:
    return event(Kind.EXECUTION_RESUMED, NOW, Reason=reason)


def test_a_suspended_instance_keeps_what_comes_and_plays_it_when_it_is_resumed() -> None:
    first = take(instance(), working)
    second = take(first.instance, working, [suspended()])
    assert (second.instance.status, second.instance.output) == (Status.SUSPENDED, "wait")
    third = take(second.instance, working, [worked("7")])
    assert (third.instance.status, third.scheduled) == (Status.SUSPENDED, ())
    fourth = take(third.instance, working, [resumed()])
    assert (fourth.instance.status, fourth.instance.output) == (Status.COMPLETED, 7)


def test_an_instance_that_is_suspended_and_resumed_at_once_goes_on() -> None:
    first = take(instance(), working)
    second = take(first.instance, working, [suspended(), resumed()])
    assert (second.instance.status, second.instance.output) == (Status.RUNNING, "go on")
    assert second.scheduled == (), "its activity was scheduled before"
    assert take(second.instance, working, [worked()]).instance.status is Status.COMPLETED


def test_a_suspended_instance_can_be_terminated() -> None:
    held = take(take(instance(), working).instance, working, [suspended()])
    ended = take(held.instance, working, [event(Kind.EXECUTION_TERMINATED, NOW, Input="enough")])
    assert (ended.instance.status, ended.instance.output) == (Status.TERMINATED, "enough")


def two_calls(context: Context) -> Steps:
    first = yield context.call_activity("work")
    return first + (yield context.call_activity("work"))


def failed(task_id: int) -> Event:
    return event(Kind.TASK_FAILED, NOW, TaskScheduledId=task_id, Reason="no", Details="")


def test_a_rewound_instance_keeps_what_succeeded_and_calls_again_what_failed() -> None:
    second = take(take(instance(), two_calls).instance, two_calls, [worked("1")])
    third = take(second.instance, two_calls, [failed(1)])
    assert third.instance.status is Status.FAILED
    again = take(rewound(third.instance), two_calls, [event(Kind.GENERIC_EVENT, NOW, Data="again")])
    assert [(task.id, task.name) for task in again.scheduled] == [(1, "work")]
    result = event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=1, Result="2")
    assert take(again.instance, two_calls, [result]).instance.output == 3


def test_an_orchestrator_that_failed_by_itself_runs_again_when_it_is_rewound() -> None:
    rounds = iter([True, False])

    def moody(context: Context) -> Steps:
        yield context.call_activity("work")
        if next(rounds):
            raise ValueError("not today")
        return "at last"

    second = take(take(instance(), moody).instance, moody, [worked()])
    assert second.instance.status is Status.FAILED
    again = take(rewound(second.instance), moody, [event(Kind.GENERIC_EVENT, NOW, Data="again")])
    assert (again.instance.status, again.instance.output) == (Status.COMPLETED, "at last")


def test_a_turn_changes_nothing_it_was_given() -> None:
    first = take(instance(), working)
    before = repr(first.instance)
    take(first.instance, working, [worked()])
    assert repr(first.instance) == before
