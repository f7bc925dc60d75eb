"""Orchestrators on their own: the replay that the engine uses too, with a free clock."""

import warnings
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import azure.durable_functions as df
import pytest
from azure.durable_functions import DurableOrchestrationContext as Context
from hypothesis import given, settings
from hypothesis import strategies as st

from local.host.orchestration_instance import Status
from local.host.orchestrator_replay import Call, EndlessLoopError, Replay, Timer

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=60_000, max_number_of_attempts=3)

Steps = Generator[Any, Any, Any]


def in_order(context: Context) -> Steps:
    first = yield context.call_activity("first", context.get_input())
    context.set_custom_status({"after": "first"})
    second = yield context.call_activity("second", first + 1)
    return [first, second]


def side_by_side(context: Context) -> Steps:
    return (yield context.task_all([context.call_activity("each", n) for n in range(3)]))


def careful(context: Context) -> Steps:
    try:
        yield context.call_activity("risky")
    except Exception as error:  # noqa: BLE001  the SDK raises nothing narrower
        return f"caught {error}"


def patient(context: Context) -> Steps:
    timer = context.create_timer(context.current_utc_datetime + DAY)
    event = context.wait_for_external_event("go")
    winner = yield context.task_any([event, timer])
    if winner == timer:
        return "time is up"
    timer.cancel()
    return {"got": event.result}


def persistent(context: Context) -> Steps:
    return (yield context.call_activity_with_retry("flaky", RETRY, 7))


def eternal(context: Context) -> Steps:
    round_ = context.get_input()
    yield context.call_activity("work", round_)
    yield context.create_timer(context.current_utc_datetime + DAY)
    context.continue_as_new(round_ + 1)


def parent(context: Context) -> Steps:
    return (yield context.call_sub_orchestrator("child", {"of": context.instance_id}, "child-1"))


def test_activities_one_after_another() -> None:
    run = Replay(in_order, input=41, now=NOW)
    assert [(call.name, call.input) for call in run.activities] == [("first", 41)]
    run.complete("first", 1)
    assert run.custom_status == {"after": "first"}
    assert [(call.name, call.input) for call in run.activities] == [("second", 2)]
    assert run.status is Status.RUNNING
    run.complete("second", "done")
    assert (run.status, run.output, run.pending) == (Status.COMPLETED, [1, "done"], [])


def test_side_by_side_results_come_in_the_order_of_the_calls() -> None:
    run = Replay(side_by_side, now=NOW)
    assert [call.input for call in run.activities] == [0, 1, 2]
    first, second, third = run.activities
    for call, result in ((third, "c"), (first, "a"), (second, "b")):
        run.complete(call, result)
    assert run.output == ["a", "b", "c"]


def test_a_failed_activity_raises_in_the_orchestrator() -> None:
    run = Replay(careful, now=NOW)
    run.fail("risky", "the disk is full")
    assert run.output.startswith("caught Activity function 'risky' failed: the disk is full")


def test_an_exception_fails_the_orchestration() -> None:
    def fails(context: Context) -> Steps:
        yield context.call_activity("fine")
        raise ValueError("nothing works")

    run = Replay(fails, now=NOW)
    run.complete("fine")
    assert (run.status, run.output) == (Status.FAILED, "Orchestrator function 'fails' failed: nothing works")
    assert isinstance(run.failure, ValueError)


def test_an_orchestrator_without_a_yield() -> None:
    run = Replay(lambda context: context.instance_id, instance_id="i", name="plain", now=NOW)
    assert (run.status, run.output) == (Status.COMPLETED, "i")


def test_a_timer_moves_the_clock_and_nothing_else_does() -> None:
    run = Replay(patient, now=NOW)
    assert [timer.fire_at for timer in run.timers] == [NOW + DAY]
    run.advance(timedelta(hours=23))
    assert run.status is Status.RUNNING
    assert run.fire_next_timer() == run.now == NOW + DAY
    assert (run.status, run.output) == (Status.COMPLETED, "time is up")
    with pytest.raises(LookupError, match="no timer is set"):
        run.fire_next_timer()


