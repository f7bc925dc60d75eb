"""What goes wrong in the world of a seed: how likely each fault is, and what lasts from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.records.table_names import TableName
from tests.simulation.planned_calls import HOUR, MINUTE

if TYPE_CHECKING:
    from random import Random

_STUCK_CALLS = (
    "containers.create",
    "containers.noted_operation",
    "containers.list_files",
    "containers.hash_file",
    "containers.remove_policy",
    "graph.read_operation",
    "graph.submit_export",
    "callbacks.send",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """The probability of each fault, each time that it could happen, until the world heals."""

    dies: float = 0
    """A process dies at a touch."""
    outage: float = 0
    """Storage or the hub fails at a touch, before or after the call was carried out."""
    refusal: float = 0
    """The export account refuses a call."""
    stale: float = 0
    """A read of an export returns an older state."""
    slow: float = 0
    """A call takes as long as the clients' own retries and timeouts allow: minutes."""
    hangs: float = 0
    """A call never returns, or only after many minutes."""
    bug: float = 0
    """A step raises an error that nobody foresaw."""
    too_large: float = 0
    """A table refuses the row of an export as too large."""
    unanswered: float = 0
    """Graph's answer is lost: the request was carried out, is carried out later, or never is."""
    nameless: float = 0
    """Graph accepts a submission and names no operation."""
    unqueued: float = 0
    """Graph writes its file into the container, and then fails."""
    bad_note: float = 0
    """The file that Graph writes into the container is empty, partial or renamed at first, or for ever."""
    slow_file: float = 0
    """Reading a file takes minutes to hours."""
    receiver: float = 0
    """The receiver of a callback doesn't answer, refuses, or is gone."""
    twice: float = 0
    """An activity's message is delivered again while it runs."""


NO_ODDS = Odds()


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which something fails, from the start of the run; without an end it lasts for ever."""

    begins: timedelta
    ends: timedelta | None

    def holds(self, since_start: timedelta) -> bool:
        """Whether it is the time."""
        return self.begins <= since_start and (self.ends is None or since_start < self.ends)


@dataclass(frozen=True, slots=True)
class GraphOutage:
    """A time in which every call to Graph fails: `throttled` (429), `down` (5xx), `busy` (503) or `unreachable`.

    With `retry_after`, an answer of Graph asks to wait for so many seconds.
    """

    kind: str
    window: Window
    retry_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What goes wrong, with times from the start of the run. What happens at each touch is drawn during the run."""

    odds: Odds
    graph_outages: tuple[GraphOutage, ...]
    account_outage: Window | None
    """The export account can't be reached."""
    records_outage: Window | None
    """The tables can't be reached."""
    stuck: str | None
    """The call at which the process that makes it always dies, for ever; None for none."""
    most_attempts_stored: int | None
    """A row with more attempts than this is too large to be stored; None for no such limit."""
    forbidden_for: timedelta
    exports_per_day: int | None
    """How many submissions Graph accepts in 24 hours, where that is fewer than the app was told."""
    restarts: tuple[timedelta, ...]
    hub_losses: tuple[timedelta, ...]
    clock_steps: tuple[tuple[timedelta, timedelta], ...]
    """When, and by how much."""
    table_losses: tuple[tuple[timedelta, TableName], ...]
    spoiled_rows: tuple[Window, ...]
    """When a row is edited so that it can't be read, and when it is put back."""
    heals_after: timedelta
    file_changes: tuple[timedelta, ...] = ()
    """When somebody changes a file of an export that has succeeded."""


def draw_weather(random: Random, scale: timedelta) -> Weather:
    """The weather of a seed, which heals after about `scale`."""
    heals_after = scale * random.uniform(0.3, 2)
    lasting = random.random() < 0.08
    return Weather(
        odds=_odds(random),
        graph_outages=tuple(_graph_outage(random, heals_after) for _ in range(random.choice((0, 0, 1, 2)))),
        account_outage=_window(random, heals_after, 0.25 if lasting else 0.05),
        records_outage=_window(random, heals_after, 0.05, for_ever=False),
        stuck=random.choice(_STUCK_CALLS) if lasting and random.random() < 0.3 else None,
        most_attempts_stored=random.choice((1, 2, 3)) if random.random() < 0.03 else None,
        forbidden_for=random.choice((timedelta(), timedelta(), random.uniform(0, 0.8) * HOUR)),
        exports_per_day=random.choice((None, None, None, 2)),
        restarts=_moments(random, heals_after, random.choice((0, 1, 3))),
        hub_losses=_moments(random, heals_after, random.choice((0, 0, 1, 2))),
        clock_steps=tuple(
            (at, random.uniform(-6, 6) * MINUTE) for at in _moments(random, heals_after, random.choice((0, 0, 2)))
        ),
        table_losses=_table_losses(random, heals_after),
        spoiled_rows=_spoiled_rows(random, heals_after),
        heals_after=heals_after,
    )


def _odds(random: Random) -> Odds:
    if random.random() < 0.1:
        return NO_ODDS

    def odds(*choices: float) -> float:
        return random.choice((0, *choices))

    def seldom(share: float, *choices: float) -> float:
        return random.choice(choices) if random.random() < share else 0

    return Odds(
        dies=odds(0.01, 0.03),
        outage=odds(0.01, 0.05),
        refusal=odds(0.02),
        stale=odds(0.05, 0.2),
        slow=odds(0.02, 0.1),
        hangs=seldom(0.15, 0.002, 0.02),
        bug=seldom(0.2, 0.01, 0.05),
        too_large=seldom(0.05, 0.02, 0.2),
        unanswered=odds(0.1, 0.4),
        nameless=odds(0.2),
        unqueued=odds(0.2),
        bad_note=seldom(0.2, 0.3, 1),
        slow_file=seldom(0.15, 0.1, 0.5),
        receiver=seldom(0.6, 0.2, 0.8),
        twice=odds(0.1, 0.3),
    )


def _graph_outage(random: Random, length: timedelta) -> GraphOutage:
    begins = random.uniform(0, 0.8) * length
    kind = random.choice(("throttled", "down", "busy", "unreachable"))
    asks = kind in {"throttled", "busy"} and random.random() < 0.7
    window = Window(begins, begins + random.uniform(0.01, 0.5) * length)
    return GraphOutage(kind, window, random.choice((30, 400, 5000)) if asks else None)


def _window(random: Random, length: timedelta, share: float, *, for_ever: bool = True) -> Window | None:
    if random.random() >= share:
        return None
    begins = random.uniform(0, 0.8) * length
    is_endless = for_ever and random.random() < 0.3
    return Window(begins, None if is_endless else begins + random.uniform(0.05, 1) * min(length, 10 * HOUR))


def _table_losses(random: Random, length: timedelta) -> tuple[tuple[timedelta, TableName], ...]:
    tables = random.choices(list(TableName), weights=(1, 6, 1, 1, 1), k=random.choice((0,) * 9 + (1, 1, 2)))
    return tuple(zip(_moments(random, length, len(tables)), tables, strict=True))


def _spoiled_rows(random: Random, length: timedelta) -> tuple[Window, ...]:
    found = _window(random, length, 0.04)
    return () if found is None else (found,)


def _moments(random: Random, length: timedelta, count: int) -> tuple[timedelta, ...]:
    return tuple(sorted(random.uniform(0, 1) * length for _ in range(count)))
