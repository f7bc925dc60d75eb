"""A deployment on virtual time: the app's own steps and timers on services in memory, and the telemetry that they send.

Monitors do what is due, the reconciler comes every five minutes and the sweep every day, as the default schedules say.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from shared.exports.export import ExportRequest, Subject
from shared.exports.states_and_codes import GrantKind, SubjectType
from shared.use_cases.create_export import create_export
from shared.workflow.advance_export import advance_export
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import sweep
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Course, Fate

if TYPE_CHECKING:
    from datetime import datetime

    from tests.monitoring.app_telemetry import AppTelemetry, Envelope

ROUND = 5 * MINUTE
"""From one round of the reconciler to the next, by default."""


@dataclass
class Deployment:
    """A deployment in which nothing has happened yet.

    Attributes:
        telemetry: where its telemetry goes.
        fakes: its services.
        reconciles: whether the reconciler runs.
        sweeps: whether the sweep runs.
        hung: the exports whose monitors do nothing.
        envelopes: what has arrived.
    """

    telemetry: AppTelemetry
    grant_kind: GrantKind = GrantKind.STORED_POLICY
    reconciles: bool = True
    sweeps: bool = True
    hung: set[str] = field(default_factory=set)
    envelopes: list[Envelope] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fakes = HookedServices(replace(LIMITS, poll_floor=MINUTE), self.grant_kind)
        self.telemetry.follow(self.fakes.clock)
        self.watch()
        self._created = 0
        self._courses: deque[Course] = deque()
        """Of the exports that were not submitted yet, in the order of their requests."""
        self.fakes.graph.course = self._courses.popleft
        self._due: dict[str, datetime] = {}
        self._next_round = self._next_metrics = self.now
        self._next_sweep = self.now + HOUR

    @property
    def now(self) -> datetime:
        """The present."""
        return self.fakes.clock.now

    async def create(
        self,
        callback_url: str | None = None,
        takes: timedelta = 6 * HOUR,
        fate: Fate = Fate.COMPLETE,
        due_in: timedelta | None = None,
    ) -> str:
        """The id of a new export of somebody's data.

        Args:
            callback_url: where its end is reported.
            takes: how long its operation takes.
            fate: how that ends.
            due_in: the time to its deadline; None for the usual one.
        """
        self._created += 1
        request = ExportRequest(
            subject=Subject(SubjectType.USER, str(UUID(int=self._created))),
            due_at=None if due_in is None else self.now + due_in,
            callback_url=callback_url,
        )
        services, monitors = self.fakes.services, self.fakes.monitors
        # The key makes the export's id, and that the times of its polls: the same at each run.
        export = await create_export(request, CALLER, services, monitors, key=str(self._created), correlation={})
        self._courses.append(Course(fate, takes))
        return export.id

    async def run(self, time: timedelta) -> None:
        """Lets time pass."""
        end = self.now + time
        while True:
            self._begin_monitors()
            export_id, due = min(self._awake().items(), key=lambda item: item[1], default=("", end))
            at = min(due, self._next_round, self._next_sweep, self._next_metrics, end)
            self.fakes.pass_time(max(at - self.now, timedelta()))
            if at == self._next_metrics:
                self.measure()
                self._next_metrics += HOUR
            elif at == self._next_sweep:
                await self._sweep()
            elif at == self._next_round:
                await self._reconcile()
            elif at == due and export_id:
                await self._advance(export_id)
            else:
                break
        self.measure()

    def expect_handovers(self) -> None:
        """From now on, the clock of what succeeds runs until a hand-over is recorded."""
        limits = replace(self.fakes.services.limits, expect_handover=True)
        self.fakes.services = replace(self.fakes.services, limits=limits)

    def watch(self) -> None:
        """The alerts are looked at from now on only."""
        self.watched_from = self.now

    def measure(self) -> None:
        """Lets everything arrive that was sent and counted."""
        self.envelopes += self.telemetry.arrived(self.now)

    async def _advance(self, export_id: str) -> None:
        self._due.pop(export_id)
        come_back = await advance_export(export_id, self.fakes.services)
        if come_back is None:
            self.fakes.monitors.alive.discard(export_id)
        else:
            self._due[export_id] = max(come_back, self.now)

    async def _reconcile(self) -> None:
        self._next_round += ROUND
        if self.reconciles:
            await reconcile(self.fakes.services, self.fakes.monitors)

    async def _sweep(self) -> None:
        self._next_sweep += DAY
        if self.sweeps:
            await sweep(self.fakes.services, self.fakes.monitors)

    def _begin_monitors(self) -> None:
        """Lets new monitors look at their exports at once, and forgets those that are gone."""
        alive = self.fakes.monitors.alive
        started = {export_id: self.now for export_id in self.fakes.monitors.started if export_id in alive}
        self.fakes.monitors.started.clear()
        self._due = {export_id: at for export_id, at in (self._due | started).items() if export_id in alive}

    def _awake(self) -> dict[str, datetime]:
        return {export_id: at for export_id, at in self._due.items() if export_id not in self.hung}
