"""What a turn makes of the messages it gets."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
from azure.durable_functions import DurableOrchestrationContext as Context

from local.host.orchestration_history import Event, Kind, event
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn, turn

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
    return turn(of, inbox, NOW, df.Orchestrator.create(function), lambda *_: True)


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


def test_an_unknown_activity_fails_the_instance_by_name() -> None:
    done = turn(instance(), [], NOW, df.Orchestrator.create(working), lambda *_: False)
    assert done.instance.status is Status.FAILED
    assert "The function 'work' doesn't exist, is disabled, or is not an activity function." in done.instance.output


def test_a_turn_changes_nothing_it_was_given() -> None:
    first = take(instance(), working)
    before = repr(first.instance)
    take(first.instance, working, [worked()])
    assert repr(first.instance) == before
