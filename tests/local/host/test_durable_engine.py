"""What the engine does when its state fails it."""

import sqlite3
from pathlib import Path

import pytest

from local.host.durable_engine import DurableEngine
from local.host.function_invocation import Invoker
from local.host.task_hub_store import TaskHubStore


async def test_a_failure_of_the_engine_reaches_whoever_waits_for_it(tmp_path: Path) -> None:
    store, invoker = TaskHubStore(tmp_path / "hub.sqlite3"), Invoker(lambda: "{}")
    engine = DurableEngine(store, [], invoker, version=None)
    engine.start()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        await engine.wait()
    await engine.stop()
    invoker.close()
