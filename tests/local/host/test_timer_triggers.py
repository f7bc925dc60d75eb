"""Timer triggers: on schedule, one call at a time."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.functions.timer import TimerRequest

from local.host.function_invocation import Invoker
from local.host.function_loader import TIMER, Function
from local.host.host_settings import LoadError
from local.host.timer_triggers import TimerTriggers
from tests.local.host.sample_app_host import SampleAppHost, until


def test_timers_tick_and_never_overlap(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *"}) as host:
        until(lambda: len(host.noted("ticks")) >= 6)
        assert host.noted("ticks")[:6] == ["begin False", "end"] * 3


def test_a_run_that_was_missed_is_made_once_at_the_start(tmp_path: Path) -> None:
    yearly = {"SAMPLE_SCHEDULE": "0 0 0 1 1 *"}
    last = tmp_path / "state" / "timers" / "tick"
    with SampleAppHost(tmp_path, yearly) as host:
        until(last.exists)
    assert host.noted("ticks") == []
    last.write_text("2020-06-01T00:00:00+00:00", "utf-8")
    with SampleAppHost(tmp_path, yearly) as host:
        until(lambda: len(host.noted("ticks")) == 2)
        until(lambda: last.read_text("utf-8") > "2026")
    with SampleAppHost(tmp_path, yearly) as host:
        assert host.client.get("/api/health").status_code == 200
    assert host.noted("ticks") == ["begin True", "end"]


async def test_a_run_that_takes_too_long_is_followed_at_once_by_one_more(tmp_path: Path) -> None:
    second = timedelta(seconds=1)
    runs: list[tuple[datetime, datetime, bool]] = []
    are_three = asyncio.Event()

    async def tick(timer: TimerRequest) -> None:
        began = datetime.now(UTC)
        if not runs:
            await asyncio.sleep(2.2)
        runs.append((began, datetime.now(UTC), timer.past_due))
        if len(runs) == 3:
            are_three.set()

    function = Function("tick", tick, TIMER, {"schedule": "* * * * * *", "name": "timer"}, is_async=True)
    triggers = TimerTriggers([function], Invoker(str), tmp_path, timedelta())
    triggers.start()
    await asyncio.wait_for(are_three.wait(), 10)
    await triggers.stop()
    (_, ended, _), (followed, _, past_due), (third, _, _) = runs
    assert followed - ended < second / 4
    assert not past_due
    assert third - followed > second / 4, "what else was missed meanwhile is not made up for"


def test_a_killed_host_keeps_the_timers_until_its_lease_has_ended(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *", "LOCAL_HOST_HIDDEN_SECONDS": "3"})
    host.start()
    until(lambda: host.noted("ticks"))
    host.kill()
    before = len(host.noted("ticks"))
    restarted = time.monotonic()
    with host:
        until(lambda: len(host.noted("ticks")) > before)
        assert time.monotonic() - restarted > 3
        assert host.noted("ticks")[before] == "begin True", "what was missed meanwhile is made up for"


def test_a_host_that_stops_lets_go_of_the_timers(tmp_path: Path) -> None:
    host = SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * * * * *", "LOCAL_HOST_HIDDEN_SECONDS": "60"})
    with host:
        until(lambda: host.noted("ticks"))
    before = len(host.noted("ticks"))
    with host:
        until(lambda: len(host.noted("ticks")) > before)


def test_a_wrong_schedule_costs_the_app_this_function_alone(tmp_path: Path) -> None:
    with SampleAppHost(tmp_path, {"SAMPLE_SCHEDULE": "* * *"}) as host:
        assert "The function 'tick' is in error and does not run: its schedule '* * *' is not an" in host.log()
        assert host.client.get("/api/health").status_code == 200


@pytest.mark.parametrize(
    ("binding", "says"),
    [
        (
            {"schedule": "%WHEN%"},
            "function 'tick': the local host does not support the schedule '%WHEN%', an app setting or a time span",
        ),
        (
            {"schedule": "* * * * * *", "runOnStartup": True},
            "function 'tick': the local host does not support runOnStartup",
        ),
    ],
)
def test_an_unsupported_timer_is_refused_by_name(binding: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(LoadError) as refused:
        TimerTriggers([Function("tick", print, TIMER, binding)], Invoker(str), tmp_path, timedelta())
    assert str(refused.value) == says
