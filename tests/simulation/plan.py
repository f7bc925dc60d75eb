"""The plan of a seed: a deployment, the exports that callers create, and the faults until the world heals."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import SubjectType
from tests.fakes.in_memory_graph import Course, Fate

if TYPE_CHECKING:
    from random import Random

BEGIN = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY_LAG = 30 * SECOND
"""How long a new stored policy takes to count, as Azure documents it."""
_LATER_CALLS = ("cancel", "cancel", "retry", "retry", "erase", "look", "list", "link")
_KEY = "c2ltdWxhdGVkLWFjY291bnQta2V5LXRoYXQtbm9ib2R5LW1heS1zZWU="


@dataclass(frozen=True, slots=True)
class PlannedExport:
    """An export that a caller creates, and the calls about it later: (which, when)."""

    subject_type: SubjectType
    subject_id: str
    """An object id or a principal name."""
    key: str
    at: timedelta
    later_calls: tuple[tuple[str, timedelta], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """The probability of each fault, each time that it could happen, until the world heals."""

    dies: float
    """A process dies at a touch."""
    outage: float
    """Storage or the hub fails at a touch, before or after the call was carried out."""
    refusal: float
    """The export account refuses a call."""
    stale: float
    """A read of an export returns an older state."""
    slow: float
    """A call takes as long as the clients' own retries and timeouts allow: minutes."""
    unanswered: float
    """Graph's answer is lost: the request was carried out, is carried out later, or never is."""
    nameless: float
    """Graph accepts a submission and names no operation."""
    unqueued: float
    """Graph writes its file into the container, and then fails."""
    twice: float
    """An activity's message is delivered again while it runs."""


NO_ODDS = Odds(dies=0, outage=0, refusal=0, stale=0, slow=0, unanswered=0, nameless=0, unqueued=0, twice=0)


