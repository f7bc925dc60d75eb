"""The state of a task hub: one host at a time has it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.host.host_settings import LoadError
from local.host.orchestration_instance import Instance
from local.host.task_hub_store import TaskHubStore

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


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