def test_an_event_wins_and_the_cancelled_timer_holds_nothing_up() -> None:
    run = Replay(patient, now=NOW)
    assert run.waits == ["go"]
    run.post_event("go", {"ok": True})
    assert (run.status, run.output) == (Status.COMPLETED, {"got": {"ok": True}})


def test_an_event_of_the_sdks_client_is_json_text() -> None:
    run = Replay(patient, now=NOW)
    run.raise_event("go", {"ok": True})
    assert run.output == {"got": '{"ok": true}'}


def test_an_event_that_comes_before_the_wait_is_kept() -> None:
    def late(context: Context) -> Steps:
        yield context.call_activity("first")
        return (yield context.wait_for_external_event("go"))

    run = Replay(late, now=NOW)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.post_event("go", 5)
    run.complete("first")
    assert run.output == 5


def test_a_timer_that_is_not_cancelled_keeps_the_instance_running_and_a_note_says_so() -> None:
    def careless(context: Context) -> Steps:
        timer = context.create_timer(context.current_utc_datetime + DAY)
        yield context.task_any([context.wait_for_external_event("go"), timer])
        return "done"

    run = Replay(careless, now=NOW)
    run.post_event("go")
    assert run.status is Status.RUNNING
    assert "stays Running until these do: TimerCreated #0" in run.notes[0]
    run.fire_next_timer()
    assert (run.status, run.output) == (Status.COMPLETED, "done")


def test_racing_an_old_timer_again_hangs_as_on_the_platform_and_a_note_says_so() -> None:
    def racing(context: Context) -> Steps:
        timer = context.create_timer(context.current_utc_datetime + DAY)
        while True:
            winner = yield context.task_any([context.wait_for_external_event("go"), timer])
            if winner == timer:
                yield context.call_activity("at_last")
                return

    run = Replay(racing, now=NOW)
    run.post_event("go", 1)
    run.fire_next_timer()
    assert run.activities == []
    assert "went past an action the host still awaits" in run.notes[0]


def test_a_retry_waits_and_tries_again() -> None:
    run = Replay(persistent, now=NOW)
    run.fail("flaky")
    assert run.fire_next_timer() == NOW + timedelta(minutes=1)
    assert [call.input for call in run.activities] == [7]
    run.complete("flaky", "at last")
    assert run.output == "at last"


def test_a_retry_gives_up_after_the_last_attempt() -> None:
    run = Replay(persistent, now=NOW)
    for _ in range(3):
        run.fail("flaky", "again")
        run.fire_next_timer()
    assert run.status is Status.FAILED
    assert "Activity function 'flaky' failed: again" in run.output
    assert run.now == NOW + timedelta(minutes=2)  # the timer after the last attempt is due at once


def test_retries_side_by_side_keep_their_numbers() -> None:
    def both(context: Context) -> Steps:
        calls = [context.call_activity_with_retry(name, RETRY) for name in ("left", "right")]
        return (yield context.task_all(calls))

    run = Replay(both, now=NOW)
    run.fail("right")
    run.fail("left")
    run.advance(timedelta(minutes=1))
    assert sorted(call.name for call in run.activities) == ["left", "right"]
    run.complete("left", 1)
    run.complete("right", 2)
    assert run.output == [1, 2]


def test_task_all_waits_for_the_others_after_a_failure() -> None:
    def cleanup(context: Context) -> Steps:
        try:
            yield context.task_all([context.call_activity("good"), context.call_activity("bad")])
        except Exception:  # noqa: BLE001  the SDK raises nothing narrower
            yield context.call_activity("clean_up")

    run = Replay(cleanup, now=NOW)
    run.fail("bad")
    assert [call.name for call in run.activities] == ["good"]
    run.complete("good")
    assert [call.name for call in run.activities] == ["clean_up"]
    run.complete("clean_up")
    assert run.status is Status.COMPLETED


