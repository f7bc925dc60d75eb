"""Injects faults: decides for each touch how long it takes and what goes wrong, until the world heals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.durable.monitor_orchestrator import ADVANCE
from shared.exports.callback_results import Gone, NotDelivered
from shared.exports.exceptions import StorageFailedError
from shared.exports.graph_results import NotDone, Unclear
from shared.protocols import RowTooLargeError
from shared.records.table_names import TableName
from tests.fakes.in_memory_containers import REQUEST_INFO, refused
from tests.fakes.in_memory_graph import THROTTLED
from tests.simulation.planned_calls import MINUTE, SECOND
from tests.simulation.planned_weather import NO_ODDS
from tests.simulation.stepping import Die, GoOn
from tests.simulation.world.facts import Injected
from tests.simulation.world.simulated_graph import BROKEN, NO_ANSWER
from tests.simulation.world.touches import Late, Moment, Stale, Unqueued

if TYPE_CHECKING:
    from random import Random

    from shared.exports.graph_results import OperationResult
    from shared.protocols import ListedFile
    from tests.simulation.planned_weather import GraphOutage, Weather
    from tests.simulation.stepping import Run
    from tests.simulation.world.touches import Touch
    from tests.simulation.world.world import World

_OUTAGES = ("ServiceRequestError", "ServerBusy")
"""Codes of failures that the SDK raises once its own retries are used up."""
OUTAGES = frozenset({*_OUTAGES, "ServiceResponseError"})
_NAMELESS = Unclear("Graph accepted the export but named no operation.")
_SEES_URLS = ("containers.", "zip_blobs.", "graph.")
"""Calls near which a signed URL may get into the text of an error."""
_ACCOUNT = frozenset({"containers", "zip_blobs"})
_TABLES = frozenset({*TableName, "records"})
_RECEIVER_FAULTS = (
    NotDelivered("It answered 500."),
    NotDelivered("It did not answer in time."),
    Gone("It answered 410."),
)


class InjectedBug:
    """An error that stands for a defect of the product, with a secret in its text."""


class BuggyTypeError(TypeError, InjectedBug):
    """A `TypeError` that was injected."""


class BuggyDivisionError(ZeroDivisionError, InjectedBug):
    """A `ZeroDivisionError` that was injected."""


class HubDownError(Exception):
    """Raised by the Durable client if the task hub can't be reached."""


