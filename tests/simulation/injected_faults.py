"""Injects faults: decides for each touch how long it takes and what goes wrong, until the world heals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shared.exports.exceptions import StorageFailedError
from shared.exports.graph_results import NotDone, Unclear
from tests.fakes.in_memory_containers import refused
from tests.fakes.in_memory_graph import THROTTLED
from tests.simulation.plan import NO_ODDS, SECOND
from tests.simulation.stepping import Die, GoOn
from tests.simulation.world.facts import Injected
from tests.simulation.world.simulated_graph import BROKEN, NO_ANSWER
from tests.simulation.world.touches import Late, Moment, Stale, Unqueued

if TYPE_CHECKING:
    from datetime import timedelta
    from random import Random

    from tests.simulation.plan import Plan
    from tests.simulation.stepping import Run
    from tests.simulation.world.touches import Touch
    from tests.simulation.world.world import World

_OUTAGE_ANSWERS = {
    "throttled": THROTTLED,
    "down": BROKEN,
    "unreachable": NotDone("Graph can't be reached (ConnectError)."),
}
_OUTAGES = ("ServiceRequestError", "ServerBusy")
"""Codes of failures that the SDK raises once its own retries are used up."""
OUTAGES = frozenset({*_OUTAGES, "ServiceResponseError"})
_NAMELESS = Unclear("Graph accepted the export but named no operation.")


class FaultInjector:
    """The faults of one run, drawn by the odds of its plan.

    Attributes:
        injected: how often each fault was injected.
    """

    def __init__(self, random: Random, plan: Plan, world: World, timeout: timedelta) -> None:
        self._random = random
        self._plan = plan
        self._world = world
        self._timeout = timeout
        self._begin = world.now
        self._odds = plan.odds
        self._graph_outages = plan.graph_outages
        self.injected: Counter[str] = Counter()

    def heal(self) -> None:
        """Injects no fault from now on."""
        self._odds = NO_ODDS
        self._graph_outages = ()

    def decide(self, run: Run, touch: Touch) -> GoOn | Die:
        """What happens at a touch."""
        if self._happens(self._odds.dies):
            self.note("process dies", f"{touch.moment} {touch.what} of {run.name}")
            return Die()
        room = touch.what.partition(".")[0]
        answer = self._graph_fault(touch) if room == "graph" else self._storage_fault(touch)
        return GoOn(self._takes(room, touch, answer), answer)

    def deliveries(self) -> list[timedelta]:
        """The delays after which the message of an activity is delivered: one, or two."""
        first = self._random.uniform(0.01, 1) * SECOND
        if not self._happens(self._odds.twice):
            return [first]
        self.note("activity runs twice", "")
        return [first, first + self._random.choice((0.0, 0.2, 2, 30)) * self._random.random() * SECOND]

    def note(self, fault: str, where: str) -> None:
        """Counts and records a fault."""
        self.injected[fault] += 1
        self._world.record(Injected(fault, where))

    def _storage_fault(self, touch: Touch) -> object:
        if touch.what == "records.get" and touch.moment is Moment.BEFORE and self._happens(self._odds.stale):
            self.note("stale read", touch.what)
            return Stale()
        if self._happens(self._odds.outage):
            happened = touch.moment is Moment.AFTER
            self.note("storage answer lost" if happened else "storage down", touch.what)
            return _no_answer(touch) if happened else _outage(touch, self._random.choice(_OUTAGES))
        if _can_refuse(touch) and self._happens(self._odds.refusal):
            self.note("storage refuses", touch.what)
            return refused("AuthorizationPermissionMismatch")
        return None

    def _graph_fault(self, touch: Touch) -> object:
        is_submission = touch.what == "graph.submit_export"
        if touch.moment is Moment.BEFORE:
            for outage in self._graph_outages:
                if outage.begins <= self._world.now - self._begin < outage.ends:
                    self.note(f"Graph {outage.kind}", touch.what)
                    return _OUTAGE_ANSWERS[outage.kind]
            if is_submission and self._happens(self._odds.unqueued):
                self.note("Graph breaks at taking on", touch.what)
                return Unqueued()
            if self._happens(self._odds.unanswered):
                return self._unanswered(touch, is_submission=is_submission)
        elif is_submission and self._happens(self._odds.nameless):
            self.note("Graph names no operation", touch.what)
            return _NAMELESS
        elif self._happens(self._odds.unanswered):
            self.note("Graph's answer lost, carried out", touch.what)
            return NO_ANSWER
        return None

    def _unanswered(self, touch: Touch, *, is_submission: bool) -> object:
        if is_submission and self._random.random() < 0.5:
            self.note("Graph's answer lost, carried out later", touch.what)
            return Late(self._random.uniform(0, 0.9) * self._timeout)
        self.note("Graph's answer lost, not carried out", touch.what)
        return NO_ANSWER

    def _takes(self, room: str, touch: Touch, answer: object) -> timedelta:
        if answer is NO_ANSWER or isinstance(answer, Late):
            return self._timeout * (1 if touch.moment is Moment.BEFORE else 0.4)
        if self._happens(self._odds.slow):
            self.note("slow call", touch.what)
            longest = 0.4 * self._timeout if room == "graph" else 300 * SECOND
            return self._random.random() ** 3 * longest
        return self._random.uniform(0.005, 0.3) * SECOND

    def _happens(self, odds: float) -> bool:
        return odds > 0 and self._random.random() < odds


class HubDownError(Exception):
    """Raised by the Durable client if the task hub can't be reached."""


def _outage(touch: Touch, code: str) -> Exception:
    return HubDownError(code) if touch.what.startswith("hub.") else StorageFailedError(code)


def _no_answer(touch: Touch) -> Exception:
    return _outage(touch, "ServiceResponseError")


def _can_refuse(touch: Touch) -> bool:
    """Whether the account can refuse this call. A refusal to list all containers would end the whole sweep."""
    asked = touch.what.startswith("containers.") and touch.what != "containers.list_containers"
    return asked and touch.moment is Moment.BEFORE