def test_continue_as_new_starts_over_with_a_short_history() -> None:
    run = Replay(eternal, input=0, now=NOW)
    for round_ in range(30):
        assert run.input == round_
        run.complete("work")
        run.fire_next_timer()
    assert (run.generations, run.now) == (30, NOW + 30 * DAY)
    assert [call.input for call in run.activities] == [30]
    assert len(run.history) == 4


def test_a_timer_of_an_old_generation_does_not_fire_in_the_new_one() -> None:
    def hasty(context: Context) -> Steps:
        timer = context.create_timer(context.current_utc_datetime + DAY)
        event = context.wait_for_external_event("go")
        winner = yield context.task_any([event, timer])
        if winner == timer:
            return context.get_input()
        timer.cancel()
        yield context.call_activity("work")
        context.continue_as_new("second")

    run = Replay(hasty, input="first", now=NOW)
    run.advance(timedelta(hours=12))
    run.post_event("go")
    run.complete("work")
    assert run.generations == 1
    run.advance(timedelta(hours=12))
    assert run.status is Status.RUNNING
    run.advance(timedelta(hours=12))
    assert run.output == "second"


def test_cancelling_a_timer_right_before_continue_as_new_loops_as_on_the_platform() -> None:
    def looping(context: Context) -> Steps:
        timer = context.create_timer(context.current_utc_datetime + DAY)
        event = context.wait_for_external_event("go")
        winner = yield context.task_any([event, timer])
        if winner == event:
            timer.cancel()
            context.continue_as_new(None)

    run = Replay(looping, now=NOW)
    with pytest.raises(EndlessLoopError, match="Call an activity before continue_as_new"):
        run.post_event("go")


def test_a_sub_orchestration_is_a_task_of_its_parent() -> None:
    run = Replay(parent, instance_id="p", now=NOW)
    (child,) = run.children
    assert (child.name, child.input, child.instance_id) == ("child", {"of": "p"}, "child-1")
    run.complete("child", "grown up")
    assert run.output == "grown up"


def test_a_failed_sub_orchestration_fails_its_parent() -> None:
    run = Replay(parent, now=NOW)
    run.fail("child", "no")
    assert run.status is Status.FAILED


def test_a_long_timer_is_made_of_short_ones() -> None:
    def slow(context: Context) -> Steps:
        yield context.create_timer(context.current_utc_datetime + 7 * DAY)
        return context.current_utc_datetime.isoformat()

    run = Replay(slow, now=NOW)
    assert run.fire_next_timer() == NOW + 3 * DAY
    assert run.status is Status.RUNNING
    assert run.fire_next_timer() == NOW + 7 * DAY
    assert run.output == (NOW + 7 * DAY).isoformat()


def test_suspend_holds_back_and_resume_delivers() -> None:
    run = Replay(in_order, input=1, now=NOW)
    run.suspend()
    assert run.status is Status.SUSPENDED
    run.complete("first", 1)
    assert [call.name for call in run.activities] == ["first"]
    run.resume()
    assert [call.name for call in run.activities] == ["second"]


def test_a_suspended_instance_can_be_terminated() -> None:
    run = Replay(in_order, input=1, now=NOW)
    run.suspend()
    run.terminate("enough")
    assert (run.status, run.output) == (Status.TERMINATED, "enough")


def test_another_name_at_the_same_place_is_not_deterministic() -> None:
    def changed(context: Context) -> Steps:
        yield context.call_activity("other")
        return (yield context.call_activity("second"))

    run = Replay(in_order, input=1, now=NOW)
    run.swap(changed)
    run.complete("first", 1)
    assert run.status is Status.FAILED
    assert "the history has TaskScheduled #0 'first'" in run.output
    assert "asked for TaskScheduled #0 'other'" in run.output


def test_another_kind_at_the_same_place_is_not_deterministic() -> None:
    def changed(context: Context) -> Steps:
        yield context.create_timer(context.current_utc_datetime + DAY)

    run = Replay(in_order, input=1, now=NOW)
    run.swap(changed)
    run.complete("first", 1)
    assert "asked for TimerCreated #0" in run.output


