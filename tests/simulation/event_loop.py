"""An event loop on virtual time: tasks, locks, timeouts and sleeps work as usual, and run in the same order each time.

It has no sockets, threads or signals: what a coroutine hands to a thread is done at once, and one that needs the others
fails with NotImplementedError.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from concurrent.futures import Executor
    from contextvars import Context

    from tests.simulation.world.schedule import Planned, Schedule

_MOST_AT_ONCE = 100_000
"""Callbacks that are ready one after another, without any time passing."""
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class SimulatedLoop(asyncio.AbstractEventLoop):
    """The event loop of one simulation.

    Attributes:
        on_task: called with each new task and its context, in the context that creates it.
    """

    def __init__(self, schedule: Schedule) -> None:
        """A loop whose clock is the schedule's."""
        self._schedule = schedule
        self._begin = schedule.now
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: dict[int, Planned] = {}
        self._broken: BaseException | None = None
        self.on_task: Callable[[asyncio.Task[Any], Context], None] = lambda _, __: None

    def run_ready(self) -> None:
        """Runs every callback that is ready, until none is left."""
        if not self._ready:
            return
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            for _ in range(_MOST_AT_ONCE):
                if not self._ready:
                    break
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()
            else:
                self._broken = RuntimeError("A coroutine goes on and on without ever waiting.")
        finally:
            asyncio._set_running_loop(outer)
        if self._broken is not None:
            raise self._broken

    def time(self) -> float:
        """Seconds since the start of the simulation."""
        return (self._schedule.now - self._begin).total_seconds()

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Calls it after the callbacks that are ready already."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls it after `delay` seconds."""
        handle = asyncio.TimerHandle(self.time() + delay, callback, args, self, context)
        self._timers[id(handle)] = self._schedule.after(timedelta(seconds=max(delay, 0)), lambda: self._fire(handle))
        return handle

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls it when `time()` reaches `when`."""
        return self.call_later(when - self.time(), callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[_T]:
        """A task that runs the coroutine from now on."""
        own = copy_context() if context is None else context
        task = asyncio.Task(coro, loop=self, name=name, context=own)
        self.on_task(task, own)
        return task

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        """Calls a function at once; the future has what it returned or raised."""
        _ = executor
        done: asyncio.Future[_T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - for whoever awaits it
            done.set_exception(error)
        return done

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keeps the error of a callback for `run_ready`: it is a bug of the simulation. Other messages mean nothing."""
        if "handle" in context:
            self._broken = context["exception"]

    def get_debug(self) -> bool:
        """Never on."""
        return False

    def is_running(self) -> bool:
        """Whether this loop runs at the moment."""
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        """It is never closed."""
        return False

    def _fire(self, handle: asyncio.TimerHandle) -> None:
        del self._timers[id(handle)]
        self._ready.append(handle)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Called by a timer that is cancelled."""
        planned = self._timers.pop(id(handle), None)
        if planned is not None:
            planned.cancel()