class FaultInjector:
    """The faults of one run, drawn by the odds of its weather.

    Attributes:
        injected: how often each fault was injected.
    """

    def __init__(self, random: Random, weather: Weather, world: World, timeout: timedelta) -> None:
        self._random = random
        self._weather = weather
        self._world = world
        self._timeout = timeout
        self._begin = world.now
        self._odds = weather.odds
        self.injected: Counter[str] = Counter()

    def heal(self) -> None:
        """Injects no fault from now on, but for what lasts for ever."""
        weather = self._weather
        outage = weather.account_outage
        lasting = outage if outage is not None and outage.ends is None else None
        self._odds = NO_ODDS
        self._weather = replace(weather, graph_outages=(), account_outage=lasting, records_outage=None)

    def decide(self, run: Run, touch: Touch) -> GoOn | Die:
        """What happens at a touch."""
        if self._dies(run, touch):
            return Die()
        room = touch.what.partition(".")[0]
        outage = self._lasting_outage(room, touch)
        if outage is not None:
            return GoOn(self._random.random() * MINUTE, outage)
        if self._happens(self._odds.hangs):
            self.note("call hangs", f"{touch.what} of {run.name}")
            return GoOn(self._random.choice((11, 40, 300)) * MINUTE)
        answer = self._bug(run, touch) or self._fault(room, run, touch)
        return GoOn(self._takes(room, touch, answer), answer)

    def deliveries(self) -> list[timedelta]:
        """The delays after which the message of an activity is delivered: one, or two."""
        first = self._random.uniform(0.01, 1) * SECOND
        if not self._happens(self._odds.twice):
            return [first]
        self.note("activity runs twice", "")
        return [first, first + self._random.choice((0.0, 0.2, 2, 30)) * self._random.random() * SECOND]

    def spoil_note(self, container: str) -> None:
        """Makes Microsoft's note in a container empty, partial or renamed, for a while or for ever."""
        if not self._happens(self._odds.bad_note):
            return
        account = self._world.account
        blobs = account.containers[container].blobs
        whole = blobs.pop(REQUEST_INFO)
        kind = self._random.choice(("empty", "partial", "renamed", "in a folder"))
        match kind:
            case "empty" | "partial":
                account.write(container, REQUEST_INFO, whole.content[: 0 if kind == "empty" else 20])
            case "renamed":
                account.write(container, "requestinfo.JSON", whole.content)
            case _:
                account.write(container, f"Export/{REQUEST_INFO}", whole.content)
        self.note(f"note {kind}", container)
        if self._random.random() < 0.7:
            later = self._random.choice((5 * SECOND, 4 * MINUTE, 30 * MINUTE)) * self._random.random()
            self._world.schedule.after(later, lambda: self._write_note(container, whole.content))

    def _write_note(self, container: str, content: bytes) -> None:
        if container in self._world.account.containers:
            self._world.account.write(container, REQUEST_INFO, content)

    def hashing_time(self, _listed: ListedFile) -> timedelta:
        """How long it takes to read and hash a file."""
        if not self._happens(self._odds.slow_file):
            return timedelta()
        self.note("slow file", "")
        return self._random.choice((2, 30, 300)) * self._random.random() * MINUTE

    def note(self, fault: str, where: str) -> None:
        """Counts and records a fault."""
        self.injected[fault] += 1
        self._world.record(Injected(fault, where))

    def _dies(self, run: Run, touch: Touch) -> bool:
        if touch.what == self._weather.stuck and touch.moment is Moment.BEFORE and _is_step(run):
            self.note("step always dies", f"{touch.what} of {run.name}")
            return True
        if self._happens(self._odds.dies):
            self.note("process dies", f"{touch.moment} {touch.what} of {run.name}")
            return True
        return False

    def _lasting_outage(self, room: str, touch: Touch) -> Exception | None:
        """The failure of an account that can't be reached for a long time."""
        since_start = self._world.now - self._begin
        account, records = self._weather.account_outage, self._weather.records_outage
        if room in _ACCOUNT and account is not None and account.holds(since_start):
            self.note("export account unreachable", touch.what)
            return StorageFailedError("ServiceRequestError")
        if room in _TABLES and records is not None and records.holds(since_start):
            self.note("records unreachable", touch.what)
            return StorageFailedError("ServiceRequestError")
        return None

    def _bug(self, run: Run, touch: Touch) -> Exception | None:
        if not (_is_step(run) and self._happens(self._odds.bug)):
            return None
        kind = self._random.choice((BuggyTypeError, BuggyDivisionError))
        self.note("unexpected error", f"{kind.__name__} {touch.moment} {touch.what} of {run.name}")
        return kind(f"no operation for {self._secret() if touch.what.startswith(_SEES_URLS) else touch.what}")

    def _secret(self) -> str:
        signatures = list(self._world.account.signed)
        return f"https://exports.blob.core.windows.net/c?sig={quote(signatures[-1], safe='')}" if signatures else "-"

    def _fault(self, room: str, run: Run, touch: Touch) -> object:
        match room:
            case "graph":
                return self._graph_fault(touch)
            case "callbacks":
                return self._receiver_fault(touch)
        if _stores_export(touch) and _is_step(run) and self._happens(self._odds.too_large):
            self.note("row too large", run.name)
            return RowTooLargeError("EntityTooLarge")
        return self._storage_fault(touch)

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

    def _receiver_fault(self, touch: Touch) -> object:
        if not self._happens(self._odds.receiver):
            return None
        self.note("receiver fails", touch.moment)
        return self._random.choice(_RECEIVER_FAULTS)

    def _graph_fault(self, touch: Touch) -> object:
        is_submission = touch.what == "graph.submit_export"
        if touch.moment is Moment.BEFORE:
            for outage in self._weather.graph_outages:
                if outage.window.holds(self._world.now - self._begin):
                    self.note(f"Graph {outage.kind}", touch.what)
                    return _outage_answer(outage)
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


def _is_step(run: Run) -> bool:
    """Whether it is a step of a monitor."""
    return run.name.startswith(ADVANCE)


def _stores_export(touch: Touch) -> bool:
    return touch.what == f"{TableName.EXPORTS}.transact" and touch.moment is Moment.BEFORE


def _outage_answer(outage: GraphOutage) -> OperationResult:
    match outage.kind:
        case "throttled":
            return replace(THROTTLED, retry_after=outage.retry_after)
        case "busy":
            return Unclear("Graph answered 503.", retry_after=outage.retry_after)
        case "down":
            return BROKEN
    return NotDone("Graph can't be reached (ConnectError).")


def _outage(touch: Touch, code: str) -> Exception:
    return HubDownError(code) if touch.what.startswith("hub.") else StorageFailedError(code)


def _no_answer(touch: Touch) -> Exception:
    return _outage(touch, "ServiceResponseError")


def _can_refuse(touch: Touch) -> bool:
    """Whether the account can refuse this call. A refusal to list all containers would end the whole sweep."""
    asked = touch.what.startswith(("containers.", "zip_blobs.")) and touch.what != "containers.list_containers"
    return asked and touch.moment is Moment.BEFORE
