"""One run of a seed: builds its world, injects faults, heals the world, waits until it is quiet, and checks it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.host.queue_timing import Timers
from shared.durable.durable_monitors import DurableMonitors
from shared.exports import handover_zip_layout, handover_zip_plan, subscription
from shared.records import file_names
from shared.settings import read_settings
from shared.use_cases import hold_exports
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import sweep
from tests.fakes.in_memory_graph import Course, Fate
from tests.simulation.api_calls import ApiCalls
from tests.simulation.callers import Callers
from tests.simulation.checks.all_checks import Checks
from tests.simulation.injected_faults import FaultInjector
from tests.simulation.lasting_faults import LastingFaults
from tests.simulation.plan import BEGIN, POLICY_LAG, draw_plan
from tests.simulation.planned_calls import DAY, HOUR, MINUTE, SECOND
from tests.simulation.stepping import Stepper
from tests.simulation.task_hub import Hub, HubClient
from tests.simulation.world.facts import OUTLIVED, Said
from tests.simulation.world.simulated_services import services_of
from tests.simulation.world.world import World

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Coroutine
    from datetime import timedelta

    from shared.exports.configured_limits import Limits
    from shared.services import Services
    from tests.simulation.checks.check import Violation
    from tests.simulation.plan import Plan
    from tests.simulation.stepping import Ending, Run
    from tests.simulation.world.facts import Line

_HOSTS = 2
_ROUND = 5 * MINUTE
"""How often the reconciler runs where it has something to do, as deployed."""
_CALM = 6 * HOUR
"""How often it runs otherwise, once the world has healed; more often would prove no more and take longer."""
_STACKS = logging.Formatter()
_MOST_STEPS = 200_000
"""A run that takes more is endless: most take a few thousand."""
_SMALL = (
    (file_names, {"LINES_WITHOUT_INDEX": 4, "NAMES_PER_ROW": 1, "_ROWS_PER_WRITE": 3}),
    (hold_exports, {"EXPORTS_PER_PAGE": 1}),
    (handover_zip_layout, {"SMALL_FILE_BYTES": 38, "MEMORY_BLOCK_BYTES": 200, "COPIED_BYTES": 4000}),
    (handover_zip_plan, {"MAX_FILE_BLOCKS": 12, "COPIED_BYTES": 4000}),
)
"""A manifest of a run has 14 lines at most, and one of more than 4 has an index that takes two writes or more.

