"""What only a turn with several messages at once shows."""

from collections.abc import Generator, Sequence
from datetime import UTC, datetime
from typing import Any

import azure.durable_functions as df
from azure.durable_functions import DurableOrchestrationContext as Context

from local.host.orchestration_history import Event, Kind, event
from local.host.orchestration_instance import Instance, Message, Parent, Status
from local.host.orchestration_turn import Turn, turn

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

Steps = Generator[Any, Any, Any]


def counting(context: Context) -> Steps:
    yield context.wait_for_external_event("go")
    context.continue_as_new(context.get_input() + 1)


def working(context: Context) -> Steps:
    return (yield context.call_activity("work"))


def instance(**changes: Any) -> Instance:
    fields = {"id": "i", "name": "f", "input": '"0"', "version": None, "execution_id": "e", "created": NOW}
    return Instance(**(fields | {"updated": NOW} | changes))


def take(of: Instance, function: Any, events: Sequence[Event] = (), execution_id: str | None = None) -> Turn:
    inbox = [Message(number, each, execution_id) for number, each in enumerate(events)]
    return turn(of, inbox, NOW, df.Orchestrator.create(function), lambda *_: True)


def go() -> Event:
    return event(Kind.EVENT_RAISED, NOW, Name="go", Input="1")


def test_an_event_after_continue_as_new_stays_for_the_next_generation() -> None:
    first = take(instance(), counting)
    second = take(first.instance, counting, [go(), go()])
    assert second.continued_as_new
    assert second.kept == {1}
    assert (second.instance.history, second.instance.input, second.instance.generation) == ((), '"1"', 1)
    assert second.instance.execution_id != first.instance.execution_id


def test_a_message_for_another_generation_is_dropped() -> None:
    first = take(instance(), working)
    done = event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result="1")
    ignored = take(first.instance, working, [done], execution_id="another")
    assert (ignored.appended, ignored.kept, ignored.instance) == ((), frozenset(), first.instance)
    assert take(first.instance, working, [done], execution_id="e").instance.status is Status.COMPLETED


def test_a_result_that_comes_twice_counts_once() -> None:
    first = take(instance(), working)
    done = [event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result=result) for result in ("1", "2")]
    assert take(first.instance, working, done).instance.output == 1


def test_what_comes_between_suspend_and_resume_is_delivered_after_it() -> None:
    first = take(instance(), working)
    done = event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result="1")
    suspended, resumed = event(Kind.SUSPENDED, NOW, Input=""), event(Kind.RESUMED, NOW, Input="")
    held = take(first.instance, working, [suspended, done])
    assert (held.instance.status, held.kept) == (Status.SUSPENDED, frozenset({1}))
    assert take(first.instance, working, [suspended, done, resumed]).instance.status is Status.COMPLETED


def test_a_child_answers_its_parent_however_it_ends() -> None:
    child = instance(parent=Parent("p", "pe", 3))
    first = take(child, working)
    done = take(first.instance, working, [event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result="[1]")])
    assert done.reply is not None
    assert (done.reply.to, done.reply.event["TaskScheduledId"], done.reply.event["Result"]) == (child.parent, 3, "[1]")
    stopped = take(first.instance, working, [event(Kind.EXECUTION_TERMINATED, NOW, Input="enough")])
    assert stopped.reply is not None
    assert stopped.reply.event["EventType"] == Kind.CHILD_FAILED
    assert "enough" in stopped.reply.event["Reason"]


def test_unknown_functions_fail_the_instance_by_name() -> None:
    done = turn(instance(), [], NOW, df.Orchestrator.create(working), lambda *_: False)
    assert done.instance.status is Status.FAILED
    assert "The function 'work' doesn't exist, is disabled, or is not an activity function." in done.instance.output


def test_a_turn_changes_nothing_it_was_given() -> None:
    first = take(instance(), working)
    before = repr(first.instance)
    take(first.instance, working, [event(Kind.TASK_COMPLETED, NOW, TaskScheduledId=0, Result="1")])
    assert repr(first.instance) == before
