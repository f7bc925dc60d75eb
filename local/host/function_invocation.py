"""An invocation: one call of a function of the app, logged with its name, id and duration."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from local.host.function_loader import Function
from local.host.host_telemetry import Trace

logger = logging.getLogger(__name__)

_THREADS = 32


@dataclass(frozen=True)
class InvocationContext:
    """What a function gets that takes a `context`; it has what `azure.functions.Context` promises."""

    invocation_id: str
    function_name: str
    trace_context: Trace
    function_directory: str = field(default_factory=os.getcwd)
    retry_context: None = None
    thread_local_storage: threading.local = field(default_factory=threading.local)


class Invoker:
    """Calls functions: coroutines on the event loop, others in threads.

    Args:
        client_binding: makes the JSON text that a durable client is built from.
    """

    def __init__(self, client_binding: Callable[[], str]) -> None:
        self._client_binding = client_binding
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="function")

    async def invoke(self, function: Function, argument: object, trace: Trace) -> Any:  # noqa: ANN401  a function returns what it likes
        """Call a function with what triggered it and return its result; its exceptions pass through."""
        invocation_id = str(uuid4())
        arguments: dict[str, Any] = {function.parameter: argument}
        arguments |= {name: self._client_binding() for name in function.clients}
        if function.wants_context:
            arguments["context"] = InvocationContext(invocation_id, function.name, trace)
        with _logged(function.name, invocation_id):
            if function.is_async:
                return await function.call(**arguments)
            run = copy_context().run
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: run(function.call, **arguments))

    def close(self) -> None:
        """Take no more work; threads at work are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _logged(name: str, invocation_id: str) -> Iterator[None]:
    logger.info("Executing '%s' (Id=%s)", name, invocation_id)
    started = time.monotonic()
    outcome = "Failed"
    try:
        yield
        outcome = "Succeeded"
    except asyncio.CancelledError:
        outcome = "Canceled"
        raise
    except Exception:
        logger.exception("Exception in '%s' (Id=%s)", name, invocation_id)
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        logger.info("Executed '%s' (%s, Id=%s, Duration=%dms)", name, outcome, invocation_id, milliseconds)
