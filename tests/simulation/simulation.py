"""One run of a seed: builds its world, injects faults, heals the world, waits until it is quiet, and checks it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from local.host.queue_timing import Timers
from shared.durable.durable_monitors import DurableMonitors
from shared.settings import read_settings
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import sweep
from tests.fakes.in_memory_graph import Course, Fate
from tests.simulation.callers import Callers
from tests.simulation.checks.all_checks import Checks
from tests.simulation.injected_faults import FaultInjector
from tests.simulation.plan import BEGIN, DAY, HOUR, POLICY_LAG, draw_plan
from tests.simulation.stepping import Stepper
from tests.simulation.task_hub import Hub, HubClient, quicken
from tests.simulation.world.facts import Said
from tests.simulation.world.simulated_services import services_of
from tests.simulation.world.world import World

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Coroutine
    from datetime import timedelta

    from shared.services import Services
    from tests.simulation.checks.check import Violation
    from tests.simulation.stepping import Ending
    from tests.simulation.world.facts import Line

_HOSTS = 2
_CALM = 6 * HOUR
"""How often the reconciler runs once the world has healed; more often would prove no more and take longer."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a seed: how often each fault was injected and each check made, and the violations."""

    seed: int
    injected: Counter[str]
    checked: Counter[str]
    violations: tuple[Violation, ...]
    timeline: tuple[Line, ...] = field(repr=False)


def simulate(seed: int) -> Result:
    """Runs a seed. The same seed always runs in the same way."""
    quicken()
    simulation = _Simulation(seed)
    handler = _Listener(simulation.world)
    log = logging.getLogger("shared")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        simulation.run()
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    return simulation.result()


class _Simulation:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
        self._plan = draw_plan(self._random)
        self.world = World(self._random, BEGIN)
        self._timeline: list[Line] = []
        self.world.listeners.append(self._timeline.append)
        self.world.account.policy_lag = POLICY_LAG
        graph = self.world.graph
        graph.people = self._plan.people
        graph.course = self._draw_course
        graph.forbidden_until = BEGIN + self._plan.forbidden_for
        graph.submissions.limit = self._plan.exports_per_day
        self._settings = settings = read_settings(self._plan.environment)
        self._processes = [services_of(self.world, settings) for _ in range(_HOSTS)]
        self._faults = FaultInjector(self._random, self._plan, self.world, settings.limits.graph_timeout)
        graph.note = lambda reason: self._faults.note(reason, "")
        self._stepper = Stepper(self.world, self._faults.decide)
        timers = self._random.choice(tuple(Timers))
        self._hub = Hub(self.world, self._start_run, self._faults.deliveries, timers, self._random)
        client = HubClient(self.world, self._hub)
        self._monitors = DurableMonitors(client)
        self._callers = Callers(self.world, settings, client, self._start_run, self._faults.note)
        self._checks = Checks(self.world, settings)
        self._healed = False
        self._calm_sweeps = 0
        self._ends = (
            BEGIN + self._plan.heals_after + 5 * DAY + settings.limits.abandon_after + settings.limits.retain_for
        )

    def run(self) -> None:
        """Runs until nothing is left to happen, and checks what is left."""
        for planned in self._plan.exports:
            self._callers.expect(planned)
        self._arrange_faults()
        self._every(lambda: self._plan.reconciles_every, "reconciler", self._reconcile)
        self._every(lambda: DAY, "sweeper", self._sweep)
        while not self._is_over() and self._stepper.step():
            pass
        self._hub.lose()  # what it kept is looked at
        self._checks.finish(self._callers.accepted, self._hub.longest)

    def result(self) -> Result:
        """The result so far."""
        checks = self._checks
        return Result(
            self._seed, self._faults.injected, checks.checked, tuple(checks.violations), tuple(self._timeline)
        )

    def _draw_course(self) -> Course:
        course = self._random.choice(self._plan.courses)
        if course.fate is not Fate.COMPLETE:
            self._faults.note(f"operation: {course.fate}", "")
        return course

    def _arrange_faults(self) -> None:
        after = self.world.schedule.after
        for at in self._plan.restarts:
            after(at, self._restart)
        for at in self._plan.hub_losses:
            after(at, self._lose_hub)
        for at in self._plan.index_losses:
            after(at, self._lose_index)
        for at, by in self._plan.clock_steps:
            after(at, partial(self._step_clock, by))
        after(self._plan.heals_after, self._heal)

    def _restart(self) -> None:
        host = self._random.randrange(_HOSTS)
        self._faults.note("host restarts", str(host))
        self._stepper.kill(host)
        self._processes[host] = services_of(self.world, self._settings)

    def _lose_hub(self) -> None:
        self._faults.note("task hub lost", "")
        self._hub.lose()

    def _lose_index(self) -> None:
        self._faults.note("index lost", "")
        self.world.index.lose()

    def _step_clock(self, by: timedelta) -> None:
        self._faults.note("clock steps", str(by))
        self.world.skew += by

    def _heal(self) -> None:
        self._healed = True
        self._faults.heal()
        self._checks.heal()
        self.world.graph.submissions.limit = 1000
        self.world.graph.forbidden_until = None

    def _every(
        self, interval: Callable[[], timedelta], name: str, work: Callable[[Services], Coroutine[Any, Any, object]]
    ) -> None:
        def tick() -> None:
            self._start_run(name, work, ended)
            self.world.schedule.after(max(interval(), _CALM) if self._healed else interval(), tick)

        def ended(_ending: Ending) -> None:
            if name == "sweeper" and self._is_settled():
                self._calm_sweeps += 1

        self.world.schedule.after(interval(), tick)

    async def _reconcile(self, services: Services) -> int:
        return await reconcile(services, self._monitors)

    async def _sweep(self, services: Services) -> int:
        return await sweep(services, self._monitors)

    def _start_run(
        self, name: str, work: Callable[[Services], Coroutine[Any, Any, object]], then: Callable[[Ending], None]
    ) -> None:
        host = self._random.randrange(_HOSTS)
        self._stepper.start(name, host, work(self._processes[host]), then)

    def _is_settled(self) -> bool:
        """Whether nothing is left to happen, except erasures that the run does not wait for."""
        return (
            self._healed
            and self._stepper.is_idle
            and self._hub.is_idle
            and self._callers.open_calls == 0
            and self._checks.all_have_ended(erased=self._plan.to_erasure)
        )

    def _is_over(self) -> bool:
        return self._calm_sweeps > 1 or self.world.now > self._ends


class _Listener(logging.Handler):
    """Records every log record of the product, as it would be written."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Records it."""
        self._world.record(Said(f"log {record.levelname}", f"{record.getMessage()} {record.exc_text or ''}"))
