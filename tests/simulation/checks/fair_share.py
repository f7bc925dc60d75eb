"""The queue is fair: callers take turns, deadlines decide within a caller, and nobody jumps it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.world.facts import Committed, Injected, Ran, SlotTaken, TableLost

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from tests.simulation.world.facts import Line

_TURNS_AHEAD = 2
"""How many slots another caller may have got more than one's own since one began to wait: its turn, and one that was
given meanwhile."""


@dataclass(slots=True)
class _Stay:
    """A time in the queue: since when, who else has got how many slots since then, and by what it is excused."""

    export: Export
    since: datetime
    given: Counter[str] = field(default_factory=Counter)
    excused: int = 0


class FairShare(Check):
    """Nobody waits while another caller gets more than one's own, goes before an earlier deadline, or waits in vain.

    After a round of the reconciler without a fault no slot is left while somebody waits. So nobody waits longer than
    the slots that others get, as the daily limit spreads them, and a round.
    """

    name = "fair share"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._stays: dict[str, _Stay] = {}
        self._began: dict[str, datetime] = {}
        self._clocks: dict[str, datetime] = {}
        self._faulty: set[str] = set()
        self._next_free: datetime | None = None
        self._is_whole = True

    def see(self, line: Line) -> None:
        self._see_run(line)
        match line.fact:
            case TableLost(table=TableName.EXPORTS):
                self._stays.clear()
            case TableLost(table=TableName.INDEX):
                self._is_whole = False  # who waited has lost its place, and gets another when it looks for itself
            case SlotTaken(next_free=next_free):
                self._next_free = next_free
            case Injected(fault="row can't be read", where=export_id):
                self._stays.pop(export_id, None)
            case Committed(before=before, after=after) if self._is_whole:
                is_given = after.slot_at is not None and (before is None or after.slot_at != before.slot_at)
                if is_given:
                    self._check_order(after, line.actor)
                    self._count(after)
                self._move(after, line.at)
                if line.actor.startswith("caller"):
                    self._excuse()

    def _see_run(self, line: Line) -> None:
        """Notes when a run began and whether faults were injected into it: a slot that was taken may be lost then."""
        match line.fact:
            case Ran(begins=True):
                self._began[line.actor] = line.at
                self._clocks[line.actor] = self.world.clock()
            case Ran(returned=True):
                if line.actor.startswith("reconciler") and line.actor not in self._faulty:
                    self._check_left(line.actor)
            case Ran():
                self._excuse()
            case Injected(fault=fault):
                self._faulty.add(line.actor)
                if fault.startswith(("storage", "stale", "unexpected", "row", "records")):
                    self._excuse()

    def _excuse(self) -> None:
        for stay in self._stays.values():
            stay.excused += 1

    def _move(self, after: Export, at: datetime) -> None:
        """Notes whether an export waits now."""
        if after.expected_at is None:
            self._stays.pop(after.id, None)
        elif after.id not in self._stays:
            self._stays[after.id] = _Stay(after, at)

    def _count(self, given: Export) -> None:
        """Counts a slot for everybody who waits."""
        for stay in self._stays.values():
            stay.given[given.caller] += 1
        for stay in self._stays.values():
            own = stay.given[stay.export.caller]
            most = max((count for caller, count in stay.given.items() if caller != stay.export.caller), default=0)
            if stay.export.id == given.id or own == 0:
                what = f"{stay.export.id} waits since {stay.since}, and another caller got {most} slots, its own {own}"
                self.expect(what, holds=most <= own + _TURNS_AHEAD + stay.excused)

    def _check_left(self, actor: str) -> None:
        """No slot was left by a round while somebody has waited since before it."""
        stays = [stay for stay in self._stays.values() if stay.since < self._began[actor]]
        waiting = [stay.export.id for stay in stays if self._may_go(stay.export, actor)]
        if waiting and self._is_whole:
            is_free = self._next_free is None or self._next_free <= self._clocks[actor]
            self.expect(f"a slot was free at {self._next_free} and {waiting} wait", holds=not is_free)

    def _may_go(self, export: Export, actor: str) -> bool:
        """Whether an export can be read, and was not too old for another submission when a round began."""
        is_young = self._clocks[actor] < export.begun_at + self.state.limits.abandon_after
        return is_young and export.id not in self.state.spoiled

    def _check_order(self, given: Export, actor: str) -> None:
        """Nobody who has waited since before this run began, and is of the same caller, has an earlier deadline."""
        began = self._began[actor]
        waiting = [stay for stay in self._stays.values() if stay.since < began and stay.export.id != given.id]
        if given.id not in self._stays and not actor.startswith("reconciler"):  # whose grants have places
            jumped = [stay.export.id for stay in waiting]
            self.expect(f"{given.id} got a slot without a wait, and {jumped} wait", holds=not jumped)
        own = [
            each.export for each in waiting if each.export.caller == given.caller and self._may_go(each.export, actor)
        ]
        earlier = [export.id for export in own if _deadline(export) < _deadline(given)]
        self.expect(f"{given.id} goes before {earlier}, which are due earlier", holds=not earlier)


def _deadline(export: Export) -> int:
    """In milliseconds, as the queue orders by it."""
    return int(max(export.due_at, export.begun_at).timestamp() * 1000)
