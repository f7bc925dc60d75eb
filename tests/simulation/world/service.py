"""What is behind Graph in memory: people, permissions, a quota, and operations that end as their fate has it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from shared.exports.graph_results import Accepted, NotDone, OperationStatus, Refused
from shared.exports.graph_results import Operation as Read
from shared.storage.export_containers import REQUEST_INFO
from tests.simulation.world.facts import Submitted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.exports.export import Subject
    from shared.exports.graph_results import OperationResult, ResolveResult, SubmitResult
    from tests.simulation.world.account import Signed
    from tests.simulation.world.world import World

RETRY_AFTER = 60
"""Seconds, as Graph answers them to every submission that it takes on."""
FORBIDDEN = Refused(403, "Forbidden", "Access is denied to the requested resource.")
THROTTLED = NotDone("Graph throttles (429).")


class Fate(StrEnum):
    """What an operation is to come to."""

    COMPLETE = "complete"
    EMPTY = "empty"
    """Complete, with no files."""
    FAILED = "failed"
    NEVER = "never"
    """It runs for ever, as one does whose grant has ended."""
    UNKNOWN = "unknown"
    """The container was marked, but no operation ever came of it."""


@dataclass(frozen=True, slots=True)
class Course:
    """How an operation will go: its fate, how long it takes, how long Graph does not know it, how many files come."""

    fate: Fate = Fate.COMPLETE
    takes: timedelta = timedelta(days=2)
    unknown_for: timedelta = timedelta()
    files: int = 5


@dataclass(slots=True)
class Operation:
    """An operation. It `ended` where it reports complete or failed, and then never changes again."""

    id: str
    signed: Signed
    course: Course
    submitted_at: datetime
    ended: OperationStatus | None = None


@dataclass(slots=True)
class Service:
    """Microsoft's side. Its methods are carried out at once; what can go wrong on the way is not its business.

    Attributes:
        course: draws the course of the next operation.
        forbidden_until: the app's permissions count from then on.
        exports_per_day: how many submissions a sliding day allows.
    """

    world: World
    people: dict[str, str] = field(default_factory=dict)
    """Object ids by principal name."""
    operations: dict[str, Operation] = field(default_factory=dict)
    course: Callable[[], Course] = Course
    forbidden_until: datetime | None = None
    exports_per_day: int = 1000
    note: Callable[[str, str], None] = lambda _fault, _where: None
    """Counts the refusals that were arranged for."""
    _admitted: list[datetime] = field(default_factory=list)

    def resolve(self, principal_name: str) -> ResolveResult:
        """The object id of a user."""
        if self._forbids():
            return FORBIDDEN
        message = f"Resource '{principal_name}' does not exist."
        return self.people.get(principal_name) or Refused(404, "Request_ResourceNotFound", message)

    def submit(self, subject: Subject, url: str, *, queue_breaks: bool = False) -> SubmitResult:
        """Takes an export on, with the service's checks in its order; none comes of it where the queue breaks."""
        signed = self.world.account.signature_of(url)
        container = "" if signed is None else signed.container
        answer = self._refusal(subject, signed)
        operation = None
        if answer is None and signed is not None:
            operation = self._take_on(subject, signed, queue_breaks=queue_breaks)
            answer = Accepted(operation.id, RETRY_AFTER)
        if answer is None:
            raise AssertionError("A submission without a signed URL was not refused.")
        self.world.tell(Submitted(container, answer, operation))
        return answer

    def read(self, operation_id: str) -> OperationResult:
        """How far an operation is."""
        if self._forbids():
            return FORBIDDEN
        operation = self.operations.get(operation_id)
        if operation is None or not self.knows(operation):
            return Refused(400, "OperationNotFound", "Cannot find any operations with the input Id.")
        share = (self.world.now - operation.submitted_at) / operation.course.takes
        progress = 1.0 if operation.ended else round(min(share, 0.95), 2)
        return Read(operation.ended or OperationStatus.RUNNING, progress)

    def is_live(self, operation: Operation) -> bool:
        """Whether an operation may still bring data: it has not ended, and its grant lets it write."""
        started = operation.course.fate is not Fate.UNKNOWN
        return started and operation.ended is None and self.world.account.can_write(operation.signed, self.world.now)

    def knows(self, operation: Operation) -> bool:
        """Whether a read of the operation would find it now."""
        known_from = operation.submitted_at + operation.course.unknown_for
        return operation.course.fate is not Fate.UNKNOWN and self.world.now >= known_from

    def _refusal(self, subject: Subject, signed: Signed | None) -> SubmitResult | None:
        if not self._admits():
            return THROTTLED
        if self._forbids():
            return FORBIDDEN
        if subject.id not in self.people.values():
            return Refused(404, "ResourceNotFound", "The resource is not found.")
        code = self._location_problem(signed)
        return None if code is None else Refused(400, code, "The storage destination won't do.")

    def _admits(self) -> bool:
        now = self.world.now
        self._admitted = [moment for moment in self._admitted if now - moment < timedelta(days=1)]
        if len(self._admitted) >= self.exports_per_day:
            self.note("Graph's daily quota is used up", "")
            return False
        self._admitted.append(now)
        return True

    def _location_problem(self, signed: Signed | None) -> str | None:
        account = self.world.account
        if signed is None:
            return "SharedAccessSignatureTokenInvalid"
        if signed.container not in account.containers:
            return "StorageLocationInvalid"
        if not account.can_write(signed, self.world.now):
            return "StorageLocationNeedsWriteAddPermissions"
        used = REQUEST_INFO in account.containers[signed.container].blobs
        return "StorageLocationAlreadyUsed" if used else None

    def _take_on(self, subject: Subject, signed: Signed, *, queue_breaks: bool) -> Operation:
        course = self.course()
        if queue_breaks:
            course = Course(Fate.UNKNOWN)
        operation_id = str(uuid.UUID(bytes=self.world.random.randbytes(16), version=4))
        operation = Operation(operation_id, signed, course, self.world.now)
        note = {"CommandId": operation.id, "Subject": {"ObjectId": subject.id}}
        self.world.account.write(signed.container, REQUEST_INFO, json.dumps(note).encode(), self.world.now)
        self.operations[operation.id] = operation
        if course.fate not in {Fate.NEVER, Fate.UNKNOWN}:
            self.world.agenda.after(course.takes, lambda: self._end(operation))
        return operation

    def _end(self, operation: Operation) -> None:
        account, now = self.world.account, self.world.now
        if operation.course.fate is Fate.FAILED:
            operation.ended = OperationStatus.FAILED
            return
        if not account.can_write(operation.signed, now):
            return  # it runs for ever
        files = operation.course.files if operation.course.fate is Fate.COMPLETE else 0
        for number in range(files):
            content = f"{operation.id} {number}".encode()
            account.write(operation.signed.container, f"Product {number % 3}/{number}.json", content, now)
        operation.ended = OperationStatus.COMPLETE

    def _forbids(self) -> bool:
        forbids = self.forbidden_until is not None and self.world.now < self.forbidden_until
        if forbids:
            self.note("Graph forbids (403)", "")
        return forbids
