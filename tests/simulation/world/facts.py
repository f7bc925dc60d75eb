"""Facts: what happened in a simulated world. The checks and the timeline are made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Event, Export
    from shared.exports.graph_results import OperationResult, SubmitResult
    from shared.protocols import Row
    from tests.fakes.in_memory_graph import ExportOperation


@dataclass(frozen=True, slots=True)
class RowRead:
    """The product read an export's row; `stale` if it got an older state."""

    export_id: str
    stale: bool

    def __str__(self) -> str:
        return f"reads the row of {self.export_id[:8]}{', and gets an older state' if self.stale else ''}"


@dataclass(frozen=True, slots=True)
class Committed:
    """A new state of an export was stored with its events. `before` is None for a new export."""

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
    """The reconciler looked for due exports; `there` are those that were due when it began."""

    there: dict[str, Export]
    found: set[str]

    def __str__(self) -> str:
        return f"finds {len(self.found)} exports that are due; there were {len(self.there)}"


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows of a transaction, without the URLs of callbacks."""

    table: str
    rows: list[Row]

    def __str__(self) -> str:
        return f"stores {len(self.rows)} rows in {self.table}"


@dataclass(frozen=True, slots=True)
class TableLost:
    """A table was deleted and made anew."""

    table: str

    def __str__(self) -> str:
        return f"{self.table} is lost"


@dataclass(frozen=True, slots=True)
class Outgrown:
    """A table refused a transaction because of a limit of the service."""

    table: str
    why: str

    def __str__(self) -> str:
        return f"can't store in {self.table}: {self.why}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """Graph answered a submission; `operation` if it accepted one."""

    container: str
    answer: SubmitResult
    operation: ExportOperation | None

    def __str__(self) -> str:
        return f"Microsoft, for {self.container}: {self.answer}"


@dataclass(frozen=True, slots=True)
class AskedToSubmit:
    """The product calls Graph to submit; whether the call arrives is another matter."""

    container: str

    def __str__(self) -> str:
        return f"submits {self.container}"


@dataclass(frozen=True, slots=True)
class SubmissionAnswered:
    """What the product got as the answer to a submission."""

    container: str
    answer: SubmitResult

    def __str__(self) -> str:
        return f"hears of {self.container}: {self.answer}"


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """A slot of the daily limit was taken; `before` is when the next one was free before that, None for the first."""

    before: datetime | None
    next_free: datetime

    def __str__(self) -> str:
        return f"takes a slot, the next is free at {self.next_free}"


@dataclass(frozen=True, slots=True)
class Polled:
    """The product read an operation; `clock` is the product's own time then."""

    operation_id: str
    answer: OperationResult
    clock: datetime

    def __str__(self) -> str:
        return f"hears of {self.operation_id[:8]}: {self.answer}"


@dataclass(frozen=True, slots=True)
class PolicySet:
    """A container's stored policy was set, or removed (None)."""

    container: str
    expires_at: datetime | None

    def __str__(self) -> str:
        until = "takes it away" if self.expires_at is None else f"sets it until {self.expires_at}"
        return f"policy of {self.container}: {until}"


@dataclass(frozen=True, slots=True)
class Created:
    """A container was created that was not there."""

    container: str

    def __str__(self) -> str:
        return f"creates {self.container}"


@dataclass(frozen=True, slots=True)
class Erased:
    """A container was deleted."""

    container: str

    def __str__(self) -> str:
        return f"deletes {self.container}"


@dataclass(frozen=True, slots=True)
class Linked:
    """A download link for a file was signed."""

    container: str
    file: str

    def __str__(self) -> str:
        return f"makes a link to {self.file} in {self.container}"


@dataclass(frozen=True, slots=True)
class Called:
    """A receiver got a callback."""

    export_id: str
    delivery_id: str
    target: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.target} hears of {self.export_id[:8]}: {self.delivery_id[:8]}"


OUTLIVED = "call outlives the host's time-out"
"""The fault that the host kills a call, with all else that runs there, because it took too long."""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault was injected."""

    fault: str
    where: str

    def __str__(self) -> str:
        return f"*** {self.fault} {self.where}"


@dataclass(frozen=True, slots=True)
class Said:
    """Text that left the process or that the platform keeps: a log record, an input, an output, an exception."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Ran:
    """A coroutine of the product started or ended; `returned` if it ended by returning."""

    how: str
    begins: bool = False
    returned: bool = False

    def __str__(self) -> str:
        return self.how


@dataclass(frozen=True, slots=True)
class Threw:
    """A coroutine of the product raised an exception."""

    error: BaseException

    def __str__(self) -> str:
        return f"throws {type(self.error).__name__}"


Fact = (
    RowRead
    | Committed
    | LookedForDue
    | Stored
    | TableLost
    | Outgrown
    | AskedToSubmit
    | SubmissionAnswered
    | SlotTaken
    | Submitted
    | Polled
    | PolicySet
    | Created
    | Erased
    | Linked
    | Called
    | Injected
    | Said
    | Ran
    | Threw
)


@dataclass(frozen=True, slots=True)
class Line:
    """A fact with its true time and the coroutine in which it happened."""

    at: datetime
    actor: str
    fact: Fact
