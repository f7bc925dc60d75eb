"""What every check is made of: it sees each fact as it happens, looks around at the end, and reports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from shared.exports.states_and_codes import GrantKind

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Export
    from shared.settings import Settings
    from tests.simulation.world.facts import Line
    from tests.simulation.world.world import World


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must never be: which check found it, when, and what."""

    check: str
    at: datetime
    what: str

    def __str__(self) -> str:
        return f"{self.check}, at {self.at:%F %T}: {self.what}"


class Book:
    """What the checks share: the world, the present states, and the reports.

    Attributes:
        exports: the newest stored state of each export.
        accepted: of which exports a caller was told that they are accepted; known at the end.
        longest: the most events that a monitor's history had; known at the end.
        healed_at: the true time since when nothing goes wrong any more.
    """

    def __init__(self, world: World, settings: Settings) -> None:
        self.world = world
        self.settings = settings
        self.limits = settings.limits
        self.exports: dict[str, Export] = {}
        self.accepted: set[str] = set()
        self.longest = 0
        self.healed_at: datetime | None = None
        self.checked: Counter[str] = Counter()
        self.violations: list[Violation] = []

    @property
    def is_revocable(self) -> bool:
        """Whether this deployment's grants can be taken away."""
        return self.settings.grant is GrantKind.STORED_POLICY


class Check:
    """One thing that must hold."""

    name: ClassVar[str]

    def __init__(self, book: Book) -> None:
        self.book = book
        self.world = book.world

    def see(self, line: Line) -> None:
        """Looks at a fact."""

    def finish(self) -> None:
        """Looks at what is left."""

    def expect(self, what: str, *, holds: bool) -> None:
        """Counts a check, and reports it where it does not hold."""
        self.book.checked[self.name] += 1
        if not holds:
            self.book.violations.append(Violation(self.name, self.world.now, what))


def export_of(container: str) -> str:
    """The id of the export that a container was made for."""
    return container.removeprefix("export-")[:36]