@dataclass(frozen=True, slots=True)
class GraphOutage:
    """A time in which every call to Graph fails: `throttled` (429), `down` (5xx) or `unreachable`."""

    kind: str
    begins: timedelta
    ends: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is drawn before a run, with times from its start. What happens at each touch is drawn during the run."""

    environment: dict[str, str]
    people: dict[str, str]
    exports: tuple[PlannedExport, ...]
    courses: tuple[Course, ...]
    """For each operation one of them is drawn."""
    odds: Odds
    graph_outages: tuple[GraphOutage, ...]
    forbidden_for: timedelta
    exports_per_day: int
    restarts: tuple[timedelta, ...]
    hub_losses: tuple[timedelta, ...]
    clock_steps: tuple[tuple[timedelta, timedelta], ...]
    """When, and by how much."""
    index_losses: tuple[timedelta, ...]
    heals_after: timedelta
    reconciles_every: timedelta
    to_erasure: bool
    """Whether the run goes on until the retention time is over and all data is erased."""


def draw_plan(random: Random) -> Plan:
    """The plan of a seed."""
    scale = random.choice((20 * MINUTE, HOUR, HOUR, 3 * HOUR, 3 * HOUR, 12 * HOUR))
    is_long = random.random() < 0.04
    if is_long:
        scale = random.choice((7, 12, 20, 29, 40)) * DAY
    heals_after = scale * random.uniform(0.3, 2)
    people = {f"person{n}@contoso.example": _guid(random) for n in range(3)}
    return Plan(
        environment=_environment(random, is_long=is_long),
        people=people,
        exports=_exports(random, people, scale),
        courses=_courses(random, scale),
        odds=_odds(random),
        graph_outages=tuple(_graph_outage(random, heals_after) for _ in range(random.choice((0, 0, 1, 2)))),
        forbidden_for=random.choice((timedelta(), timedelta(), random.uniform(0, 0.8) * HOUR)),
        exports_per_day=random.choice((1000, 1000, 1000, 2)),
        restarts=_moments(random, heals_after, random.choice((0, 1, 3))),
        hub_losses=_moments(random, heals_after, random.choice((0, 0, 1, 2))),
        clock_steps=tuple(
            (at, random.uniform(-6, 6) * MINUTE) for at in _moments(random, heals_after, random.choice((0, 0, 2)))
        ),
        index_losses=_moments(random, heals_after, random.choice((0, 0, 0, 1))),
        heals_after=heals_after,
        reconciles_every=max(5 * MINUTE, heals_after / 60),
        to_erasure=random.random() < 0.3,
    )


def _environment(random: Random, *, is_long: bool) -> dict[str, str]:
    grant = random.choice(("storedPolicy", "storedPolicy", "userDelegation"))
    given = {
        "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
        "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
        "EXPORT_GRANT": grant,
        "AUTH_MODE": "functionKey",
        "EXPORT_POLL_MIN_SECONDS": str(random.choice((60, 300, 300, 600))),
        "GRAPH_TIMEOUT_SECONDS": str(random.choice((30, 60, 100))),
        "EXPORT_ABANDON_DAYS": str(35 if is_long else random.choice((1, 2))),
        "EXPORT_RETENTION_DAYS": "1",
        "EXPORT_DUE_DAYS": str(random.choice((1, 2, 30))),
        "EXPORT_DUE_SOON_DAYS": str(random.choice((0, 1, 5))),
        "EXPORT_MAX_ATTEMPTS": str(random.choice((1, 3, 5))),
    }
    return given | ({"EXPORT_ACCOUNT_KEY": _KEY} if grant == "storedPolicy" else {})


def _exports(random: Random, people: dict[str, str], scale: timedelta) -> tuple[PlannedExport, ...]:
    return tuple(
        PlannedExport(
            SubjectType.USER,
            _whom(random, people)[random.randrange(2)],
            f"key-{number}",
            random.uniform(0, 0.2) * scale,
            tuple((random.choice(_LATER_CALLS), at) for at in _later_call_times(random, scale)),
        )
        for number in range(random.choice((1, 1, 2)))
    )


def _whom(random: Random, people: dict[str, str]) -> tuple[str, str]:
    """The name and object id of a person, who may not exist."""
    return ("nobody@contoso.example", _guid(random)) if random.random() < 0.05 else random.choice(list(people.items()))


def _later_call_times(random: Random, scale: timedelta) -> list[timedelta]:
    count = random.choice((0, 0, 1, 2, 4))
    if random.random() < 0.5:  # close together, to race each other
        begin = random.uniform(0, 1.5) * scale
        return sorted(begin + random.uniform(0, 10) * SECOND for _ in range(count))
    return sorted(random.uniform(0, 2.5) * scale for _ in range(count))


def _courses(random: Random, scale: timedelta) -> tuple[Course, ...]:
    fates = random.choices(
        (Fate.COMPLETE, Fate.EMPTY, Fate.FAILED, Fate.NEVER, Fate.UNKNOWN), weights=(20, 2, 2, 1, 2), k=3
    )
    return tuple(
        Course(
            fate,
            takes=random.uniform(0.1, 1) * scale,
            unknown_for=random.choice((timedelta(), timedelta(), random.uniform(0, 4) * MINUTE)),
            files=random.randrange(1, 12),
        )
        for fate in fates
    )


def _odds(random: Random) -> Odds:
    if random.random() < 0.1:
        return NO_ODDS

    def odds(*choices: float) -> float:
        return random.choice((0, *choices))

    return Odds(
        dies=odds(0.01, 0.03),
        outage=odds(0.01, 0.05),
        refusal=odds(0.02),
        stale=odds(0.05, 0.2),
        slow=odds(0.02, 0.1),
        unanswered=odds(0.1, 0.4),
        nameless=odds(0.2),
        unqueued=odds(0.2),
        twice=odds(0.1, 0.3),
    )


def _graph_outage(random: Random, length: timedelta) -> GraphOutage:
    begins = random.uniform(0, 0.8) * length
    kind = random.choice(("throttled", "down", "unreachable"))
    return GraphOutage(kind, begins, begins + random.uniform(0.01, 0.5) * length)


def _moments(random: Random, length: timedelta, count: int) -> tuple[timedelta, ...]:
    return tuple(sorted(random.uniform(0, 1) * length for _ in range(count)))


def _guid(random: Random) -> str:
    return str(uuid.UUID(bytes=random.randbytes(16), version=4))
