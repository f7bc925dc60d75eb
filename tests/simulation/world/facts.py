"""What happened in a simulated world, one value a fact: the checks and the timeline are made of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Event, Export
    from shared.exports.graph_results import OperationResult, SubmitResult
    from tests.fakes.in_memory_graph import ExportOperation


@dataclass(frozen=True, slots=True)
class RowRead:
    """The product read an export's row; `stale` where it was given an older state."""

    export_id: str
    stale: bool

    def __str__(self) -> str:
        return f"reads the row of {self.export_id[:8]}{', and gets an older state' if self.stale else ''}"


@dataclass(frozen=True, slots=True)
class Committed:
    """A state was stored, with its events. `before` is None for a new export."""

    before: Export | None
    after: Export
    events: tuple[Event, ...]

    def __str__(self) -> str:
        after = self.after
        attempts = "; ".join(f"{each.number} {each.status}" for each in after.attempts)
        state = f"{after.id[:8]} {after.status}/{after.stage} ({attempts}), next step {after.next_step_at}"
        return f"stores {state}: {', '.join(event.type for event in self.events)}"


@dataclass(frozen=True, slots=True)
class LookedForDue:
    """The reconciler has found what is due; `there` is what was when it began, by the exports themselves."""

    there: dict[str, Export]
    found: set[str]

    def __str__(self) -> str:
        return f"finds {len(self.found)} exports that are due; there were {len(self.there)}"


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are kept: the rows of a transaction, as text."""

    text: str

    def __str__(self) -> str:
        return f"stores {len(self.text)} characters"


@dataclass(frozen=True, slots=True)
class Outgrown:
    """A table refused a transaction that is more than it can hold, or that no table takes."""

    table: str
    why: str

    def __str__(self) -> str:
        return f"can't store in {self.table}: {self.why}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """Graph carried out a submission, or said no; `operation` where it took one on."""

    container: str
    answer: SubmitResult
    operation: ExportOperation | None

    def __str__(self) -> str:
        return f"Microsoft, for {self.container}: {self.answer}"


@dataclass(frozen=True, slots=True)
class Polled:
    """The product has Graph's answer to a read of an operation; `clock` is its own time then."""

    operation_id: str
    answer: OperationResult
    clock: datetime

    def __str__(self) -> str:
        return f"hears of {self.operation_id[:8]}: {self.answer}"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """A container's stored policy was set, or taken away (None)."""

    container: str
    expires_at: datetime | None

    def __str__(self) -> str:
        until = "takes it away" if self.expires_at is None else f"sets it until {self.expires_at}"
        return f"policy of {self.container}: {until}"


@dataclass(frozen=True, slots=True)
class Erased:
    """A container was deleted."""

    container: str

    def __str__(self) -> str:
        return f"deletes {self.container}"


@dataclass(frozen=True, slots=True)
class Linked:
    """A link was made that lets its holder read a file."""

    container: str
    file: str

    def __str__(self) -> str:
        return f"makes a link to {self.file} in {self.container}"


@dataclass(frozen=True, slots=True)
class Injected:
    """The driver stepped in."""

    fault: str
    where: str

    def __str__(self) -> str:
        return f"*** {self.fault} {self.where}"


@dataclass(frozen=True, slots=True)
class Said:
    """Something left the process or is kept by the platform: a log record, an input, an output, an exception."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Ran:
    """A coroutine of the product began, or ended; `returned` where it came to its own end."""

    how: str
    begins: bool = False
    returned: bool = False

    def __str__(self) -> str:
        return self.how


@dataclass(frozen=True, slots=True)
class Threw:
    """A coroutine of the product ended with an exception."""

    error: BaseException

    def __str__(self) -> str:
        return f"throws {type(self.error).__name__}"


Fact = (
    RowRead
    | Committed
    | LookedForDue
    | Stored
    | Outgrown
    | Submitted
    | Polled
    | PolicySet
    | Erased
    | Linked
    | Injected
    | Said
    | Ran
    | Threw
)


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with its true time and the coroutine that it happened in."""

    at: datetime
    actor: str
    fact: Fact
