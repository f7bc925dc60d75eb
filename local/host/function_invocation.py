"""Invokes the functions of the app, and logs each call with its name, id and duration."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any
from uuid import uuid4

from local.host.function_loader import Function

logger = logging.getLogger(__name__)

_THREADS = 32


class Invoker:
    """Calls functions: async ones on the event loop, others in threads.

    Args:
        client_binding: makes the JSON text that the SDK builds a durable client from.
    """

    def __init__(self, client_binding: Callable[[], str]) -> None:
        self._client_binding = client_binding
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="function")

    async def invoke(self, function: Function, argument: object) -> Any:  # noqa: ANN401  a function returns what it likes
        """Call a function with what triggered it and return its result. Its exceptions pass through."""
        arguments: dict[str, Any] = {function.parameter: argument}
        arguments |= {name: self._client_binding() for name in function.clients}
        with _logged(function.name):
            if function.is_async:
                return await function.call(**arguments)
            run = copy_context().run
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: run(function.call, **arguments))

    def close(self) -> None:
        """Accept no more calls, without waiting for those that run."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _logged(name: str) -> Iterator[None]:
    invocation_id = str(uuid4())
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
