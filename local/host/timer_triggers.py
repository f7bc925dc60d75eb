"""Timer triggers: calls each function on its schedule, never two calls of one at a time.

As on the platform, a run that was missed while there was no host is made once at the start, and is past due. A run that
takes longer than its schedule gives is followed at once by the next. A host holds a lease on the timers while it runs.
If it is killed, the next one has to wait until that has ended.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.functions.timer import TimerRequest
from opentelemetry.trace import SpanKind

from local.host.function_invocation import Invoker
from local.host.function_loader import Function
from local.host.host_settings import LoadError
from local.host.host_telemetry import Trace, span
from local.host.ncrontab import Schedule, UnsupportedScheduleError
from local.private_files import write_private

logger = logging.getLogger(__name__)

_LEASE = ".lease"
"""A file that is there while a host holds the lease, or died with it. No function can have its name."""


class TimerTriggers:
    """The timer-triggered functions of an app.

    Args:
        functions: the functions.
        invoker: calls them.
        runs: a folder that keeps when each function ran last.
        lease: how long the lease of a killed host goes on.

    Raises:
        LoadError: a function has a schedule or an option that this host does not support.
    """

    def __init__(self, functions: Iterable[Function], invoker: Invoker, runs: Path, lease: timedelta) -> None:
        schedules = ((function, _schedule(function)) for function in functions)
        self._schedules = [(function, schedule) for function, schedule in schedules if schedule]
        self._invoker = invoker
        self._runs = runs
        self._lease = lease
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the timers, once the lease of a killed host has ended."""
        if not self._schedules:
            return
        wait = self._lease if (self._runs / _LEASE).exists() else timedelta()
        self._write(_LEASE, "")
        self._tasks = [
            asyncio.create_task(self._run(function, schedule, wait)) for function, schedule in self._schedules
        ]

    async def stop(self) -> None:
        """Stop the timers, and let go of the lease; a call that is running is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        (self._runs / _LEASE).unlink(missing_ok=True)

    async def _run(self, function: Function, schedule: Schedule, wait: timedelta) -> None:
        await asyncio.sleep(wait.total_seconds())
        last = self._last_run(function)
        is_past_due = schedule.next_after(last) <= _now()
        while True:
            due = schedule.next_after(last)
            await asyncio.sleep((due - _now()).total_seconds())
            last = max(due, _now())  # the loop's clock may wake us slightly early
            await self._call(function, past_due=is_past_due)
            is_past_due = False
            self._write(function.name, last.isoformat())

    async def _call(self, function: Function, *, past_due: bool) -> None:
        # The invoker logs exceptions; the next call is due all the same.
        with suppress(Exception), span(function.name, Trace(), SpanKind.SERVER):
            await self._invoker.invoke(function, TimerRequest(past_due=past_due))

    def _last_run(self, function: Function) -> datetime:
        """When the last run of a function that was finished began; where there was none, now."""
        try:
            return datetime.fromisoformat((self._runs / function.name).read_text("utf-8"))
        except FileNotFoundError:
            now = _now()
            self._write(function.name, now.isoformat())
            return now

    def _write(self, name: str, content: str) -> None:
        self._runs.mkdir(parents=True, exist_ok=True)
        write_private(self._runs / name, content)


def _schedule(function: Function) -> Schedule | None:
    """The schedule of a function; None if it is wrong, which on the platform too costs the app this function alone."""
    if function.binding.get("runOnStartup"):
        raise LoadError(f"function '{function.name}': the local host does not support runOnStartup")
    try:
        return Schedule(str(function.binding["schedule"]))
    except UnsupportedScheduleError as error:
        raise LoadError(f"function '{function.name}': the local host does not support the schedule {error}") from error
    except ValueError as error:
        logger.error("The function '%s' is in error and does not run: its schedule %s", function.name, error)  # noqa: TRY400
        return None


def _now() -> datetime:
    return datetime.now(UTC)
