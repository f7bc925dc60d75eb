"""Monitors outlive deployments: the present code replays the history of every released version."""

import json
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.durable_functions import Orchestrator

from local.host.orchestration_history import Event, Kind, event, kind_of, moment
from local.host.orchestration_instance import Instance, Message, Status
from local.host.orchestration_turn import Turn, turn
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, monitor
from tests.durable.record_monitor_histories import EXPORT_ID, FOLDER
from tests.exports.samples import NOW

ROOT = Path(__file__).parents[2]
RECORDINGS = [
    pytest.param(name, history, id=f"{path.stem}: {name}")
    for path in sorted(FOLDER.glob("monitor-*.json"))
    for name, history in json.loads(path.read_text()).items()
]


def go_on(history: list[Event], orchestrator: Callable[..., Any]) -> Turn:
    """The next turn of a recorded history: what is open ends."""
    instance = Instance(
        id=EXPORT_ID,
        name=MONITOR,
        input=json.dumps(json.dumps({"exportId": EXPORT_ID})),
        version="1",
        execution_id="generation",
        created=NOW,
        updated=NOW,
        status=Status.RUNNING,
        history=tuple(history),
    )
    now = moment(history[-1]["Timestamp"]) + timedelta(days=1)
    end = ended(history, now)
    return turn(instance, [Message(1, end, "generation")], now, Orchestrator.create(orchestrator))


def ended(history: list[Event], now: Any) -> Event:
    last = history[-2]
    if kind_of(last) is Kind.TIMER_CREATED:
        return event(Kind.TIMER_FIRED, now, TimerId=last["EventId"], FireAt=last["FireAt"])
    assert kind_of(last) is Kind.TASK_SCHEDULED
    return event(Kind.TASK_COMPLETED, now, TaskScheduledId=last["EventId"], Result="null")


@pytest.mark.parametrize(("name", "history"), RECORDINGS)
def test_the_present_monitor_replays_it(name: str, history: list[Event]) -> None:
    done = go_on(history, monitor)
    assert done.failure is None
    if name.startswith("waiting"):
        assert [task.name for task in done.scheduled] == [ADVANCE]
    else:
        assert done.instance.status is Status.COMPLETED


@pytest.mark.parametrize(("name", "history"), [p for p in RECORDINGS if p.values[0] == "waiting"])
def test_a_monitor_that_does_something_else_is_caught(name: str, history: list[Event]) -> None:
    def other(context: Any) -> Generator[Any, Any, None]:
        yield context.call_activity("something_else", name)

    assert go_on(history, other).instance.status is Status.FAILED


def test_the_version_that_is_released_is_recorded() -> None:
    released = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]["defaultVersion"]
    assert (FOLDER / f"monitor-{released}.json").exists()
