"""What an orchestrator may do: what this host does not support, and what would differ from its history, is refused."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.durable_functions as df
import pytest
from azure.durable_functions import DurableOrchestrationContext as Context

from local.host.orchestration_instance import Status
from local.host.orchestrator_actions import Execution, OrchestratorRefusedError
from local.host.orchestrator_replay import Replay

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=3)

Steps = Generator[Any, Any, Any]


def cancelled_timer(context: Context) -> Any:
    timer = context.create_timer(context.current_utc_datetime + DAY)
    timer.cancel()
    return timer


UNSUPPORTED: list[tuple[str, Callable[[Context], Any]]] = [
    ("the action CALL_SUB_ORCHESTRATOR of", lambda context: context.call_sub_orchestrator("child")),
    (
        "the action CALL_SUB_ORCHESTRATOR_WITH_RETRY of",
        lambda context: context.call_sub_orchestrator_with_retry("child", RETRY),
    ),
    ("the action WAIT_FOR_EXTERNAL_EVENT of", lambda context: context.wait_for_external_event("go")),
    ("the action CALL_ENTITY of", lambda context: context.call_entity(df.EntityId("counter", "1"), "add", 1)),
    ("the action CALL_HTTP of", lambda context: context.call_http("GET", "https://example.com")),
    ("the action WHEN_ALL of", lambda context: context.task_all([context.call_activity(name) for name in "ab"])),
    ("the action WHEN_ANY of", lambda context: context.task_any([context.call_activity(name) for name in "ab"])),
    ("cancelling a timer", cancelled_timer),
]


@pytest.mark.parametrize(("what", "action"), UNSUPPORTED, ids=[what for what, _ in UNSUPPORTED])
def test_an_unsupported_action_fails_the_instance_by_name(what: str, action: Callable[[Context], Any]) -> None:
    def asking(context: Context) -> Steps:
        yield context.call_activity("first")
        yield action(context)

    run = Replay(asking, name="asking", now=NOW)
    assert [call.name for call in run.activities] == ["first"]
    run.complete("first")
    assert run.status is Status.FAILED
    assert run.output.startswith(f"Orchestrator function 'asking' failed: The local host does not support {what}")


def test_signalling_an_entity_is_refused_though_nothing_waits_for_it() -> None:
    def signalling(context: Context) -> None:
        context.signal_entity(df.EntityId("counter", "1"), "add", 1)

    run = Replay(signalling, name="signalling", now=NOW)
    assert "does not support the action SIGNAL_ENTITY of an orchestrator" in run.output


def test_an_action_without_a_name_is_refused_by_its_number() -> None:
    with pytest.raises(OrchestratorRefusedError, match="does not support the action number 99 of an orchestrator"):
        Execution([{"actionType": 99}])


DETECTED = "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled "
CHANGED = "Was a change made to the orchestrator code after this instance had already started running?"


def call(name: str) -> Callable[[Context], Any]:
    return lambda context: context.call_activity(name)


def sleep(context: Context) -> Any:
    return context.create_timer(context.current_utc_datetime + DAY)


@pytest.mark.parametrize(
    ("actions", "difference"),
    [
        (
            (call("monday"), call("tuesday")),
            (
                "an activity task with sequence number 0 named 'monday', but the current orchestration replay instead "
                "scheduled an activity task named 'tuesday' with this sequence number. "
            ),
        ),
        (
            (call("monday"), sleep),
            (
                "an activity task with sequence number 0 named 'monday', but the current orchestration replay instead "
                "produced a CreateTimerOrchestratorAction action with this sequence number."
            ),
        ),
        (
            (sleep, call("monday")),
            (
                "a timer task with sequence number 0 named but the current orchestration replay instead produced a "
                "ScheduleTaskOrchestratorAction action with this sequence number."
            ),
        ),
        (
            (call("monday"), None),
            (
                "an activity task with sequence ID 0 and name 'monday' (version ''), but the current replay execution "
                "hasn't (yet?) scheduled this task."
            ),
        ),
        (
            (sleep, None),
            "a timer task with sequence number 0 but the current replay execution hasn't (yet?) scheduled this task.",
        ),
    ],
)
def test_another_task_than_the_last_time_fails_the_instance_with_the_platforms_text(
    actions: tuple[Callable[[Context], Any] | None, ...], difference: str
) -> None:
    versions = iter(actions)

    def moody(context: Context) -> Steps:
        action = next(versions)
        if action:
            yield action(context)

    run = Replay(moody, name="moody", now=NOW)
    if run.timers:
        run.fire_next_timer()
    else:
        run.complete("monday")
    assert run.status is Status.FAILED
    assert run.output == f"{DETECTED}{difference} {CHANGED}"


def test_another_input_or_a_name_in_another_case_is_no_difference() -> None:
    turns = iter(["monday", "MONDAY"])

    def moody(context: Context) -> Steps:
        name = next(turns)
        return (yield context.call_activity(name, name))

    run = Replay(moody, name="moody", now=NOW)
    run.complete("monday", 1)
    assert (run.status, run.output) == (Status.COMPLETED, 1)
