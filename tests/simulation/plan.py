"""The plan of a seed: a deployment, what callers ask for, and what goes wrong until the world heals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.fakes.in_memory_graph import Course, Fate
from tests.simulation.planned_calls import DAY, HOUR, MINUTE, SECOND, Crowd, PlannedCall, draw_calls, draw_crowd
from tests.simulation.planned_handover import draw_handover
from tests.simulation.planned_weather import Weather, draw_weather

if TYPE_CHECKING:
    from datetime import timedelta
    from random import Random

BEGIN = datetime(2026, 11, 1, 9, tzinfo=UTC)
POLICY_LAG = 30 * SECOND
"""How long a new stored policy takes to count, as Azure documents it."""
_KEY = "c2ltdWxhdGVkLWFjY291bnQta2V5LXRoYXQtbm9ib2R5LW1heS1zZWU="


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is drawn before a run, with times from its start."""

    environment: dict[str, str]
    people: dict[str, str]
    calls: tuple[PlannedCall, ...]
    courses: tuple[Course, ...]
    """For each operation one of them is drawn."""
    weather: Weather
    reconciles_every: timedelta
    """How often the reconciler runs until the world heals, unless it has something to do."""
    has_hard_names: bool
    """Whether files have names that a zip can't have."""
    to_erasure: bool
    """Whether the run goes on until the retention time is over and all data is erased."""


def draw_plan(random: Random, aside: Random) -> Plan:
    """The plan of a seed; `aside` draws what comes after an export, and the rest of the plan does not depend on it."""
    scale = random.choice((20 * MINUTE, HOUR, HOUR, 3 * HOUR, 3 * HOUR, 12 * HOUR))
    is_long = random.random() < 0.04
    if is_long:
        scale = random.choice((7, 12, 20, 29, 40)) * DAY
    has_principals = random.random() < 0.8
    crowd = draw_crowd(random, has_principals=has_principals)
    if crowd.flood or crowd.cycles:
        scale = min(scale, 3 * HOUR)
    weather = draw_weather(random, scale)
    environment = _environment(random, is_long=is_long, has_principals=has_principals, crowd=crowd)
    handover = draw_handover(aside, draw_calls(random, crowd, scale), BEGIN, scale)
    return Plan(
        environment=environment | handover.environment,
        calls=handover.calls,
        people=crowd.people,
        courses=_courses(random, scale),
        weather=replace(weather, stuck=handover.stuck or weather.stuck, file_changes=handover.file_changes),
        reconciles_every=max(5 * MINUTE, weather.heals_after / 60),
        has_hard_names=handover.has_hard_names,
        to_erasure=random.random() < 0.3,
    )


def _environment(random: Random, *, is_long: bool, has_principals: bool, crowd: Crowd) -> dict[str, str]:
    grant = random.choice(("storedPolicy", "storedPolicy", "userDelegation"))
    given = {
        "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
        "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
        "EXPORT_GRANT": grant,
        "AUTH_MODE": "entra" if has_principals else "functionKey",
        "WEBSITE_AUTH_ENABLED": "true",
        "EXPORT_POLL_MIN_SECONDS": str(random.choice((300, 600) if crowd.flood else (60, 300, 300, 600))),
        "GRAPH_TIMEOUT_SECONDS": str(random.choice((30, 60, 100))),
        "GRAPH_SUBMISSIONS_PER_DAY": str(random.choice(_per_day(crowd))),
        "EXPORT_ABANDON_DAYS": str(35 if is_long else random.choice((1, 2))),
        "EXPORT_RETENTION_DAYS": "1",
        "EXPORT_DUE": random.choice(("P1D", "P2D", "P1M")),
        "EXPORT_DUE_SOON_DAYS": str(random.choice((0, 1, 5))),
        "EXPORT_MAX_ATTEMPTS": str(random.choice((1, 3, 5))),
    }
    return given | ({"EXPORT_ACCOUNT_KEY": _KEY} if grant == "storedPolicy" else {})


def _per_day(crowd: Crowd) -> tuple[int, ...]:
    """How many submissions a day there may be: few for a flood, many for an export that is repeated."""
    if crowd.flood:
        return 24, 48, 200
    return (1000,) if crowd.cycles else (1000, 1000, 1000, 100, 20)


def _courses(random: Random, scale: timedelta) -> tuple[Course, ...]:
    fates = random.choices(
        (Fate.COMPLETE, Fate.EMPTY, Fate.FAILED, Fate.NEVER, Fate.UNKNOWN), weights=(20, 2, 2, 1, 2), k=3
    )
    return tuple(
        Course(
            fate,
            takes=random.uniform(0.1, 1) * scale,
            unknown_for=random.choice((DAY * 0, DAY * 0, random.uniform(0, 4) * MINUTE)),
            files=random.randrange(1, 12),
        )
        for fate in fates
    )
