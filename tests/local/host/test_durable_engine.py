"""What the engine does when its state fails it."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.host.durable_engine import DurableEngine
from local.host.function_invocation import Invoker
from local.host.function_loader import ORCHESTRATION, Function
from local.host.orchestration_instance import Instance
from local.host.task_hub_store import TaskHubStore
from tests.local.host.test_task_hub_store import after_a_kill


async def test_a_failure_of_the_engine_reaches_whoever_waits_for_it(tmp_path: Path) -> None:
    store, invoker = TaskHubStore(tmp_path / "hub.sqlite3"), Invoker(lambda: "{}")
    engine = DurableEngine(store, [], invoker, version=None, interrupted=timedelta())
    engine.start()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        await engine.wait()
    await engine.stop()
    invoker.close()


async def test_a_turn_that_a_killed_host_was_to_take_is_hidden_for_a_while(tmp_path: Path) -> None:
    killed = TaskHubStore(tmp_path / "hub" / "hub.sqlite3")
    now = datetime.now(UTC)
    with killed.transaction():
        killed.create(Instance("one", "orchestrator", None, None, "generation", now, now), "")
    store = after_a_kill(killed, tmp_path / "hub")
    has_run = asyncio.Event()

    def orchestrator(_context: str) -> str:
        has_run.set()
        return '{"actions": [], "isDone": true}'

    function, invoker = Function("orchestrator", orchestrator, ORCHESTRATION, {}), Invoker(lambda: "{}")
    hidden = timedelta(seconds=0.5)
    engine = DurableEngine(store, [function], invoker, version=None, interrupted=hidden)
    engine.start()
    await asyncio.wait_for(has_run.wait(), 10)
    assert datetime.now(UTC) - now >= hidden
    await engine.stop()
    store.close()
    invoker.close()
