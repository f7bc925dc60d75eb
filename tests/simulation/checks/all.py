"""All checks of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import (
    ConflictError,
    NotPossibleError,
    StorageFailedError,
    StorageRefusedError,
    SubjectBusyError,
)
from shared.http.api_errors import ApiError
from tests.simulation.checks.access import ErasedIsGone, NoAccessLeft
from tests.simulation.checks.cadence import Cadence
from tests.simulation.checks.check import Book, Check, Violation
from tests.simulation.checks.found_in_time import FoundInTime
from tests.simulation.checks.operations import OneOperation, RecordedFirst
from tests.simulation.checks.outcomes import OneOutcome, TrueOutcome
from tests.simulation.checks.secrets import NoSecret
from tests.simulation.checks.trail import Trail
from tests.simulation.weather import OUTAGES, HubDownError
from tests.simulation.world.facts import Committed, Outgrown, Threw

if TYPE_CHECKING:
    from collections import Counter

    from shared.settings import Settings
    from tests.simulation.world.facts import Line
    from tests.simulation.world.world import World

_LONGEST_HISTORY = 400
"""Events: the 20 steps of a generation have eight each, and as many more for each failed try of one."""


class _ShortHistory(Check):
    """No monitor's history ever grew beyond a bound, whatever the age of its export."""

    name = "short history"

    def finish(self) -> None:
        self.expect(f"a monitor had {self.book.longest} events", holds=self.book.longest <= _LONGEST_HISTORY)


class _NoSurprise(Check):
    """Nothing is raised but outages and the product's own words: any other exception is a mistake in the code."""

    name = "no surprise"

    def see(self, line: Line) -> None:
        match line.fact:
            case Threw(error=error):
                # A caller is told of a refusal; the monitor and the timers have to live with it.
                told = isinstance(error, StorageRefusedError | SubjectBusyError) and line.actor.startswith("caller")
                outage = isinstance(error, StorageFailedError) and error.code in OUTAGES
                expected = (HubDownError, ConflictError, ApiError, NotPossibleError)
                self.expect(f"{line.actor} raised {error!r}", holds=told or outage or isinstance(error, expected))
            case Outgrown():
                self.expect(f"{line.actor} {line.fact}", holds=False)


_KINDS: tuple[type[Check], ...] = (
    OneOutcome,
    FoundInTime,
    TrueOutcome,
    RecordedFirst,
    OneOperation,
    NoAccessLeft,
    ErasedIsGone,
    Cadence,
    Trail,
    NoSecret,
    _NoSurprise,
    _ShortHistory,
)


class Checks:
    """The checks, as the simulation sees them."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._book = Book(world, settings)
        self._checks: list[Check] = [kind(self._book) for kind in _KINDS]
        world.listeners.append(self._see)

    @property
    def checked(self) -> Counter[str]:
        """How often each check looked."""
        return self._book.checked

    @property
    def violations(self) -> list[Violation]:
        """What must never be, and was."""
        return self._book.violations

    def all_have_ended(self, *, erased: bool) -> bool:
        """Whether every recorded export has ended, and its data is erased where that is asked for."""
        return all(
            export.status.is_terminal and (not erased or export.next_step_at is None)
            for export in self._book.exports.values()
        )

    def heal(self) -> None:
        """Nothing goes wrong from now on."""
        self._book.healed_at = self._book.world.now

    def finish(self, accepted: set[str], longest: int) -> None:
        """The last look."""
        self._book.accepted, self._book.longest = accepted, longest
        for check in self._checks:
            check.finish()

    def _see(self, line: Line) -> None:
        for check in self._checks:
            check.see(line)
        match line.fact:
            case Committed(after=after):
                self._book.exports[after.id] = after
