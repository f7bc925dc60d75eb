"""Whoever waits says why, and every export ends at its age limit, whatever the weather."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import EventType
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.planned_calls import HOUR, MINUTE
from tests.simulation.world.facts import Committed, Injected, Ran

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Event, Export
    from tests.simulation.world.facts import Line

_LONGEST_GAP = 13 * MINUTE
"""Between two rounds of the reconciler, one of which may have failed."""
_SILENT = 45 * MINUTE
"""For how long at most a step may be overdue and say nothing, while the reconciler runs without a gap."""


class WaitsOpenly(Check):
    """A failure is told with its reason and until when, a wait in the queue with its end; no step hangs in silence."""

    name = "waits openly"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._rounds_since = self._last_round = self.world.now
        self._failed_rounds: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(before=before, after=after, events=events) if not after.status.is_terminal:
                self._check_state(before, after, events)
            case Injected() if line.actor.startswith("reconciler"):
                self._failed_rounds.add(line.actor)
            case Ran(returned=True) if line.actor.startswith("reconciler") and line.actor not in self._failed_rounds:
                if line.at - self._last_round > _LONGEST_GAP:
                    self._rounds_since = line.at
                self._last_round = line.at
                self._check_overdue()

    def _check_state(self, before: Export | None, after: Export, events: tuple[Event, ...]) -> None:
        told = [event for event in events if event.type is EventType.BACKED_OFF]
        if before is not None and after.failures > before.failures:
            whole = bool(told) and {"reason", "until"} <= told[-1].detail.keys()
            self.expect(f"{after.id} failed, and says {told}", holds=whole and after.wait_reason is not None)
            if told and after.next_step_at is not None:
                waits = after.next_step_at - self._earliest(after, told[-1].at)
                self.expect(f"{after.id} failed, and is tried again {-waits} too early", holds=waits >= timedelta())
        if after.failures == 0:
            self.expect(f"{after.id} waits for {after.wait_reason} and did not fail", holds=after.wait_reason is None)
        if after.stage == "Queued" or after.expected_at is not None:
            is_told = after.stage == "Queued" and after.expected_at is not None
            self.expect(f"{after.id} is {after.stage} and is expected to go at {after.expected_at}", holds=is_told)

    def _earliest(self, export: Export, failed_at: datetime) -> datetime:
        """When a step that failed may be tried again: after the backoff, but an open export ends at its age."""
        limits = self.state.limits
        gives_up_at = export.begun_at + limits.abandon_after
        backed_off = failed_at + limits.poll_floor
        return min(backed_off, gives_up_at) if failed_at < gives_up_at else backed_off

    def _check_overdue(self) -> None:
        """While rounds come without a gap, each export whose step is overdue has heard of it."""
        if self.world.now - self._rounds_since < _SILENT:
            return
        latest = self.world.clock() - _SILENT
        for export in self.state.readable():
            if not export.status.is_terminal and export.id not in self.state.spoiled:
                silent = export.next_step_at is not None and export.next_step_at < latest
                self.expect(f"{export.id} was due at {export.next_step_at} and says nothing", holds=not silent)


class EndsInTime(Check):
    """An export that is older than it may become ends, unless its record can't be read or written for that long."""

    name = "ends in time"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        weather = state.plan.weather
        outages = [weather.records_outage, *weather.spoiled_rows]
        lost = sum((each.ends - each.begins for each in outages if each is not None and each.ends), timedelta())
        # The reconciler comes this seldom where nothing is overdue; a clock may be set back twice.
        self._tolerance = max(7 * HOUR, 2 * state.plan.reconciles_every) + lost + HOUR

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after) if after.completed_at is not None and after.status.is_terminal:
                if after.id not in self.state.spoiled:
                    self._check(after, after.completed_at)

    def finish(self) -> None:
        for export in self.state.readable():
            if not export.status.is_terminal:
                self._check(export, self.world.clock())

    def _check(self, export: Export, at: datetime) -> None:
        late = at - export.begun_at - self.state.limits.abandon_after
        self.expect(f"{export.id} was open for {late} longer than it may", holds=late <= self._tolerance)
