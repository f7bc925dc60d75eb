"""Calls of functions: where they run, what they get, and what the log says."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import pytest

from local.host.function_invocation import FunctionTimeoutError, Invoker, thread_count
from local.host.function_loader import ACTIVITY, TIMER, Function

CALLER = ContextVar("caller", default="nobody")
NAMED = {"name": "line"}


def asynchronous(call: Callable[..., Any], trigger: str = ACTIVITY) -> Function:
    return Function(call.__name__, call, trigger, {"name": "line"}, is_async=True)


@pytest.fixture
def invoker() -> Iterator[Invoker]:
    made = Invoker(lambda: "the binding")
    yield made
    made.close()


async def test_a_function_that_is_not_async_runs_in_a_thread_without_the_callers_context(invoker: Invoker) -> None:
    def blocking(line: str) -> tuple[str, str, bool]:
        return line, CALLER.get(), threading.current_thread() is threading.main_thread()

    CALLER.set("somebody")
    result = await invoker.invoke(Function("blocking", blocking, ACTIVITY, {"name": "line"}), "x")
    assert result == ("x", "nobody", False)


async def test_an_async_function_has_the_callers_context(invoker: Invoker) -> None:
    async def waiting(line: str) -> tuple[str, str]:
        return line, CALLER.get()

    CALLER.set("somebody")
    assert await invoker.invoke(asynchronous(waiting), "x") == ("x", "somebody")


async def test_a_function_gets_a_durable_client_where_it_asks_for_one(invoker: Invoker) -> None:
    async def starting(line: str, client: str) -> tuple[str, str]:
        return line, client

    function = Function("starting", starting, ACTIVITY, {"name": "line"}, clients=("client",), is_async=True)
    assert await invoker.invoke(function, "x") == ("x", "the binding")


async def test_the_log_has_the_start_the_exception_and_the_outcome(
    invoker: Invoker, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(line: str) -> None:
        raise ValueError(line)

    caplog.set_level(logging.INFO, "local.host.function_invocation")
    with pytest.raises(ValueError, match="no luck"):
        await invoker.invoke(asynchronous(failing), "no luck")
    started, exception, ended = (record.getMessage() for record in caplog.records)
    assert started.startswith("Executing 'failing' (Id=")
    assert exception.startswith("Exception in 'failing' (Id=")
    assert ended.startswith("Executed 'failing' (Failed, Id=")


async def test_a_timer_must_not_return_a_value(invoker: Invoker) -> None:
    async def tick(line: str) -> str:
        return line

    with pytest.raises(TypeError, match="'tick' has no return binding, but has returned a value"):
        await invoker.invoke(asynchronous(tick, TIMER), "x")


async def test_a_call_that_takes_too_long_fails_and_so_does_the_worker() -> None:
    free = asyncio.Event()

    async def stubborn(line: str) -> str:
        while not free.is_set():
            with suppress(asyncio.CancelledError):
                await free.wait()
        return line

    invoker = Invoker(str, timeout=timedelta(seconds=0.05))
    says = r"'stubborn' takes longer than functionTimeout in host\.json, 0:00:00\.05"
    with pytest.raises(FunctionTimeoutError, match=says):
        await invoker.invoke(asynchronous(stubborn), "x")
    with pytest.raises(FunctionTimeoutError, match=says):
        await invoker.wait()
    free.set()
    invoker.close()


async def test_a_call_in_a_thread_that_takes_too_long_fails_too() -> None:
    free = threading.Event()

    def stubborn(line: str) -> str:
        free.wait(10)
        return line

    invoker = Invoker(str, timeout=timedelta(seconds=0.05))
    with pytest.raises(FunctionTimeoutError):
        await invoker.invoke(Function("stubborn", stubborn, ACTIVITY, NAMED), "x")
    free.set()
    invoker.close()


async def leak(line: str) -> None:
    raise asyncio.CancelledError(line)


def leak_in_a_thread(line: str) -> None:
    raise asyncio.CancelledError(line)


@pytest.mark.parametrize("function", [asynchronous(leak), Function("leak", leak_in_a_thread, ACTIVITY, NAMED)])
async def test_a_cancellation_that_leaks_is_never_answered(
    function: Function, caplog: pytest.LogCaptureFixture
) -> None:
    invoker = Invoker(str, timeout=timedelta(seconds=0.05))
    with pytest.raises(FunctionTimeoutError):
        await invoker.invoke(function, "x")
    assert "'leak' leaks a CancelledError" in caplog.text
    invoker.close()


async def test_a_call_that_is_cancelled_from_outside_ends(invoker: Invoker, caplog: pytest.LogCaptureFixture) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def waiting(line: str) -> str:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return line

    caplog.set_level(logging.INFO, "local.host.function_invocation")
    call = asyncio.create_task(invoker.invoke(asynchronous(waiting), "x"))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await ended.wait()
    assert "Executed 'waiting' (Canceled" in caplog.text


def test_the_number_of_threads_is_pythons_own_or_that_of_the_environment(caplog: pytest.LogCaptureFixture) -> None:
    assert thread_count({}) is None
    assert thread_count({"PYTHON_THREADPOOL_THREAD_COUNT": "7"}) == 7
    assert caplog.text == ""
    for wrong in ("", "0", "-1", "many", "1.5", "\u00b2"):
        assert thread_count({"PYTHON_THREADPOOL_THREAD_COUNT": wrong}) is None
        assert "PYTHON_THREADPOOL_THREAD_COUNT must be a number from 1 on, and is ignored" in caplog.text
        caplog.clear()


async def test_functions_that_are_not_async_wait_for_one_of_the_threads() -> None:
    release, running = threading.Event(), threading.Semaphore(0)

    def blocking(line: str) -> str:
        running.release()
        release.wait(10)
        return line

    invoker = Invoker(str, threads=1)
    calls = [asyncio.create_task(invoker.invoke(Function("blocking", blocking, ACTIVITY, NAMED), n)) for n in "ab"]
    assert await asyncio.to_thread(running.acquire, timeout=10)
    assert not running.acquire(blocking=False)
    release.set()
    assert await asyncio.gather(*calls) == ["a", "b"]
    invoker.close()
