"""The functions as the Functions host sees them, and what each of them does when it is called."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.core.exceptions import HttpResponseError
from azure.functions.decorators.function_app import Function

from local.host.activity_failure import failure_details, failure_reason
from local.host.orchestrator_replay import Replay
from shared import bootstrap
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, wake_up_time
from shared.exports.exceptions import StorageFailedError
from shared.exports.states_and_codes import Status
from shared.settings import settings
from shared.storage.storage_errors import table_errors
from tests.durable.test_durable_monitors import BINDING, EXPORT_ID
from tests.exports.samples import LIMITS, MINUTE, NOW, SECOND, accepted, running, without_events
from tests.fakes.in_memory_graph import RETRY_AFTER, Course
from tests.fakes.in_memory_services import InMemoryServices
from tests.test_settings import LEAST

MODULE = "shared.durable.durable_functions"
SCHEDULES = {"RECONCILE_SCHEDULE": "0 */7 * * * *", "RECONCILE_SWEEP_SCHEDULE": "0 15 3 * * *"}
INDEX = f"""
import json, sys
import {MODULE}
print(json.dumps(sorted(sys.modules)))
"""


class Timer(func.TimerRequest):
    """A timer that fires on time or late."""

    def __init__(self, *, past_due: bool = False) -> None:
        self._past_due = past_due

    @property
    def past_due(self) -> bool:
        return self._past_due


@pytest.fixture
def fakes() -> InMemoryServices:
    return InMemoryServices(LIMITS)


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, fakes: InMemoryServices) -> Iterator[ModuleType]:
    """The module as it is imported with these settings, on services in memory."""
    for name, value in {**LEAST, **SCHEDULES}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    monkeypatch.setattr(bootstrap, "services", lambda: fakes.services)
    settings.cache_clear()
    imported = importlib.import_module(MODULE)
    monkeypatch.setattr(imported, "DurableMonitors", lambda _: fakes.monitors)
    yield imported
    settings.cache_clear()


@pytest.fixture
def functions(module: ModuleType) -> dict[str, Function]:
    app = df.DFApp()
    app.register_functions(module.blueprint)
    return {str(function.get_function_name()): function for function in app.get_functions()}


def bindings(function: Function) -> dict[str, dict[str, Any]]:
    return {str(binding.type): binding.get_dict_repr() for binding in function.get_bindings()}


def test_the_names_that_released_monitors_and_task_hubs_know_stay(functions: dict[str, Function]) -> None:
    assert set(functions) == {"monitor_export", "advance_export", "reconcile", "sweep"}
    assert (MONITOR, ADVANCE) == ("monitor_export", "advance_export")
    assert bindings(functions[MONITOR])["orchestrationTrigger"]["name"] == "context"
    assert bindings(functions[ADVANCE])["activityTrigger"]["name"] == "exportId"


@pytest.mark.parametrize(
    ("name", "schedule"),
    [("reconcile", SCHEDULES["RECONCILE_SCHEDULE"]), ("sweep", SCHEDULES["RECONCILE_SWEEP_SCHEDULE"])],
)
def test_a_timer_has_the_schedule_of_the_settings_and_a_client(
    name: str, schedule: str, functions: dict[str, Function]
) -> None:
    bound = bindings(functions[name])
    assert bound["timerTrigger"]["schedule"] == schedule
    assert bound["durableClient"]["name"] == "client"


def test_the_monitor_calls_the_activity(functions: dict[str, Function]) -> None:
    orchestrator = vars(functions[MONITOR].get_user_function())["orchestrator_function"]
    run = Replay(orchestrator, name=MONITOR, instance_id=EXPORT_ID, input={"exportId": EXPORT_ID}, now=NOW)
    assert [(call.name, call.input) for call in run.activities] == [(ADVANCE, EXPORT_ID)]


async def test_the_activity_advances_the_export_and_says_when_to_come_back(
    functions: dict[str, Function], fakes: InMemoryServices
) -> None:
    await fakes.services.records.insert(accepted())
    come_back = await functions[ADVANCE].get_user_function()(exportId=accepted().id)
    saved = await fakes.services.records.get(accepted().id)
    assert saved is not None
    assert len(saved.export.attempts) == 1
    assert come_back == wake_up_time(saved.export.next_step_at, NOW)


@pytest.mark.parametrize("fraction", [0, 0.3, 0.999])
async def test_an_export_with_frequent_polls_costs_few_steps_though_timers_fire_early(
    fraction: float, functions: dict[str, Function], fakes: InMemoryServices
) -> None:
    fakes.services = replace(fakes.services, limits=replace(LIMITS, poll_floor=SECOND))
    fakes.graph.course = lambda: Course(takes=(RETRY_AFTER + 5) * SECOND)
    fakes.clock.now = NOW + fraction * SECOND
    export = accepted()
    await fakes.services.records.insert(export)
    steps, turns = await live(functions, export.id, fakes)
    saved = await fakes.services.records.get(export.id)
    assert saved is not None
    assert saved.export.status is Status.SUCCEEDED
    assert saved.export.polls > 1
    assert steps <= 8
    assert turns <= 16


async def live(functions: dict[str, Function], export_id: str, fakes: InMemoryServices) -> tuple[int, int]:
    """Lets the monitor of an export live until its end, as on a busy hub; returns its steps and its turns.

    Each step takes 0.1 s, half of it until the monitor has its answer. Each timer fires as early as it can, because its
    message is hidden for whole seconds.
    """
    orchestrator = vars(functions[MONITOR].get_user_function())["orchestrator_function"]
    given = {"exportId": export_id}
    run = Replay(orchestrator, name=MONITOR, instance_id=export_id, input=given, now=fakes.clock.now)
    steps, turns = 0, 1
    while not run.status.ended:
        if run.activities:
            fakes.pass_time(SECOND / 20)
            come_back = await functions[ADVANCE].get_user_function()(exportId=export_id)
            fakes.pass_time(SECOND / 20)
            run.now = fakes.clock.now
            run.complete(ADVANCE, come_back)
            steps += 1
        else:
            hidden = (run.timers[0].fire_at - run.now) // SECOND * SECOND
            run.fire_next_timer(run.now + hidden)
            fakes.pass_time(hidden)
        turns += 1
    return steps, turns


def test_durable_is_told_of_an_outage_without_a_secret() -> None:
    signature = "c2lnbmF0dXJl"
    answer = HttpResponseError(f"No answer from https://records.example/exports?sig={signature}")
    with pytest.raises(StorageFailedError) as outage, table_errors():
        raise answer
    told = failure_reason(ADVANCE, outage.value) + failure_details(outage.value)
    assert "https://records.example/exports" in told
    assert signature not in told


async def test_the_activity_ends_the_monitor_of_an_export_that_does_not_exist(functions: dict[str, Function]) -> None:
    assert await functions[ADVANCE].get_user_function()(exportId=EXPORT_ID) is None


async def test_the_reconciler_says_in_the_log_that_it_started_monitors(
    functions: dict[str, Function], fakes: InMemoryServices, caplog: pytest.LogCaptureFixture
) -> None:
    await fakes.services.records.insert(without_events(running()))
    fakes.clock.now = NOW + 5 * MINUTE
    await functions["reconcile"].get_user_function()(timer=Timer(), client=BINDING)
    assert fakes.monitors.started == [running().id]
    assert "Reconciler: started 1 monitors; past due: False." in caplog.messages


async def test_the_sweeper_says_in_the_log_that_it_removed_something(
    functions: dict[str, Function], fakes: InMemoryServices, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.account_probe.left = [fakes.clock.now]
    fakes.clock.now = NOW.replace(day=3)
    await functions["sweep"].get_user_function()(timer=Timer(), client=BINDING)
    assert len(fakes.monitors.purged_before) == 1
    assert "Sweeper: removed 1 containers and grants; past due: False." in caplog.messages


@pytest.mark.parametrize("name", ["reconcile", "sweep"])
async def test_a_timer_that_finds_nothing_logs_nothing(
    name: str, functions: dict[str, Function], caplog: pytest.LogCaptureFixture
) -> None:
    await functions[name].get_user_function()(timer=Timer(), client=BINDING)
    assert [record for record in caplog.records if record.name == MODULE] == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("reconcile", "Reconciler: started 0 monitors; past due: True."),
        ("sweep", "Sweeper: removed 0 containers and grants; past due: True."),
    ],
)
async def test_a_timer_that_fires_late_is_logged(
    name: str, message: str, functions: dict[str, Function], caplog: pytest.LogCaptureFixture
) -> None:
    await functions[name].get_user_function()(timer=Timer(past_due=True), client=BINDING)
    assert message in caplog.messages


def test_what_a_function_needs_is_imported_when_it_is_called() -> None:
    ran = subprocess.run(  # noqa: S603 - of our own environment
        [sys.executable, "-c", INDEX],
        env={"PATH": os.environ["PATH"], **LEAST},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = json.loads(ran.stdout)
    heavy = ("azure.data", "azure.identity", "azure.storage", "httpx", "msgraph", "pydantic", "shared.workflow")
    assert [name for name in imported if name.startswith(heavy)] == []
