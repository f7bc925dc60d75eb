"""Runs coroutines of the product without an event loop, step by step, so that each side effect can be interfered with.

A coroutine stops at every `Touch`. What is then to become of it is asked of somebody (`Decide`): how long it waits
there, what it is told, or that its process dies at this very place. Several run interleaved, by the agenda's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulation.world.facts import Ran, Said, Threw

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import timedelta

    from tests.simulation.world.touches import Touch
    from tests.simulation.world.world import World


@dataclass(frozen=True, slots=True)
class Returned:
    """The coroutine ended with a value."""

    value: object


@dataclass(frozen=True, slots=True)
class Raised:
    """The coroutine ended with an exception."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Died:
    """Its process died while it ran."""


Ending = Returned | Raised | Died


@dataclass(frozen=True, slots=True)
class GoOn:
    """The touch takes that long, and the coroutine is then told this (`Touch`)."""

    after: timedelta
    told: object = None


@dataclass(frozen=True, slots=True)
class Die:
    """The process dies there."""


class Run:
    """One coroutine under way on one host."""

    def __init__(self, name: str, host: int, coroutine: Coroutine[Touch, object, object]) -> None:
        self.name = name
        self.host = host
        self.coroutine = coroutine
        self.is_alive = True


class Stepper:
    """All coroutines under way."""

    def __init__(self, world: World, decide: Callable[[Run, Touch], GoOn | Die]) -> None:
        self._world = world
        self._decide = decide
        self._runs: list[tuple[Run, Callable[[Ending], None]]] = []
        self._started = 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._runs

    def start(self, run: Run, then: Callable[[Ending], None]) -> None:
        """Starts a coroutine now; `then` hears how it ended."""
        self._started += 1
        run.name = f"{run.name} #{self._started}"
        self._runs.append((run, then))
        self._world.actor = run.name
        self._world.tell(Ran(f"{run.name} begins", begins=True))
        self._step(run, then, None)

    def kill(self, host: int) -> None:
        """The process of a host dies, with all that runs there."""
        for run, then in [(run, then) for run, then in self._runs if run.host == host]:
            self._die(run, then)

    def _step(self, run: Run, then: Callable[[Ending], None], told: object) -> None:
        if not run.is_alive:
            return
        self._world.actor = run.name
        try:
            touch = run.coroutine.send(told)
        except StopIteration as ended:
            self._end(run, then, Returned(ended.value))
        except Exception as error:  # noqa: BLE001 - whatever a coroutine raises is how it ended
            self._end(run, then, Raised(error))
        else:
            self._wait(run, then, self._decide(run, touch))
        finally:
            self._world.actor = ""

    def _wait(self, run: Run, then: Callable[[Ending], None], decision: GoOn | Die) -> None:
        if isinstance(decision, Die):
            self._die(run, then)
        else:
            self._world.agenda.after(decision.after, lambda: self._step(run, then, decision.told))

    def _die(self, run: Run, then: Callable[[Ending], None]) -> None:
        run.coroutine.close()
        self._world.actor = run.name
        self._end(run, then, Died())

    def _end(self, run: Run, then: Callable[[Ending], None], ending: Ending) -> None:
        run.is_alive = False
        self._runs.remove((run, then))
        self._world.tell(Ran(f"{run.name} {_how(ending)}", returned=isinstance(ending, Returned)))
        if isinstance(ending, Raised):
            self._world.tell(Threw(ending.error))
            self._world.tell(Said(f"exception of {run.name}", chain(ending.error)))
        then(ending)


def chain(error: BaseException) -> str:
    """All that an exception says, with those behind it, as a host that logs it would print it."""
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