A hold by reference takes several pages. A package is divided among zips, some of its files are copied, and its index is
copied in pieces.
"""
FUNCTION_TIMEOUT = 10 * MINUTE
"""As in host.json."""


class EndlessRunError(AssertionError):
    """A run does not come to its end."""


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
    simulation = _Simulation(seed)
    handler = _Listener(simulation.world)
    log = logging.getLogger("shared")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for module, values in _SMALL:
                for name, value in values.items():
                    patch.setattr(module, name, value)
            drawn = Random(f"{seed} secrets")  # noqa: S311 - chance that can be repeated is the point
            patch.setattr(subscription, "secrets", SimpleNamespace(token_bytes=drawn.randbytes))
            simulation.run()
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    return simulation.result()


class _Simulation:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
        aside = Random(f"{seed} handover")  # noqa: S311
        self._plan = plan = draw_plan(self._random, aside)
        self.world = world = World(self._random, BEGIN)
        self._timeline: list[Line] = []
        world.listeners.append(self._timeline.append)
        self._settings = settings = read_settings(plan.environment)
        self._prepare_world()
        self._processes = [services_of(world, settings) for _ in range(_HOSTS)]
        self._faults = FaultInjector(self._random, plan.weather, world, settings.limits.graph_timeout)
        world.note = self._faults.note
        world.hashing_time = self._faults.hashing_time
        world.graph.spoil_note = self._faults.spoil_note
        self._stepper = Stepper(world, self._faults.decide)
        timers = self._random.choice(tuple(Timers))
        self._hub = Hub(world, self._start_run, self._faults.deliveries, timers, self._random)
        client = HubClient(world, self._hub)
        self._monitors = DurableMonitors(client)
        self._callers = Callers(world, ApiCalls(settings, DurableMonitors(client)), self._start_run, self._faults.note)
        self._checks = Checks(world, settings, plan)
        self._healed = False
        self._calm_sweeps = 0
        self._steps = 0
        self._ends = BEGIN + _longest_run(plan, settings.limits)

    def run(self) -> None:
        """Runs until nothing is left to happen, and checks what is left."""
        for call in self._plan.calls:
            self._callers.expect(call)
        LastingFaults(self.world, self._random, self._faults, self._hub).arrange(self._plan.weather, self._restart)
        self.world.schedule.after(self._plan.weather.heals_after, self._heal)
        self._every(self._until_next_round, "reconciler", self._reconcile)
        self._every(lambda: DAY, "sweeper", self._sweep)
        self._step_until(self._is_over)
        self._callers.look_at_everything(self._plan.calls[0].caller)
        self._step_until(lambda: self._callers.open_calls == 0)
        self._hub.lose()  # what it kept is looked at
        self._checks.finish(self._callers.told, self._hub.longest)

    def result(self) -> Result:
        """The result so far."""
        checks = self._checks
        return Result(
            self._seed, self._faults.injected, checks.checked, tuple(checks.violations), tuple(self._timeline)
        )

    def _step_until(self, is_over: Callable[[], bool]) -> None:
        while not is_over() and self._stepper.step():
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise EndlessRunError(f"Still going on after {_MOST_STEPS} steps, {self.world.now - BEGIN}.")

    def _prepare_world(self) -> None:
        plan, graph = self._plan, self.world.graph
        self.world.account.policy_lag = POLICY_LAG
        self.world.exports.most_attempts = plan.weather.most_attempts_stored
        graph.people = plan.people
        graph.has_hard_names = plan.has_hard_names
        graph.course = self._draw_course
        graph.forbidden_until = BEGIN + plan.weather.forbidden_for
        per_day = self._settings.limits.submissions_per_day
        graph.submissions.limit = min(plan.weather.exports_per_day or per_day, per_day)

    def _draw_course(self) -> Course:
        course = self._random.choice(self._plan.courses)
        if course.fate is not Fate.COMPLETE:
            self._faults.note(f"operation: {course.fate}", "")
        return course

    def _restart(self) -> None:
        host = self._random.randrange(_HOSTS)
        self._kill(host, "host restarts", str(host))

    def _kill(self, host: int, why: str, where: str) -> None:
        self._faults.note(why, where)
        self._stepper.kill(host)
        self._processes[host] = services_of(self.world, self._settings)

    def _heal(self) -> None:
        self._healed = True
        self._faults.heal()
        self._checks.heal()
        self.world.graph.submissions.limit = self._settings.limits.submissions_per_day
        self.world.graph.forbidden_until = None

    def _every(
        self, interval: Callable[[], timedelta], name: str, work: Callable[[Services], Coroutine[Any, Any, object]]
    ) -> None:
        """Runs a timer function, never twice at once: a run that is late for the next time is followed by it."""
        is_running = is_missed = False

        def tick() -> None:
            nonlocal is_missed
            self.world.schedule.after(interval(), tick)
            if is_running:
                is_missed = True
            else:
                start()

        def start() -> None:
            nonlocal is_running, is_missed
            is_running, is_missed = True, False
            self._start_run(name, work, ended)

        def ended(_ending: Ending) -> None:
            nonlocal is_running
            is_running = False
            if name == "sweeper" and self._is_settled():
                self._calm_sweeps += 1
            if is_missed:
                self.world.schedule.after(SECOND, start)

        self.world.schedule.after(interval(), tick)

    def _until_next_round(self) -> timedelta:
        """The time until the next round of the reconciler: longer than usual where it has nothing to do."""
        if self._checks.anybody_waits():
            return _ROUND
        return max(_ROUND, _CALM if self._healed else self._plan.reconciles_every)

    async def _reconcile(self, services: Services) -> object:
        return await reconcile(services, self._monitors)

    async def _sweep(self, services: Services) -> object:
        return await sweep(services, self._monitors)

    def _start_run(
        self, name: str, work: Callable[[Services], Coroutine[Any, Any, object]], then: Callable[[Ending], None]
    ) -> None:
        """Starts a call of a function on some host; the host kills its worker where one takes too long."""
        host = self._random.randrange(_HOSTS)
        run = self._stepper.start(name, host, work(self._processes[host]), then)
        self.world.schedule.after(FUNCTION_TIMEOUT, lambda: self._end_late(run))

    def _end_late(self, run: Run) -> None:
        if run.is_alive:
            self._kill(run.host, OUTLIVED, run.name)

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


def _longest_run(plan: Plan, limits: Limits) -> timedelta:
    """After how long everything must have ended: counted from when the world heals, or from the last call."""
    begin = max(plan.weather.heals_after, *(call.at + (call.cancels_after or 0 * DAY) for call in plan.calls))
    return begin + 5 * DAY + limits.abandon_after + limits.retain_for


class _Listener(logging.Handler):
    """Records every log record of the product, as it would be written."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        """Records it."""
        stack = "" if not record.exc_info else _STACKS.formatException(record.exc_info)
        self._world.record(Said(f"log {record.levelname}", f"{record.getMessage()} {stack}"))
