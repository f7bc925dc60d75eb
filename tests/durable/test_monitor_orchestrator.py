"""The monitor on a clock that the test moves: the real orchestrator, replayed by the real SDK."""

import functools
import importlib
import json
from datetime import datetime, timedelta

import pytest

from local.host.orchestration_history import Kind, kind_of
from local.host.orchestration_instance import Status
from local.host.orchestrator_replay import Replay
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, STEPS_A_GENERATION, monitor, wake_up_time
from shared.exports.export import Export
from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.next_step import next_look_at
from shared.exports.transitions import manifest, operation_answer, write_grant
from tests.exports.samples import DAY, HOUR, LIMITS, NOW, SECOND, running

EXPORT_ID = "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10"
INPUT = {"exportId": EXPORT_ID}
MICROSECOND = timedelta(microseconds=1)


def started() -> Replay:
    return Replay(monitor, name=MONITOR, instance_id=EXPORT_ID, input=INPUT, now=NOW)


def come_back(run: Replay, at: datetime | None) -> None:
    run.complete(ADVANCE, None if at is None else at.isoformat())


def polled(export: Export, now: datetime, ends: datetime) -> Export:
    status = OperationStatus.COMPLETE if now >= ends else OperationStatus.RUNNING
    return operation_answer.apply_operation_result(export, Operation(status), now, LIMITS)


def test_it_does_one_step_after_the_other_and_ends() -> None:
    run = started()
    assert [(call.name, call.input) for call in run.activities] == [(ADVANCE, EXPORT_ID)]
    come_back(run, NOW + HOUR)
    assert [timer.fire_at for timer in run.timers] == [NOW + HOUR]
    run.fire_next_timer()
    come_back(run, None)
    assert run.status is Status.COMPLETED


def test_a_step_that_is_due_is_done_without_a_timer() -> None:
    run = started()
    come_back(run, NOW)
    assert [call.name for call in run.activities] == [ADVANCE]
    assert run.timers == []


def test_its_timer_can_fire_a_second_early_and_still_not_before_the_step_is_due() -> None:
    for due in (NOW + MICROSECOND, NOW + 0.5 * SECOND, NOW + SECOND, NOW + HOUR):
        woken = wake_up_time(due, NOW)
        assert woken is not None
        hidden = (datetime.fromisoformat(woken) - NOW) // SECOND
        assert due <= NOW + hidden * SECOND <= due + 2 * SECOND


def test_a_step_that_is_due_needs_no_timer_and_the_last_none_at_all() -> None:
    assert wake_up_time(NOW, NOW) == NOW.isoformat()
    assert wake_up_time(NOW - HOUR, NOW) == (NOW - HOUR).isoformat()
    assert wake_up_time(None, NOW) is None


@pytest.fixture
def quick_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remembers the times that the SDK has parsed: to parse each again at every replay takes most of its time."""
    module = importlib.import_module("azure.durable_functions.models.history.HistoryEvent")
    monkeypatch.setattr(module, "dt_parse", functools.lru_cache(maxsize=4096)(module.dt_parse))


@pytest.mark.usefixtures("quick_replay")
@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_long_export_costs_few_polls_and_a_short_history(days: int) -> None:
    run, export, longest = started(), running(), 0
    ends = NOW + timedelta(days=days)
    assert export.next_step_at is not None
    come_back(run, export.next_step_at)
    while not export.status.is_terminal:
        if run.timers:
            run.fire_next_timer()
        export = polled(export, run.now, ends) if export.attempt == running().attempt else end(export, run.now)
        come_back(run, next_look_at(export, run.now, LIMITS))
        longest = max(longest, len(run.history))
    assert run.status is Status.COMPLETED
    assert run.now - ends <= 0.05 * (ends - NOW)
    assert export.polls <= 220
    assert run.generations == (export.polls + 1) // STEPS_A_GENERATION
    assert longest < 10 * STEPS_A_GENERATION


def end(export: Export, now: datetime) -> Export:
    revoked = write_grant.mark_grant_revoked(export, export.attempts[0], now)
    return manifest.complete_manifest(revoked, "0" * 64, now, LIMITS)


def test_an_outage_is_waited_out() -> None:
    run = started()
    for _ in range(4):
        run.fail(ADVANCE, "the table can't be reached")
        assert [timer.fire_at - run.now for timer in run.timers] == [timedelta(minutes=1)]
        run.fire_next_timer()
    come_back(run, NOW + DAY)
    assert run.status is Status.RUNNING


def test_after_a_long_outage_it_fails_and_the_reconciler_takes_over() -> None:
    run = started()
    while run.status is Status.RUNNING:
        if run.activities:
            run.fail(ADVANCE, "the table can't be reached")
        else:
            run.fire_next_timer()
    assert run.status is Status.FAILED
    assert run.now - NOW < HOUR


def test_what_durable_tells_of_a_failed_step_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    run = started()
    run.fail(ADVANCE, "the text of an exception")
    told = next(each for each in run.history if kind_of(each) is Kind.TASK_FAILED)
    assert "the text of an exception" in told["Details"]
    assert len(told["Details"]) > 1000
    run.fire_next_timer()
    for _ in range(STEPS_A_GENERATION):
        assert [(call.name, call.input) for call in run.activities] == [(ADVANCE, EXPORT_ID)]
        come_back(run, NOW)
    assert run.generations == 1
    assert "the text of an exception" not in json.dumps(run.history)
    assert run.custom_status is None
    assert caplog.records == []


def test_it_carries_ids_and_times_only() -> None:
    run = started()
    come_back(run, NOW + HOUR)
    run.fire_next_timer()
    written = json.dumps(run.history, default=str)
    assert EXPORT_ID in written
    for secret in ("sig=", "https://", "contoso"):
        assert secret not in written
    come_back(run, None)
    assert run.output is None
    assert run.custom_status is None
