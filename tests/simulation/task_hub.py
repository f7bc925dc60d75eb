"""The Durable task hub: monitors take turns as on the real one, and activities run at least once.

Its state survives the death of a host, and is lost with the hub.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from azure.durable_functions import OrchestrationRuntimeStatus
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus
from azure.durable_functions.models.PurgeHistoryResult import PurgeHistoryResult

from local.checkout import ROOT
from local.host.host_settings import read_settings
from shared.durable.monitor_orchestrator import ADVANCE, MONITOR, monitor, wake_up_time
from shared.workflow.advance_export import advance_export
from tests.simulation.kept_monitor import KeptMonitor
from tests.simulation.stepping import Died, Raised, Returned
from tests.simulation.world.facts import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from random import Random

    from local.host.orchestrator_replay import Call, Timer
    from local.host.queue_timing import Timers
    from shared.services import Services
    from tests.simulation.stepping import Ending
    from tests.simulation.world.world import World

    StartRun = Callable[[str, Callable[[Services], Coroutine[Any, Any, object]], Callable[[Ending], None]], None]
    """Starts a coroutine in some process: its name, a function of the services, a callback for how it ended."""

_INTERRUPTED = read_settings(ROOT, {}).timing.interrupted
"""How long the message of an activity is hidden whose host died."""
_ORCHESTRATORS = {MONITOR: monitor}


class Hub:
    """The task hub of a run.

    Attributes:
        longest: the most events in the history of any monitor so far.
    """

    def __init__(
        self, world: World, run: StartRun, deliveries: Callable[[], list[timedelta]], timers: Timers, random: Random
    ) -> None:
        """A hub without instances, whose timers are `timers`; `random` draws how late each of them fires."""
        self._world = world
        self._timers = timers
        self._random = random
        self._start_run = run
        self._deliveries = deliveries
        self._monitors: dict[str, KeptMonitor] = {}
        self._delivered: dict[str, set[tuple[int, int]]] = {}
        self.longest = 0

    @property
    def is_idle(self) -> bool:
        """Whether no monitor is alive."""
        return all(replay.status.ended for replay in self._monitors.values())

    def lose(self) -> None:
        """Loses every monitor, timer and message. Activities that are running go on."""
        for export_id, replay in self._monitors.items():
            self._keep(export_id, replay)
        self._monitors.clear()

    def start(self, name: str, instance_id: str, client_input: object) -> bool:
        """Starts an instance. Returns False if one with this id is alive."""
        present = self._monitors.get(instance_id)
        if present is not None and not present.status.ended:
            return False
        replay = KeptMonitor(
            _ORCHESTRATORS[name], name=name, instance_id=instance_id, input=client_input, now=self._world.clock()
        )
        self._monitors[instance_id] = replay
        self._delivered[instance_id] = set()
        self._look(instance_id, replay)
        return True

    def terminate(self, instance_id: str, reason: str) -> bool:
        """Ends an instance at once, unless it has ended. Returns False if there is none."""
        replay = self._monitors.get(instance_id)
        if replay is not None and not replay.status.ended:
            replay.terminate(reason)
            self._look(instance_id, replay)
        return replay is not None

    def status(self, instance_id: str) -> OrchestrationRuntimeStatus | None:
        """The status of an instance, None if there is none."""
        replay = self._monitors.get(instance_id)
        return None if replay is None else OrchestrationRuntimeStatus(str(replay.status))

    def purge(self, statuses: set[str]) -> int:
        """Deletes the ended instances with these statuses, and returns how many there were."""
        gone = [key for key, each in self._monitors.items() if each.status.ended and str(each.status) in statuses]
        for instance_id in gone:
            del self._monitors[instance_id]
        return len(gone)

    def _look(self, instance_id: str, replay: KeptMonitor) -> None:
        """Schedules the activities and the timer that the last turn of a monitor asked for."""
        self.longest = max(self.longest, len(replay.history))
        if replay.status.ended:
            self._keep(instance_id, replay)
        for call in replay.activities:
            key = (replay.generations, call.id)
            if key not in self._delivered[instance_id]:
                self._delivered[instance_id].add(key)
                self._say("activity input", call.input)
                for delay in self._deliveries():
                    self._deliver(instance_id, replay, call, delay)
        if replay.timers:
            self._schedule(instance_id, replay, replay.timers[0])

    def _deliver(self, instance_id: str, replay: KeptMonitor, call: Call, delay: timedelta) -> None:
        generation = replay.generations

        def run() -> None:
            if self._waits_for(instance_id, replay, generation, call):
                self._start_run(f"{call.name} {instance_id[:8]}", partial(_activity, call), ended)

        def ended(ending: Ending) -> None:
            match ending:
                case Died():
                    self._deliver(instance_id, replay, call, _INTERRUPTED)
                case Returned(value=value):
                    self._say("activity output", value)
                    self._answer(instance_id, replay, generation, call, lambda: replay.complete(call, value))
                case Raised(error=error):
                    self._answer(instance_id, replay, generation, call, lambda: replay.fail(call, str(error)))

        self._world.schedule.after(delay, run)

    def _answer(
        self, instance_id: str, replay: KeptMonitor, generation: int, call: Call, send: Callable[[], None]
    ) -> None:
        """Passes the end of an activity to its monitor, unless that has had it already or is gone."""
        if self._waits_for(instance_id, replay, generation, call):
            _catch_up(replay, self._world.clock())
            if self._waits_for(instance_id, replay, generation, call):
                send()
            self._look(instance_id, replay)

    def _waits_for(self, instance_id: str, replay: KeptMonitor, generation: int, call: Call) -> bool:
        here = self._monitors.get(instance_id) is replay and replay.generations == generation
        return here and not replay.status.ended and any(each.id == call.id for each in replay.activities)

    def _schedule(self, instance_id: str, replay: KeptMonitor, timer: Timer) -> None:
        """Hides the message of a timer. Once it appears, the timer fires, whatever the clock says then."""

        def fire() -> None:
            if self._monitors.get(instance_id) is replay and timer in replay.timers:
                replay.fire_next_timer(self._world.clock())
                self._look(instance_id, replay)

        now = self._world.clock()
        fires_at = self._timers.fires_at(timer.fire_at, now, self._random)
        self._world.schedule.after(max(fires_at - now, timedelta()), fire)

    def _keep(self, instance_id: str, replay: KeptMonitor) -> None:
        self._say(f"history of {instance_id}", replay.history)
        self._say(f"output of {instance_id}", [replay.output, replay.custom_status])

    def _say(self, where: str, value: object) -> None:
        self._world.record(Said(where, json.dumps(value, default=str)))


class HubClient:
    """The methods of `DurableOrchestrationClient` that the product calls."""

    def __init__(self, world: World, hub: Hub) -> None:
        self._world = world
        self._hub = hub

    async def start_new(self, orchestration_function_name: str, instance_id: str, client_input: Any = None) -> str:
        await self._world.before("hub.start_new")
        started = self._hub.start(orchestration_function_name, instance_id, client_input)
        await self._world.after("hub.start_new")
        if not started:
            raise Exception(f"An Orchestration instance with the status Running already exists: {instance_id}")  # noqa: TRY002 - the SDK raises no other
        return instance_id

    async def get_status(self, instance_id: str) -> DurableOrchestrationStatus:
        await self._world.before("hub.get_status")
        return DurableOrchestrationStatus(instanceId=instance_id, runtimeStatus=self._hub.status(instance_id))

    async def terminate(self, instance_id: str, reason: str) -> None:
        await self._world.before("hub.terminate")
        is_there = self._hub.terminate(instance_id, reason)
        await self._world.after("hub.terminate")
        if not is_there:
            raise Exception(f"No instance with ID '{instance_id}' found.")  # noqa: TRY002 - the SDK raises no other

    async def purge_instance_history_by(
        self,
        created_time_from: datetime,
        created_time_to: datetime,
        runtime_status: list[OrchestrationRuntimeStatus],
    ) -> PurgeHistoryResult:
        await self._world.before("hub.purge_instance_history_by")
        _ = created_time_from, created_time_to
        gone = self._hub.purge({status.value for status in runtime_status})
        return PurgeHistoryResult.from_json({"instancesDeleted": gone})


async def _activity(call: Call, services: Services) -> str | None:
    """The activity, as `shared.durable.durable_functions` calls the step."""
    if call.name != ADVANCE:
        raise LookupError(call.name)
    return wake_up_time(await advance_export(str(call.input), services), services.now())


def _catch_up(replay: KeptMonitor, now: datetime) -> None:
    """Moves a monitor's clock forward, never back, and fires the timers that are due."""
    replay.advance(max(now - replay.now, timedelta()))
