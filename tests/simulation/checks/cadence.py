"""No operation is polled too early, by the product's clock and by what it had stored by then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.graph_results import Operation
from shared.exports.states_and_codes import EventType, StepFailureCode
from tests.fakes.in_memory_graph import RETRY_AFTER
from tests.simulation.checks.check import Check, CheckState
from tests.simulation.injected_faults import OUTAGES
from tests.simulation.world.facts import Committed, Polled, RowRead, Submitted

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Event, Export
    from tests.simulation.world.facts import Line

_SHARE, _CAP, _SPREAD = 0.05, timedelta(hours=12), 0.05
_ROUNDING = timedelta(seconds=1)
_MOST_POLLS = 240
"""In the 35 days before an export is abandoned; the promise is 220 in 30 days."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer of Graph about an operation, by the product's clock.

    `age` is the operation's age then, None if the answer was an error; `accepted` if it answered the submission.
    """

    operation_id: str
    at: datetime
    retry_after: int
    age: timedelta | None
    accepted: bool = False


class Cadence(Check):
    """The next poll comes max(floor, Retry-After, 5 % of the age less jitter) after the last answer that was stored.

    An answer counts once it is stored: no other run can know of one whose run died before. A run decides by the clock
    at the time that it read the row: it can't know that the clock was set back later. And where the clock was set back
    between an answer and its storing, it may have counted from either time.
    """

    name = "no early poll"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._stored: dict[str, _Heard] = {}
        self._known: dict[str, tuple[datetime, dict[str, _Heard]]] = {}
        self._unstored: dict[str, _Heard] = {}
        self._polls: Counter[str] = Counter()

    def see(self, line: Line) -> None:
        match line.fact:
            case RowRead(stale=stale):
                self._known[line.actor] = self.world.clock(), {} if stale else dict(self._stored)
            case Submitted(operation=operation) if operation is not None:
                heard = _Heard(operation.id, self.world.clock(), RETRY_AFTER, timedelta(), accepted=True)
                self._unstored[line.actor] = heard
            case Polled() as polled:
                self._check(polled, line.actor)
            case Committed(after=after, events=events):
                self._store(after, line.actor, is_heard=not any(map(says_that_step_failed, events)))

    def finish(self) -> None:
        for operation_id, polls in self._polls.items():
            self.expect(f"{operation_id} was read {polls} times", holds=polls <= _MOST_POLLS)

    def _check(self, polled: Polled, actor: str) -> None:
        began, known = self._known[actor]
        last = known.get(polled.operation_id)
        if last is not None:
            early = last.at + self._wait(last) - max(began, polled.clock)
            self.expect(f"{polled.operation_id} was read {early} too early", holds=early <= _ROUNDING)
        age = self._age(polled) if isinstance(polled.answer, Operation) else None
        retry_after = getattr(polled.answer, "retry_after", None) or 0
        self._unstored[actor] = _Heard(polled.operation_id, polled.clock, retry_after, age)

    def _store(self, export: Export, actor: str, *, is_heard: bool) -> None:
        heard = self._unstored.pop(actor, None)
        if heard is None or export.attempt is None or not is_heard:
            return
        # If the answer to a submission was lost, the product knows nothing about it.
        if export.attempt.operation_id == heard.operation_id or not heard.accepted:
            self._stored[heard.operation_id] = replace(heard, at=min(heard.at, self.world.clock()))
            self._polls[heard.operation_id] += heard.age is not None

    def _wait(self, last: _Heard) -> timedelta:
        asked = max(self.state.limits.poll_floor, timedelta(seconds=last.retry_after))
        return asked if last.age is None else max(asked, min(last.age * _SHARE, _CAP) * (1 - _SPREAD))

    def _age(self, polled: Polled) -> timedelta:
        attempts = (attempt for export in self.state.exports.values() for attempt in export.attempts)
        submitted = (each.submitted_at for each in attempts if each.operation_id == polled.operation_id)
        return polled.clock - (next(submitted, None) or polled.clock)


def says_that_step_failed(event: Event) -> bool:
    """Whether it tells of a step that failed after the call of Graph: what Graph answered is not stored then."""
    code = event.detail.get("code")
    return event.type is EventType.BACKED_OFF and (code in set(StepFailureCode) or code in OUTAGES)
