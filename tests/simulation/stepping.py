"""Runs the product's coroutines on virtual time, and stops each of them before and after every side effect.

At such a stop (`Touch`) a decision is made: how long the call takes, what comes back instead of its result, or that the
process dies right there. Many coroutines run interleaved.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation.event_loop import SimulatedLoop
from tests.simulation.world.facts import Ran, Said, Threw
from tests.simulation.world.touches import ACTOR, Touch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context
    from datetime import timedelta

    from tests.simulation.world.touches import Moment
    from tests.simulation.world.world import World


@dataclass(frozen=True, slots=True)
class Returned:
    """The coroutine returned a value."""

    value: object


@dataclass(frozen=True, slots=True)
class Raised:
    """The coroutine raised an exception."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Died:
    """The process died while it ran."""


Ending = Returned | Raised | Died
_MOST_WAITS = 20
"""How often a coroutine that was killed may wait in a `finally`, one inside the other."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The coroutine waits that long, and then gets `answer` (see `Touch`)."""

    after: timedelta
    answer: object = None


@dataclass(frozen=True, slots=True)
class Die:
    """The process dies here."""


@dataclass(eq=False, slots=True)
class Run:
    """A coroutine on a host, with the tasks that it created; `then` is called with how it ended."""

    name: str
    host: int
    then: Callable[[Ending], None]
    tasks: list[tuple[asyncio.Task[Any], Context]] = field(default_factory=list)
    is_alive: bool = True


class RunEndedError(BaseException):
    """A run that was killed makes another call: nothing comes of it."""


class Stepper:
    """Starts coroutines, steps through virtual time, and kills what runs on a host."""

    def __init__(self, world: World, decide: Callable[[Run, Touch], GoOn | Die]) -> None:
        self._world = world
        self._decide = decide
        self._loop = SimulatedLoop(world.schedule)  # type: ignore[abstract]  # it has what coroutines alone need
        self._loop.on_task = self._note_task
        self._runs: dict[str, Run] = {}
        self._under_way = 0
        world.touch = self._touch

    @property
    def is_idle(self) -> bool:
        """Whether no coroutine is running."""
        return self._under_way == 0

    def start(
        self, name: str, host: int, coroutine: Coroutine[Any, Any, object], then: Callable[[Ending], None]
    ) -> Run:
        """Starts a coroutine; `then` is called with how it ended."""
        run = Run(f"{name} #{len(self._runs) + 1}", host, then)
        self._runs[run.name] = run
        self._under_way += 1
        context = copy_context()
        context.run(ACTOR.set, run.name)
        context.run(self._world.record, Ran(f"{run.name} begins", begins=True))
        task = context.run(self._loop.create_task, coroutine)
        task.add_done_callback(partial(self._done, run), context=context)
        return run

    def step(self) -> bool:
        """Runs the next scheduled action and everything that it sets off. Returns whether there was one."""
        self._loop.run_ready()  # what was started since the last step
        was_something = self._world.schedule.step()
        self._loop.run_ready()
        return was_something

    def kill(self, host: int) -> None:
        """Kills the process of a host, with every coroutine in it."""
        for run in [run for run in self._runs.values() if run.is_alive and run.host == host]:
            self._die(run)

    def _note_task(self, task: asyncio.Task[Any], context: Context) -> None:
        self._runs[ACTOR.get()].tasks.append((task, context))

    async def _touch(self, what: str, moment: Moment) -> object:
        run = self._runs[ACTOR.get()]
        if not run.is_alive:
            raise RunEndedError  # it is being closed, and a `finally` of it makes a call
        decision, gate = self._decide(run, Touch(what, moment)), self._loop.create_future()
        if isinstance(decision, Die):
            self._loop.call_soon(self._die, run)
        else:
            self._world.schedule.after(decision.after, lambda: _open(gate, run, decision.answer))
        return await gate

    def _done(self, run: Run, task: asyncio.Task[object]) -> None:
        if task.cancelled():
            self._end(run, Raised(asyncio.CancelledError()))
        else:
            error = task.exception()
            self._end(run, Returned(task.result()) if error is None else Raised(error))

    def _die(self, run: Run) -> None:
        context = copy_context()
        context.run(ACTOR.set, run.name)
        context.run(self._end, run, Died())

    def _end(self, run: Run, ending: Ending) -> None:
        if not run.is_alive:
            return  # two of its tasks were to die at the same time
        run.is_alive = False
        self._under_way -= 1
        with self._world.unheard():
            for task, context in run.tasks:  # they stop where they are, and are never woken again
                if not task.done():
                    with contextlib.suppress(RunEndedError):
                        context.run(_close, task.get_coro())
        run.tasks.clear()
        self._world.record(Ran(f"{run.name} {_how(ending)}", returned=isinstance(ending, Returned)))
        if isinstance(ending, Raised):
            self._world.record(Threw(ending.error))
            self._world.record(Said(f"exception of {run.name}", chain(ending.error)))
        run.then(ending)


def _close(coroutine: Any) -> None:
    """Ends a coroutine where it is, and where it waits again: in a `finally`, for its other tasks."""
    for _ in range(_MOST_WAITS):
        with contextlib.suppress(RuntimeError):  # it did not end, but waits
            coroutine.close()
            return
    raise AssertionError(f"{coroutine} goes on and on, though its process is dead.")


def _open(gate: asyncio.Future[object], run: Run, answer: object) -> None:
    """Wakes a coroutine that waits at a touch, unless it timed out or died."""
    if run.is_alive and not gate.done():
        gate.set_result(answer)


def chain(error: BaseException) -> str:
    """The messages and arguments of an exception and its causes, as a host would log them."""
    texts = []
    seen: BaseException | None = error
    while seen is not None:
        texts.append(f"{type(seen).__name__}: {seen} {seen.args!r}")
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts)


def _how(ending: Ending) -> str:
    match ending:
        case Returned():
            return f"returns {ending.value if isinstance(ending.value, str | int | None) else 'an answer'}"
        case Raised():
            return f"raises {type(ending.error).__name__}"
        case Died():
            return "dies"
