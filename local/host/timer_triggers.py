"""Timer triggers: calls each function on its schedule, never two calls of one at a time."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

from azure.functions.timer import TimerRequest

from local.host.function_invocation import Invoker
from local.host.function_loader import Function
from local.host.host_settings import LoadError
from local.host.host_telemetry import Trace, span
from local.host.ncrontab import Schedule


class TimerTriggers:
    """The timer-triggered functions of an app."""

    def __init__(self, functions: Iterable[Function], invoker: Invoker) -> None:
        """Raises LoadError for a schedule or an option that this host does not support."""
        self._schedules = [(function, _schedule(function)) for function in functions]
        self._invoker = invoker
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the timers."""
        self._tasks = [asyncio.create_task(self._run(function, schedule)) for function, schedule in self._schedules]

    async def stop(self) -> None:
        """Stop the timers; a call that is running is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, function: Function, schedule: Schedule) -> None:
        due = _now()
        while True:
            # What falls due during a call is skipped. The loop's clock may wake us slightly early.
            due = schedule.next_after(max(due, _now()))
            await asyncio.sleep((due - _now()).total_seconds())
            await self._call(function)

    async def _call(self, function: Function) -> None:
        # The invoker logs exceptions; the next call is due all the same.
        with suppress(Exception), span(function.name, Trace()):
            await self._invoker.invoke(function, TimerRequest())


def _schedule(function: Function) -> Schedule:
    if function.binding.get("runOnStartup"):
        raise LoadError(f"function '{function.name}': the local host does not support runOnStartup")
    try:
        return Schedule(str(function.binding["schedule"]))
    except ValueError as error:
        raise LoadError(f"function '{function.name}': schedule {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)
