"""What the engine does where hosts die, versions change, and much is to be done at once."""

import asyncio
import json
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.host.durable_engine import DurableEngine
from local.host.function_invocation import Invoker
from local.host.function_loader import ACTIVITY, ORCHESTRATION, Function
from local.host.host_telemetry import Trace
from local.host.orchestration_instance import Instance, Status
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


async def test_an_instance_of_a_newer_version_waits_for_a_newer_app(tmp_path: Path) -> None:
    runs: asyncio.Queue[str] = asyncio.Queue()

    def noting(name: str) -> Function:
        def orchestrator(_context: str) -> str:
            runs.put_nowait(name)
            return '{"actions": [], "isDone": true}'

        return Function(name, orchestrator, ORCHESTRATION, {})

    functions = [noting("newer"), noting("own")]
    store, invoker = TaskHubStore(tmp_path / "hub.sqlite3"), Invoker(lambda: "{}")
    old = DurableEngine(store, functions, invoker, version="1", interrupted=timedelta())
    old.start()
    old.begin("newer", "newer", None, Trace(), version="2")
    old.begin("own", "own", None, Trace())
    assert await asyncio.wait_for(runs.get(), 10) == "own"
    waiting = store.instance("newer")
    assert waiting
    assert (waiting.status, waiting.history) == (Status.PENDING, ())
    await old.stop()
    new = DurableEngine(store, functions, invoker, version="2", interrupted=timedelta())
    new.start()
    assert await asyncio.wait_for(runs.get(), 10) == "newer"
    await new.stop()
    store.close()
    invoker.close()


async def test_ten_activities_a_core_run_at_once_and_names_may_have_any_case(tmp_path: Path) -> None:
    at_once = 10 * (os.cpu_count() or 1)
    count = at_once + 5
    running: list[int] = []
    ended: list[int] = []
    all_ended, enough = asyncio.Event(), asyncio.Event()

    async def work(number: int) -> None:
        running.append(len(running) + 1 - len(ended))
        if len(running) == at_once:
            enough.set()
        await enough.wait()
        ended.append(number)
        if len(ended) == count:
            all_ended.set()

    call = {"actions": [[{"actionType": 0, "functionName": "work", "input": "1"}]], "isDone": False}
    functions = [
        Function("Caller", lambda _: json.dumps(call), ORCHESTRATION, {}),
        Function("Work", work, ACTIVITY, {"name": "number"}, is_async=True),
    ]
    store, invoker = TaskHubStore(tmp_path / "hub.sqlite3"), Invoker(lambda: "{}")
    engine = DurableEngine(store, functions, invoker, version=None, interrupted=timedelta())
    engine.start()
    for number in range(count):
        engine.begin("caller", f"caller-{number}", None, Trace())
    await asyncio.wait_for(all_ended.wait(), 10)
    assert max(running) == at_once
    await engine.stop()
    store.close()
    invoker.close()
