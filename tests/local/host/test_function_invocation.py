"""Calls of functions: where they run, what they get, and what the log says."""

import logging
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from local.host.function_invocation import Invoker
from local.host.function_loader import ACTIVITY, Function

CALLER = ContextVar("caller", default="nobody")


@pytest.fixture
def invoker() -> Iterator[Invoker]:
    made = Invoker(lambda: "the binding")
    yield made
    made.close()


async def test_a_function_that_is_not_async_runs_in_a_thread_with_the_callers_context(invoker: Invoker) -> None:
    def blocking(line: str) -> tuple[str, str, bool]:
        return line, CALLER.get(), threading.current_thread() is threading.main_thread()

    CALLER.set("somebody")
    result = await invoker.invoke(Function("blocking", blocking, ACTIVITY, {"name": "line"}), "x")
    assert result == ("x", "somebody", False)


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
        await invoker.invoke(Function("failing", failing, ACTIVITY, {"name": "line"}, is_async=True), "no luck")
    started, exception, ended = (record.getMessage() for record in caplog.records)
    assert started.startswith("Executing 'failing' (Id=")
    assert exception.startswith("Exception in 'failing' (Id=")
    assert ended.startswith("Executed 'failing' (Failed, Id=")
