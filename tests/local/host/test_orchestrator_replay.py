"""An orchestrator on its own: the turns that the engine takes too, with a simulated clock."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import azure.durable_functions as df
import pytest
from azure.durable_functions import DurableOrchestrationContext as Context
from hypothesis import given, settings
from hypothesis import strategies as st

from local.host.orchestration_instance import Status
from local.host.orchestrator_replay import EndlessLoopError, Replay

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=3)

Steps = Generator[Any, Any, Any]


def replay(orchestrator: Callable[..., Any], **arguments: Any) -> Replay:
    return Replay(orchestrator, name=orchestrator.__name__, now=NOW, **arguments)


def in_order(context: Context) -> Steps:
    first = yield context.call_activity("first", context.get_input())
    context.set_custom_status({"after": "first"})
    second = yield context.call_activity("second", first + 1)
    return [first, second]


def patient(context: Context) -> Steps:
    yield context.create_timer(context.current_utc_datetime + DAY)
    return "time is up"


def persistent(context: Context) -> Steps:
    return (yield context.call_activity_with_retry("flaky", RETRY, 7))


def eternal(context: Context) -> Steps:
    round_ = context.get_input()
    yield context.call_activity("work", round_)
    yield context.create_timer(context.current_utc_datetime + DAY)
    context.continue_as_new(round_ + 1)


def test_activities_one_after_another() -> None:
    run = replay(in_order, input=41)
    assert [(call.name, call.input) for call in run.activities] == [("first", 41)]
    run.complete("first", 1)
    assert run.custom_status == {"after": "first"}
    assert [(call.name, call.input) for call in run.activities] == [("second", 2)]
    assert run.status is Status.RUNNING
    run.complete("second", "done")
    assert (run.status, run.output, run.activities, run.timers) == (Status.COMPLETED, [1, "done"], [], [])


def test_a_failed_activity_raises_in_the_orchestrator() -> None:
    def careful(context: Context) -> Steps:
        try:
            yield context.call_activity("risky")
        except Exception as error:  # noqa: BLE001  the SDK raises nothing narrower
            return f"caught {error}"

    run = replay(careful)
    run.fail("risky", "the disk is full")
    assert run.output.startswith("caught Activity function 'risky' failed: the disk is full")


def test_an_exception_fails_the_orchestration() -> None:
    def fails(context: Context) -> Steps:
        yield context.call_activity("fine")
        raise ValueError("nothing works")

    run = replay(fails)
    run.complete("fine")
    assert (run.status, run.output) == (Status.FAILED, "Orchestrator function 'fails' failed: nothing works")


def test_an_orchestrator_without_a_yield() -> None:
    def plain(context: Context) -> Any:
        return context.instance_id

    run = replay(plain, instance_id="i")
    assert (run.status, run.output) == (Status.COMPLETED, "i")


def test_a_timer_moves_the_clock_and_nothing_else_does() -> None:
    run = replay(patient)
    assert [timer.fire_at for timer in run.timers] == [NOW + DAY]
    run.advance(timedelta(hours=23))
    assert run.status is Status.RUNNING
    assert run.fire_next_timer() == run.now == NOW + DAY
    assert (run.status, run.output) == (Status.COMPLETED, "time is up")
    with pytest.raises(LookupError, match="no timer is set"):
        run.fire_next_timer()


@pytest.mark.parametrize("off", [timedelta(seconds=-1), timedelta(seconds=30)])
def test_a_timer_can_fire_early_or_late(off: timedelta) -> None:
    run = replay(patient)
    assert run.fire_next_timer(NOW + DAY + off) == run.now == NOW + DAY + off
    assert run.status is Status.COMPLETED


def test_a_timer_fires_at_its_own_time_when_the_clock_moves_past_it() -> None:
    def clocked(context: Context) -> Steps:
        yield context.create_timer(context.current_utc_datetime + DAY)
        return context.current_utc_datetime.isoformat()

    run = replay(clocked)
    run.advance(3 * DAY)
    assert (run.output, run.now) == ((NOW + DAY).isoformat(), NOW + 3 * DAY)


def test_a_retry_waits_and_tries_again() -> None:
    run = replay(persistent)
    run.fail("flaky")
    assert run.fire_next_timer() == NOW + timedelta(minutes=1)
    assert [call.input for call in run.activities] == [7]
    run.complete("flaky", "at last")
    assert run.output == "at last"


def test_a_retry_gives_up_after_the_last_attempt() -> None:
    run = replay(persistent)
    for _ in range(3):
        run.fail("flaky", "again")
        run.fire_next_timer()
    assert run.status is Status.FAILED
    assert "Activity function 'flaky' failed: again" in run.output
    assert run.now == NOW + timedelta(minutes=2)  # the timer after the last attempt is due at once


def test_continue_as_new_starts_over_with_a_short_history() -> None:
    run = replay(eternal, input=0)
    for round_ in range(30):
        assert [call.input for call in run.activities] == [round_]
        run.complete("work")
        run.fire_next_timer()
    assert (run.generations, run.now) == (30, NOW + 30 * DAY)
    assert len(run.history) == 4


def test_continuing_as_new_without_ever_waiting_is_an_endless_loop() -> None:
    def looping(context: Context) -> None:
        context.continue_as_new(context.get_input())

    with pytest.raises(EndlessLoopError, match="'looping' continued as new 100 times without waiting"):
        replay(looping)


def test_a_long_timer_is_made_of_short_ones() -> None:
    def slow(context: Context) -> Steps:
        yield context.create_timer(context.current_utc_datetime + 7 * DAY)
        return context.current_utc_datetime.isoformat()

    run = replay(slow)
    assert run.fire_next_timer() == NOW + 3 * DAY
    assert run.status is Status.RUNNING
    assert run.fire_next_timer() == NOW + 7 * DAY
    assert run.output == (NOW + 7 * DAY).isoformat()


def test_a_terminated_instance_stays_so() -> None:
    run = replay(in_order, input=1)
    run.terminate("enough")
    run.terminate("more than enough")
    assert (run.status, run.output, run.activities) == (Status.TERMINATED, "enough", [])


def test_what_is_not_pending_cannot_be_completed() -> None:
    run = replay(in_order, input=1)
    with pytest.raises(LookupError, match=r"'second' is not pending; pending: .*'first'"):
        run.complete("second")


def test_the_version_reaches_the_orchestrator() -> None:
    def versioned(context: Context) -> Steps:
        yield context.call_activity("any")
        return context.version

    run = replay(versioned, version="2.0")
    run.complete("any")
    assert run.output == "2.0"
    assert run.history[1]["Name"] == "versioned"


def test_is_replaying_is_true_for_the_past_only() -> None:
    seen = []

    def watching(context: Context) -> Steps:
        seen.append(("start", context.is_replaying))
        yield context.call_activity("one")
        seen.append(("after", context.is_replaying))

    run = replay(watching)
    run.complete("one")
    assert seen == [("start", False), ("start", True), ("after", False)]


def orchestrator_of(steps: list[str]) -> Callable[..., Any]:
    def of_steps(context: Context) -> Steps:
        for number, step in enumerate(steps):
            match step:
                case "call":
                    yield context.call_activity("work", number)
                case "retry":
                    yield context.call_activity_with_retry("flaky", RETRY, number)
                case "timer":
                    yield context.create_timer(context.current_utc_datetime + timedelta(days=number))
        return len(steps)

    return of_steps


@given(
    steps=st.lists(st.sampled_from(["call", "retry", "timer"]), max_size=12),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_whatever_fails_on_the_way_the_orchestration_ends_and_is_right(steps: list[str], chance: Random) -> None:
    run = replay(orchestrator_of(steps))
    end_it(run, chance)
    if run.status is Status.FAILED:
        assert "retry" in steps
        assert "Activity function 'flaky' failed" in run.output
    else:
        assert run.output == len(steps)


def end_it(run: Replay, chance: Random) -> None:
    while not run.status.ended:
        for call in run.activities:
            if call.name == "flaky" and chance.random() < 0.3:
                run.fail(call)
            else:
                run.complete(call, call.input)
        if run.timers:
            run.fire_next_timer()
