"""Invokes the functions of the app, and logs each call with its name, id and duration.

A call does what it does in Microsoft's worker, to which a process with everything that it is doing belongs here.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from local.host.function_loader import Function

logger = logging.getLogger(__name__)

_THREAD_COUNT = "PYTHON_THREADPOOL_THREAD_COUNT"


class FunctionTimeoutError(Exception):
    """A call took longer than host.json allows (functionTimeout)."""


class Invoker:
    """Calls functions: async ones on the event loop, others in threads.

    Args:
        client_binding: makes the JSON text that the SDK builds a durable client from.
        timeout: of a call; None if it may take for ever.
        threads: for functions that are not async; None for Python's default, CPUs + 4.
    """

    def __init__(
        self, client_binding: Callable[[], str], *, timeout: timedelta | None = None, threads: int | None = None
    ) -> None:
        self._client_binding = client_binding
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._timed_out = asyncio.Event()
        self._timeout_error = FunctionTimeoutError()

    async def invoke(self, function: Function, argument: object) -> Any:  # noqa: ANN401  a function returns what it likes
        """Call a function with what triggered it and return its result. Its exceptions pass through.

        Raises:
            FunctionTimeoutError: it takes too long. It goes on all the same, until the process ends.
            TypeError: it has returned a value, but has nowhere to put it.
        """
        arguments: dict[str, Any] = {function.parameter: argument}
        arguments |= {name: self._client_binding() for name in function.clients}
        with _logged(function.name):
            result = await self._result(function, self._started(function, arguments))
            if result is not None and not function.has_return:
                raise TypeError(f"'{function.name}' has no return binding, but has returned a value")
            return result

    async def wait(self) -> None:
        """Never return; raise once a call has taken too long, because the platform starts its worker anew then.

        Raises:
            FunctionTimeoutError: names the function.
        """
        await self._timed_out.wait()
        raise self._timeout_error

    def close(self) -> None:
        """Accept no more calls, without waiting for those that run."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _started(self, function: Function, arguments: Mapping[str, Any]) -> "asyncio.Future[Any]":
        if function.is_async:
            started: asyncio.Future[Any] = asyncio.ensure_future(function.call(**arguments))
            return started
        # As in the worker, a thread doesn't get the context variables, and so belongs to no trace.
        return asyncio.get_running_loop().run_in_executor(self._threads, partial(function.call, **arguments))

    async def _result(self, function: Function, call: "asyncio.Future[Any]") -> Any:  # noqa: ANN401
        """What a call returns or raises."""
        try:
            async with asyncio.timeout(self._timeout.total_seconds() if self._timeout else None):
                await asyncio.wait([call])
                if _is_silent(call):
                    logger.error("'%s' leaks a CancelledError: the worker never answers such a call", function.name)
                    await asyncio.Event().wait()
        except TimeoutError:
            text = f"'{function.name}' takes longer than functionTimeout in host.json, {self._timeout}"
            self._timeout_error = FunctionTimeoutError(text)
            self._timed_out.set()
            raise self._timeout_error from None
        except asyncio.CancelledError:
            call.cancel()
            raise
        return call.result()


def thread_count(environment: Mapping[str, str]) -> int | None:
    """How many threads the environment wants for functions that are not async; None if it leaves that to Python."""
    text = environment.get(_THREAD_COUNT)
    if text is None:
        return None
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    logger.warning("%s must be a number from 1 on, and is ignored", _THREAD_COUNT)
    return None


def _is_silent(call: "asyncio.Future[Any]") -> bool:
    """Whether a call has ended with a CancelledError of its own, to which the worker has no answer."""
    return call.cancelled() or isinstance(call.exception(), asyncio.CancelledError)


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
