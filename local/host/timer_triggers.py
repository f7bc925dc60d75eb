"""Timer triggers: calls each function when its schedule says so, never twice at once."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from azure.functions.timer import TimerRequest

from local.host.function_invocation import Invoker
from local.host.function_loader import Function
from local.host.host_settings import LoadError, resolve
from local.host.host_telemetry import Trace, here, span
from local.host.ncrontab import Schedule


class Timers:
    """The timer-triggered functions of an app."""

    def __init__(self, functions: Mapping[str, Function], invoker: Invoker, environment: Mapping[str, str]) -> None:
        """Raises LoadError for a schedule that is wrong, or names an app setting that isn't set."""
        self._schedules = [(function, _schedule(function, environment)) for function in functions.values()]
        self._invoker = invoker
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to count."""
        self._tasks = [asyncio.create_task(self._run(function, schedule)) for function, schedule in self._schedules]

    async def stop(self) -> None:
        """Stop counting; a call under way is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, function: Function, schedule: Schedule) -> None:
        if function.binding.get("runOnStartup"):
            await self._call(function)
        due = _now()
        while True:
            # What falls due during a call is left out. The loop's clock may wake us a little before our time.
            due = schedule.next_after(max(due, _now()))
            await asyncio.sleep((due - _now()).total_seconds())
            await self._call(function)

    async def _call(self, function: Function) -> None:
        # The invoker logs exceptions; the next call is due all the same.
        with suppress(Exception), span(function.name, Trace()):
            await self._invoker.invoke(function, TimerRequest(), here())


def _schedule(function: Function, environment: Mapping[str, str]) -> Schedule:
    try:
        return Schedule(resolve(str(function.binding["schedule"]), environment))
    except LoadError as error:
        raise LoadError(f"function '{function.name}': schedule {error}") from error


def _now() -> datetime:
    return datetime.now(UTC)
