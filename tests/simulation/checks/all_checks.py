"""All checks of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.durable.monitor_orchestrator import ADVANCE
from shared.exports.exceptions import (
    ConflictError,
    IdempotencyKeyReusedError,
    ImpossibleHandoverError,
    NotPossibleError,
    StorageFailedError,
    StorageRefusedError,
    SubjectBusyError,
    TooManySubscriptionsError,
    UnreadableRowError,
)
from shared.http.api_errors import ApiError
from shared.protocols import RowTooLargeError
from shared.records.table_names import TableName
from shared.workflow.step_failures import describe_unexpected
from tests.simulation.checks.access import ErasedIsGone, NoAccessLeft
from tests.simulation.checks.bounds import Bounded
from tests.simulation.checks.cadence import Cadence
from tests.simulation.checks.chain import ChainHolds
from tests.simulation.checks.check import Check, CheckState, Violation, export_of
from tests.simulation.checks.clock import ClockIsTrue, WarnedOnce
from tests.simulation.checks.fair_share import FairShare
from tests.simulation.checks.found_in_time import FoundInTime
from tests.simulation.checks.holds import ErasedInTime, HeldIsKept
from tests.simulation.checks.index import ListedAtOnce
from tests.simulation.checks.kept_secrets import SecretsKept
from tests.simulation.checks.obeyed_retry_after import RetryAfterKept
from tests.simulation.checks.one_person import OnePerson
from tests.simulation.checks.open_waits import EndsInTime, WaitsOpenly
from tests.simulation.checks.operations import OneOperation, RecordedFirst
from tests.simulation.checks.outcomes import OneOutcome, TrueOutcome
from tests.simulation.checks.packages import PackagesAreTrue, is_being_made
from tests.simulation.checks.rounds import RoundsGoOn
from tests.simulation.checks.secrets import NoSecret
from tests.simulation.checks.submission_limit import DailyLimit, SlotsAreUsed
from tests.simulation.checks.told import BatchesHold, CalledBack, Listed, SubscriptionsHold
from tests.simulation.checks.trail import Trail
from tests.simulation.checks.unknown_is_kept import UnknownIsKept
from tests.simulation.injected_faults import OUTAGES, BuggyDivisionError, BuggyTypeError, HubDownError, InjectedBug
from tests.simulation.world.facts import (
    OUTLIVED,
    AskedToSubmit,
    Committed,
    Injected,
    Outgrown,
    Ran,
    Said,
    Stored,
    Submitted,
    TableLost,
    Threw,
)

if TYPE_CHECKING:
    from collections import Counter

    from shared.settings import Settings
    from tests.simulation.callers import Told
    from tests.simulation.plan import Plan
    from tests.simulation.world.facts import Line
    from tests.simulation.world.world import World

_ANSWERS = (
    ApiError,
    IdempotencyKeyReusedError,
    ImpossibleHandoverError,
    NotPossibleError,
    StorageRefusedError,
    SubjectBusyError,
    TooManySubscriptionsError,
)
"""What a caller may be told."""
_TIMED = ("containers.", "zip_blobs.", "graph.", "callbacks.")
"""Calls that a step makes within its time limit."""
_UNRECORDED = (TimeoutError, RowTooLargeError, UnreadableRowError)
_UNFORESEEN = describe_unexpected(Exception()).partition("(")[0]
"""How the reason begins why a step failed with an error that nobody foresaw."""
_INJECTED = (BuggyTypeError.__name__, BuggyDivisionError.__name__, RowTooLargeError.__name__)
_LONGEST_HISTORY = 400
"""Events: 20 steps a generation with eight each, and as many again for each failed try of a step."""


class _ShortHistory(Check):
    """The history of a monitor stays short, whatever the age of its export."""

    name = "short history"

    def finish(self) -> None:
        self.expect(f"a monitor had {self.state.longest} events", holds=self.state.longest <= _LONGEST_HISTORY)


class _NoSurprise(Check):
    """Only outages and the product's own refusals are raised, no step fails for a reason that nobody foresaw.

    No row outgrows its table, and no step outlives the host.

    A step whose records are that slow can do nothing about it: their client would give up.
    """

    name = "no surprise"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._hung: set[str] = set()

    def see(self, line: Line) -> None:
        match line.fact:
            case Threw(error=error):
                # A refusal is an answer for a caller; the monitor and the timers have to deal with it.
                answer = isinstance(error, _ANSWERS) and line.actor.startswith("caller")
                outage = isinstance(error, StorageFailedError) and error.code in OUTAGES
                # The last three: not even that the step failed could be read or stored.
                expected = (HubDownError, ConflictError, InjectedBug, *_UNRECORDED)
                forgotten = bool(self.state.forgotten) and isinstance(error, LookupError)
                holds = answer or outage or forgotten or isinstance(error, expected)
                self.expect(f"{line.actor} raised {error!r}", holds=holds)
            case Injected(fault="call hangs" | "slow call", where=where) if not where.startswith(_TIMED):
                self._hung.add(line.actor)
            case Injected(fault=fault, where=run) if fault == OUTLIVED and run.startswith(ADVANCE):
                self.expect(f"{run} was killed by its host, after ten minutes", holds=run in self._hung)
            case Committed(events=events):
                for event in events:
                    reason = str(event.detail.get("reason", ""))
                    foreseen = not reason.startswith(_UNFORESEEN) or any(name in reason for name in _INJECTED)
                    self.expect(f"{line.actor} failed: {reason}", holds=foreseen)
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
    HeldIsKept,
    ErasedInTime,
    ClockIsTrue,
    WarnedOnce,
    OnePerson,
    UnknownIsKept,
    Cadence,
    RetryAfterKept,
    SlotsAreUsed,
    DailyLimit,
    FairShare,
    RoundsGoOn,
    WaitsOpenly,
    EndsInTime,
    Bounded,
    BatchesHold,
    Listed,
    ListedAtOnce,
    SubscriptionsHold,
    CalledBack,
    SecretsKept,
    Trail,
    PackagesAreTrue,
    ChainHolds,
    NoSecret,
    _NoSurprise,
    _ShortHistory,
)


class Checks:
    """All checks of one run."""

    def __init__(self, world: World, settings: Settings, plan: Plan) -> None:
        self._state = CheckState(world, settings, plan)
        self._checks: list[Check] = [kind(self._state) for kind in _KINDS]
        self._readers = [check for check in self._checks if check.reads_text]
        world.listeners.append(self._see)

    @property
    def checked(self) -> Counter[str]:
        """How often each check was made."""
        return self._state.checked

    @property
    def violations(self) -> list[Violation]:
        """The checks that did not hold."""
        return self._state.violations

    def all_have_ended(self, *, erased: bool) -> bool:
        """Whether every recorded export has ended, with its packages, and, if `erased`, its data is erased."""
        return all(
            export.status.is_terminal and not is_being_made(export) and (not erased or export.next_step_at is None)
            for export in self._state.readable()
        )

    def anybody_waits(self) -> bool:
        """Whether an export is queued, or its step is overdue."""
        overdue = self._state.world.clock() - 3 * self._state.limits.poll_floor
        return any(
            export.expected_at is not None or (export.next_step_at is not None and export.next_step_at < overdue)
            for export in self._state.readable()
        )

    def heal(self) -> None:
        """Notes that no fault is injected from now on."""
        self._state.healed_at = self._state.world.now

    def finish(self, told: Told, longest: int) -> None:
        """Lets each check look at the world once the run is over."""
        self._state.told, self._state.longest = told, longest
        for check in self._checks:
            check.finish()

    def _see(self, line: Line) -> None:
        state, fact = self._state, line.fact
        if isinstance(fact, Committed | Submitted | AskedToSubmit) and _subject_of(fact) in state.forgotten:
            return
        for check in self._readers if isinstance(fact, Said | Stored) else self._checks:
            check.see(line)
        match fact:
            case Ran(begins=True):
                state.began[line.actor] = line.at
            case Committed(after=after):
                state.exports[after.id] = after
            case Injected(fault="row can't be read", where=export_id):
                state.spoiled.add(export_id)
            case TableLost(table=TableName.EXPORTS):
                state.forgotten |= state.exports.keys()
                state.exports.clear()


def _subject_of(fact: Committed | Submitted | AskedToSubmit) -> str:
    """The id of the export that a fact is about."""
    return fact.after.id if isinstance(fact, Committed) else export_of(fact.container)