def test_a_step_that_is_gone_is_not_deterministic() -> None:
    run = Replay(in_order, input=1, now=NOW)
    run.swap(lambda _: "nothing to do")
    run.complete("first", 1)
    assert run.status is Status.FAILED
    assert "this time the orchestrator did not ask for it" in run.output


def test_a_clock_of_its_own_is_caught() -> None:
    turns = iter(["monday", "tuesday"])

    def moody(context: Context) -> Steps:
        yield context.call_activity(next(turns))

    run = Replay(moody, now=NOW)
    run.complete("monday")
    assert "Non-deterministic orchestrator" in run.output


def test_entities_are_refused_by_name() -> None:
    def entity(context: Context) -> Steps:
        yield context.call_entity(df.EntityId("counter", "1"), "add", 1)

    run = Replay(entity, now=NOW)
    assert run.status is Status.FAILED
    assert "does not support the action CALL_ENTITY" in run.output


def test_durable_http_is_refused_by_name() -> None:
    def calls(context: Context) -> Steps:
        yield context.call_http("GET", "https://example.com")

    assert "does not support the action CALL_HTTP" in Replay(calls, now=NOW).output


def test_what_is_not_pending_cannot_be_completed() -> None:
    run = Replay(in_order, input=1, now=NOW)
    with pytest.raises(LookupError, match="'second' is not pending; these are"):
        run.complete("second")


def test_decorated_orchestrators_and_versions() -> None:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def versioned(context: Context) -> Steps:
        yield context.call_activity("any")
        return context.version

    run = Replay(versioned, now=NOW, version="2.0")
    run.complete("any")
    assert run.output == "2.0"
    assert run.history[1]["Name"] == "versioned"


def test_is_replaying_is_true_for_the_past_only() -> None:
    seen = []

    def watching(context: Context) -> Steps:
        seen.append(("start", context.is_replaying))
        yield context.call_activity("one")
        seen.append(("after", context.is_replaying))

    run = Replay(watching, now=NOW)
    run.complete("one")
    assert seen == [("start", False), ("start", True), ("after", False)]


LEAVES = ["call", "retry", "timer", "child"]
COMPOUNDS = ["all", "any"]


def leaf(context: Context, number: int, step: str) -> Any:
    match step:
        case "call":
            return context.call_activity("work", number)
        case "retry":
            return context.call_activity_with_retry("flaky", RETRY, number)
        case "timer":
            return context.create_timer(context.current_utc_datetime + timedelta(minutes=number + 1))
        case "child":
            return context.call_sub_orchestrator("child", number)
    return context.wait_for_external_event(f"event-{number}")


def orchestrator_of(steps: list[str]) -> Any:
    def of_steps(context: Context) -> Steps:
        for number, step in enumerate(steps):
            if step in COMPOUNDS:
                inner = [leaf(context, number, each) for each in LEAVES]
                yield context.task_all(inner) if step == "all" else context.task_any(inner)
            else:
                yield leaf(context, number, step)
        return len(steps)

    return of_steps


def end_something(run: Replay, chance: Random) -> None:
    choices: list[Call | Timer | str] = [*run.activities, *run.children, *run.waits, *run.timers[:1]]
    chosen = chance.choice(choices)
    if isinstance(chosen, Timer):
        run.fire_next_timer()
    elif isinstance(chosen, str):
        run.post_event(chosen)
    elif chosen.name == "flaky" and chance.random() < 0.3:
        run.fail(chosen)
    else:
        run.complete(chosen, chosen.input)


@given(
    steps=st.lists(st.sampled_from([*LEAVES, *COMPOUNDS, "event"]), max_size=8),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_whatever_order_things_end_in_the_orchestration_ends_and_is_right(steps: list[str], chance: Random) -> None:
    run = Replay(orchestrator_of(steps), now=NOW)
    while not run.status.ended:
        end_something(run, chance)
    if run.status is Status.FAILED:
        assert {"retry", *COMPOUNDS} & set(steps)
        assert "Activity function 'flaky' failed" in run.output
    else:
        assert run.output == len(steps)
