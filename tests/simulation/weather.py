"""What becomes of each touch: how long it takes and which fault befalls it, drawn until the world heals."""

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

_SPELLS = {
    "throttled": THROTTLED,
    "down": BROKEN,
    "unreachable": NotDone("Graph can't be reached (ConnectError)."),
}
_OUTAGES = ("ServiceRequestError", "ServerBusy")
"""Kinds of failures of the SDK once its own retries are used up."""
OUTAGES = frozenset({*_OUTAGES, "ServiceResponseError"})
_NAMELESS = Unclear("Graph accepted the export but named no operation.")


class Weather:
    """The faults of one run.

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
        self._spells = plan.spells
        self.injected: Counter[str] = Counter()

    def heal(self) -> None:
        """Nothing goes wrong from now on."""
        self._odds = NO_ODDS
        self._spells = ()

    def decide(self, run: Run, touch: Touch) -> GoOn | Die:
        """What becomes of a touch."""
        if self._happens(self._odds.dies):
            self.note("process dies", f"{touch.moment} {touch.what} of {run.name}")
            return Die()
        room = touch.what.partition(".")[0]
        told = self._graph_fault(touch) if room == "graph" else self._storage_fault(touch)
        return GoOn(self._takes(room, touch, told), told)

    def deliveries(self) -> list[timedelta]:
        """When the message of an activity is delivered: once, or twice."""
        first = self._random.uniform(0.01, 1) * SECOND
        if not self._happens(self._odds.twice):
            return [first]
        self.note("activity runs twice", "")
        return [first, first + self._random.choice((0.0, 0.2, 2, 30)) * self._random.random() * SECOND]

    def note(self, fault: str, where: str) -> None:
        """Counts a fault."""
        self.injected[fault] += 1
        self._world.tell(Injected(fault, where))

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
            for spell in self._spells:
                if spell.begins <= self._world.now - self._begin < spell.ends:
                    self.note(f"Graph {spell.kind}", touch.what)
                    return _SPELLS[spell.kind]
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

    def _takes(self, room: str, touch: Touch, told: object) -> timedelta:
        if told is NO_ANSWER or isinstance(told, Late):
            return self._timeout * (1 if touch.moment is Moment.BEFORE else 0.4)
        if self._happens(self._odds.slow):
            self.note("slow call", touch.what)
            longest = 0.4 * self._timeout if room == "graph" else 300 * SECOND
            return self._random.random() ** 3 * longest
        return self._random.uniform(0.005, 0.3) * SECOND

    def _happens(self, odds: float) -> bool:
        return odds > 0 and self._random.random() < odds


class HubDownError(Exception):
    """What the Durable client raises where the hub can't be reached."""


def _outage(touch: Touch, code: str) -> Exception:
    return HubDownError(code) if touch.what.startswith("hub.") else StorageFailedError(code)


def _no_answer(touch: Touch) -> Exception:
    return _outage(touch, "ServiceResponseError")


def _can_refuse(touch: Touch) -> bool:
    """Whether the account's refusal of this call has a form of its own: a listing of all containers has none."""
    asked = touch.what.startswith("containers.") and touch.what != "containers.list_all"
    return asked and touch.moment is Moment.BEFORE
