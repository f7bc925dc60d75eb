"""The legal clock: the deadline moves for a reason alone, and nobody is warned twice, or of a clock that stands."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.durable.monitor_orchestrator import ADVANCE
from shared.exports.states_and_codes import EventType
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.planned_calls import HOUR, MINUTE
from tests.simulation.world.facts import Committed

if TYPE_CHECKING:
    from shared.exports.export import Event, Export
    from tests.simulation.world.facts import Line

_WARNINGS = {EventType.DUE_SOON, EventType.OVERDUE}
_MOVES = {EventType.DEADLINE_EXTENDED, EventType.CLOCK_RESUMED}
_INTERIM = {EventType.GRANT_REVOKED, EventType.WARNED, EventType.SUBMITTING}
"""What a step may store before its result, without a look at the clock."""
_LATE = 10 * MINUTE
"""For so long a step may take to store what it has decided."""
_ROUNDS = 7 * HOUR
"""Between two rounds of the reconciler once all is calm."""


class ClockIsTrue(Check):
    """An extension moves the deadline later, a pause by the time that it lasted, and nothing else moves it."""

    name = "true clock"

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(before=before, after=after, events=events) if before is not None:
                self._check(before, after, {event.type: event for event in events})

    def _check(self, before: Export, after: Export, events: dict[EventType, Event]) -> None:
        resumed, what = events.get(EventType.CLOCK_RESUMED), f"{after.id}: due {before.due_at}, then {after.due_at}"
        if resumed is not None:
            paused_at = before.paused_at or resumed.at
            lasted = max(resumed.at - paused_at, timedelta())
            holds = before.paused_at is not None and after.paused_at is None
            self.expect(f"{after.id} was resumed at {resumed.at}, paused at {before.paused_at}", holds=holds)
            self.expect(f"{what} after a pause of {lasted}", holds=after.due_at - before.due_at == lasted)
        elif EventType.DEADLINE_EXTENDED in events:
            runs = before.paused_at is None and after.paused_at is None
            self.expect(f"{what} when it was extended", holds=runs and after.due_at > before.due_at)
        else:
            self.expect(f"{what} for no reason", holds=after.due_at == before.due_at)
        if EventType.CLOCK_PAUSED in events:
            in_time = after.paused_at is not None and after.paused_at < after.due_at
            self.expect(f"{after.id} was paused at {after.paused_at}, due {after.due_at}", holds=in_time)
        if before.handed_over_at is not None:
            stays = (before.handed_over_at, before.handover_method) == (after.handed_over_at, after.handover_method)
            self.expect(
                f"{after.id} was handed over, and is changed or opened again", holds=stays and _has_ended(after)
            )
        self.expect(f"{after.id} is paused, and its clock has stopped", holds=_runs(after) or after.paused_at is None)


class WarnedOnce(Check):
    """For each deadline there is one warning before it and one after it at most, none while the clock stands.

    The step of an open export whose deadline is near or has passed warns, and so does whoever sets a new one. Nobody is
    warned of an answered export.
    """

    name = "warned once"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._moves: Counter[str] = Counter()
        """How often the clock of each export was set to another deadline."""
        self._warned: set[tuple[str, EventType, int]] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Committed(after=after, events=events):
                for event in events:
                    self._moves[after.id] += event.type in _MOVES
                    if event.type in _WARNINGS:
                        self._check_warning(after, event)
                is_step = line.actor.startswith(ADVANCE) and not {event.type for event in events} <= _INTERIM
                if (is_step and not _has_ended(after)) or any(event.type in _MOVES for event in events):
                    self._check_silence(after, _LATE)

    def finish(self) -> None:
        for export in self.state.readable():
            if export.id not in self.state.spoiled:
                self._check_silence(export, _ROUNDS)

    def _check_warning(self, export: Export, event: Event) -> None:
        key = export.id, event.type, self._moves[export.id]
        self.expect(f"{export.id} had {event.type} for {export.due_at} already", holds=key not in self._warned)
        self._warned.add(key)
        stands = export.paused_at is not None or not _runs(export)
        self.expect(f"{export.id} has {event.type}, and its clock stands", holds=not stands)
        begins = export.due_at - (self.state.limits.due_soon if event.type is EventType.DUE_SOON else timedelta())
        self.expect(f"{export.id} has {event.type} for {export.due_at} at {event.at}", holds=event.at >= begins)

    def _check_silence(self, export: Export, tolerance: timedelta) -> None:
        """An export whose deadline has been near, or has passed, for longer than that says so."""
        if export.paused_at is not None or not _runs(export):
            return
        told = [each for each in _WARNINGS if (export.id, each, self._moves[export.id]) in self._warned]
        late = self.world.clock() - tolerance - export.due_at
        holds = EventType.OVERDUE in told if late > timedelta() else bool(told) or late < -self.state.limits.due_soon
        self.expect(f"{export.id} is due at {export.due_at}, and says {told}", holds=holds)


def _has_ended(export: Export) -> bool:
    return export.status.is_terminal


def _runs(export: Export) -> bool:
    """Whether the clock has not stopped: the export is open, or its answer is still to be handed over."""
    return not _has_ended(export) or (export.awaits_handover and export.handed_over_at is None)
