"""The state of a task hub: one host at a time has it."""

import shutil
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.durable_functions import DurableOrchestrationContext, Orchestrator

from local.host.host_settings import LoadError
from local.host.orchestration_instance import Instance
from local.host.orchestration_turn import turn
from local.host.queue_timing import Timers
from local.host.task_hub_store import TaskHubStore

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTANCE = Instance("first", "chain", None, None, "generation", NOW, NOW)


def after_a_kill(store: TaskHubStore, folder: Path) -> TaskHubStore:
    """The state of a host that was killed now, as the next host finds it; closes the first one."""
    copy = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-killed")))
    store.close()
    return TaskHubStore(copy / "hub.sqlite3")


def test_a_second_host_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    first = TaskHubStore(path)
    with pytest.raises(LoadError, match="does another host use it"):
        TaskHubStore(path)
    first.close()
    TaskHubStore(path).close()


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = TaskHubStore(tmp_path / "hub.sqlite3")
    first, second = (Instance(id_, "chain", None, None, "generation", NOW, NOW) for id_ in ("first", "second"))
    with store.transaction():
        store.create(first, "")

    def create_and_fail() -> None:
        with store.transaction():
            store.create(second, "")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        create_and_fail()
    assert store.instances() == [first]
    store.close()


def test_what_a_killed_host_was_doing_is_hidden_until_its_own_time(tmp_path: Path) -> None:
    store = TaskHubStore(tmp_path / "a" / "hub.sqlite3")
    with store.transaction():
        store.create(INSTANCE, "")
    store = after_a_kill(store, tmp_path / "a")
    assert store.hide_interrupted(NOW, NOW + MINUTE) == {"first": NOW + MINUTE}
    store = after_a_kill(store, tmp_path / "a-killed")
    assert store.hide_interrupted(NOW + MINUTE / 2, NOW + 1.5 * MINUTE) == {"first": NOW + MINUTE}
    store = after_a_kill(store, tmp_path / "a-killed-killed")
    assert store.hide_interrupted(NOW + MINUTE, NOW + 2 * MINUTE) == {"first": NOW + 2 * MINUTE}
    with store.transaction():
        store.create(INSTANCE, "")
    assert store.hide_interrupted(NOW + MINUTE, NOW + 3 * MINUTE) == {"first": NOW + 3 * MINUTE}, "it is a new one"
    store.close()


def test_a_host_that_was_stopped_has_hidden_nothing(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    store = TaskHubStore(path)
    with store.transaction():
        store.create(INSTANCE, "")
    store.close()
    store = TaskHubStore(path)
    assert store.hide_interrupted(NOW, NOW + MINUTE) == {}
    store.close()


@pytest.mark.parametrize(("timers", "fires"), [(Timers.PROMPT, 1.9), (Timers.BUSY, 1.0)])
def test_a_timer_fires_when_its_message_can_be_seen(timers: Timers, fires: float, tmp_path: Path) -> None:
    def wait(context: DurableOrchestrationContext) -> Generator[Any, Any, None]:
        yield context.create_timer(NOW + timedelta(seconds=1.9))

    store = TaskHubStore(tmp_path / "hub.sqlite3", timers)
    store.create(INSTANCE, "")
    store.save(turn(INSTANCE, [], NOW, Orchestrator.create(wait)), [])
    fires_at = NOW + timedelta(seconds=fires)
    assert store.next_timer() == fires_at
    assert store.due_timers(fires_at - timedelta(milliseconds=1)) == []
    assert [timer.fire_at for timer in store.due_timers(fires_at)] == [NOW + timedelta(seconds=1.9)]
    store.close()
