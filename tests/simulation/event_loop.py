"""An event loop in simulated time: the product's own tasks, locks, time-outs and pauses, in an order that repeats.

It has what coroutines need that wait for each other and for the time, and no sockets, threads or signals: a coroutine
that asks for one fails with NotImplementedError.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from contextvars import Context

    from tests.simulation.world.schedule import Schedule

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class SimulatedLoop(asyncio.AbstractEventLoop):
    """The loop.

    Attributes:
        on_task: is told of each task that is made and of its context, in the context of the one that makes it.
    """

    def __init__(self, schedule: Schedule) -> None:
        """A loop whose clock is that of the schedule."""
        self._schedule = schedule
        self._begin = schedule.now
        self._ready: deque[asyncio.Handle] = deque()
        self._broken: BaseException | None = None
        self.on_task: Callable[[asyncio.Task[Any], Context], None] = lambda _, __: None

    def run_ready(self) -> None:
        """Runs everything that can go on at this moment."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            while self._ready:
                handle = self._ready.popleft()
                if not handle.cancelled():
                    handle._run()
        finally:
            asyncio._set_running_loop(outer)
        if self._broken is not None:
            raise self._broken

    def time(self) -> float:
        """Seconds since the begin."""
        return (self._schedule.now - self._begin).total_seconds()

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Calls it at this moment, after what is to be called already."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls it after so many seconds."""
        handle = asyncio.TimerHandle(self.time() + delay, callback, args, self, context)
        self._schedule.after(timedelta(seconds=max(delay, 0)), lambda: self._ready.append(handle))
        return handle

    def call_at(
        self, when: float, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Calls it when `time` is that."""
        return self.call_later(when - self.time(), callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """A future that this loop wakes waiters of."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[_T]:
        """A task that runs the coroutine from this moment on."""
        own = copy_context() if context is None else context
        task = asyncio.Task(coro, loop=self, name=name, context=own)
        self.on_task(task, own)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A callback that raises is a mistake of the simulation's. What dead processes leave behind is none."""
        if "handle" in context:
            self._broken = context["exception"]

    def get_debug(self) -> bool:
        """No."""
        return False

    def is_running(self) -> bool:
        """Whether it runs now."""
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        """Never."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Is called by handles; they are passed over when their time comes."""
