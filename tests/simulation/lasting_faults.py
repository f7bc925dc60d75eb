"""Faults that come at a planned time: hosts that restart, clocks that step, and what is lost or edited in storage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shared.exports.export import current_attempt
from shared.exports.states_and_codes import Status
from shared.storage.sas_urls import container_name
from tests.fakes.in_memory_containers import REQUEST_INFO

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta
    from random import Random

    from shared.records.table_names import TableName
    from tests.simulation.injected_faults import FaultInjector
    from tests.simulation.planned_weather import Weather, Window
    from tests.simulation.task_hub import Hub
    from tests.simulation.world.world import World


class LastingFaults:
    """The faults of a weather that are planned."""

    def __init__(self, world: World, random: Random, faults: FaultInjector, hub: Hub) -> None:
        self._world = world
        self._random = random
        self._faults = faults
        self._hub = hub

    def arrange(self, weather: Weather, restart: Callable[[], None]) -> None:
        """Schedules them, from now on; `restart` kills a host and starts it anew."""
        after = self._world.schedule.after
        for at in weather.restarts:
            after(at, restart)
        for at in weather.hub_losses:
            after(at, self._lose_hub)
        for at, name in weather.table_losses:
            after(at, partial(self._lose_table, name))
        for at, by in weather.clock_steps:
            after(at, partial(self._step_clock, by))
        for at in weather.file_changes:
            after(at, self._change_file)
        for window in weather.spoiled_rows:
            after(window.begins, partial(self._spoil_row, window))

    def _lose_hub(self) -> None:
        self._faults.note("task hub lost", "")
        self._hub.lose()

    def _lose_table(self, name: TableName) -> None:
        self._faults.note(f"table lost: {name}", "")
        self._world.table(name).lose()

    def _step_clock(self, by: timedelta) -> None:
        self._faults.note("clock steps", str(by))
        self._world.skew += by

    def _change_file(self) -> None:
        """Changes the content of a file of an export that has succeeded, as nobody but an operator could."""
        account = self._world.account
        succeeded = [each for each in self._world.exports.exports() if each.status is Status.SUCCEEDED]
        containers = [container_name(current_attempt(export).container) for export in succeeded]
        files = [
            (container, name)
            for container in containers
            if container in account.containers
            for name in sorted(account.containers[container].blobs)
            if name != REQUEST_INFO
        ]
        if files:
            container, name = self._random.choice(files)
            account.write(container, name, b"something else")
            self._faults.note("file changed", container)

    def _spoil_row(self, window: Window) -> None:
        """Edits the row of an export so that this version can't read it, and puts it back at the end of the window."""
        exports = self._world.exports
        if not exports.exports():
            return
        export_id = self._random.choice(exports.exports()).id
        exports.spoil(export_id)
        self._faults.note("row can't be read", export_id)
        if window.ends is not None:
            self._world.schedule.after(window.ends - window.begins, partial(exports.put_back, export_id))
