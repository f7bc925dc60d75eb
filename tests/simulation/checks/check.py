"""The base of all checks: a check sees every fact as it happens, looks at the world in the end, and reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from shared.exports.states_and_codes import GrantKind
from tests.simulation.callers import Told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.exports.export import Export
    from shared.settings import Settings
    from tests.simulation.plan import Plan
    from tests.simulation.world.facts import Line
    from tests.simulation.world.world import World


@dataclass(frozen=True, slots=True)
class Violation:
    """A check that did not hold: which one, when, and what was wrong."""

    check: str
    at: datetime
    what: str

    def __str__(self) -> str:
        return f"{self.check}, at {self.at:%F %T}: {self.what}"


class CheckState:
    """What the checks share: the world, the present state of each export, and the violations so far.

    Attributes:
        plan: the plan of the run.
        exports: the newest stored state of each export.
        began: when each run of the product began, by its name.
        forgotten: the ids of the exports that were lost with their table; nothing is expected of them but that their
            data is kept, even if they are asked for again.
        spoiled: the ids of the exports whose rows could not be read for some time. If the index is lost in that time,
            they are found again by the next daily repair only.
        told: what callers were told; known at the end.
        longest: the most events in the history of any monitor; known at the end.
        began_at: the true time at which the run began.
        healed_at: the true time after which no fault is injected.
    """

    def __init__(self, world: World, settings: Settings, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.settings = settings
        self.limits = settings.limits
        self.exports: dict[str, Export] = {}
        self.began: dict[str, datetime] = {}
        self.forgotten: set[str] = set()
        self.spoiled: set[str] = set()
        self.told = Told()
        self.longest = 0
        self.began_at = world.now
        self.healed_at: datetime | None = None
        self.checked: Counter[str] = Counter()
        self.violations: list[Violation] = []

    @property
    def is_revocable(self) -> bool:
        """Whether this deployment's grants can be revoked."""
        return self.settings.grant is GrantKind.STORED_POLICY

    def readable(self) -> Iterator[Export]:
        """The exports whose rows can be read."""
        return (export for export in self.exports.values() if export.id not in self.world.exports.spoiled)

    @property
    def account_is_lost(self) -> bool:
        """Whether the export account can't be reached any more, for ever."""
        outage = self.plan.weather.account_outage
        return outage is not None and outage.ends is None and self.world.now - self.began_at >= outage.begins


class Check:
    """Something that must hold in every run."""

    name: ClassVar[str]
    reads_text: ClassVar[bool] = False
    """Whether it also sees the facts that most runs consist of: what was said, and rows as they were stored."""

    def __init__(self, state: CheckState) -> None:
        self.state = state
        self.world = state.world

    def see(self, line: Line) -> None:
        """Looks at a fact as it happens."""

    def finish(self) -> None:
        """Looks at the world once the run is over."""

    def expect(self, what: str, *, holds: bool) -> None:
        """Counts the check, and reports a violation unless it holds."""
        self.state.checked[self.name] += 1
        if not holds:
            self.state.violations.append(Violation(self.name, self.world.now, what))


def export_of(container: str) -> str:
    """The id of the export that a container belongs to."""
    return container.removeprefix("export-")[:36]
