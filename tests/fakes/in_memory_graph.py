"""A fake of `GraphApi`: people, quotas, and operations that go as their course says."""

from __future__ import annotations

import heapq
import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from shared.exports.graph_results import Accepted, NotDone, Operation, OperationStatus, Refused
from shared.exports.ids import is_guid
from tests.fakes.in_memory_containers import REQUEST_INFO, name_of
from tests.fakes.sliding_window import SlidingWindow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.exports.export import Subject
    from shared.exports.graph_results import OperationResult, ResolveResult, SubmitResult
    from tests.fakes.in_memory_account import InMemoryAccount, SignedUrl

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RETRY_AFTER = 60
"""Seconds; documented of the answer to a submission, and of no other, 429 included."""
FORBIDDEN = Refused(403, "Forbidden", "Access is denied to the requested resource.")
THROTTLED = NotDone("Graph throttles (429).")
ALL_ROLES = frozenset({"User.Export.All", "User.Read.All", "CrossTenantUserProfileSharing.Read.All"})
_UNLIMITED = 2**31


class Fate(StrEnum):
    """How an operation ends."""

    COMPLETE = "complete"
    EMPTY = "empty"
    """Complete, with no files."""
    FAILED = "failed"
    NEVER = "never"
    """It never ends, like an operation whose grant has expired."""
    UNKNOWN = "unknown"
    """Graph wrote its file into the container, but has no such operation."""


@dataclass(frozen=True, slots=True)
class Course:
    """What happens to an operation."""

    fate: Fate = Fate.COMPLETE
    takes: timedelta = timedelta(days=2)
    unknown_for: timedelta = timedelta()
    """How long reads don't find it."""
    files: int = 5


@dataclass(slots=True)
class ExportOperation:
    """An operation that Graph accepted. Once it has `ended` (complete or failed) it never changes."""

    id: str
    container: str
    signed: SignedUrl | None
    course: Course
    submitted_at: datetime
    ended: OperationStatus | None = None

    @property
    def ends_at(self) -> datetime:
        """When it ends, unless it never does."""
        return self.submitted_at + self.course.takes


class InMemoryGraph:
    """A `GraphApi` that never waits. A subclass can wait in the methods of the Protocol.

    Attributes:
        people: object ids by principal name; None if everybody exists.
        roles: the application roles in the app's token.
        operations: all that were accepted, by id.
        course: draws the course of the next operation.
        forbidden_until: when the app's permissions start to count.
        submissions: the quota of submissions in 24 hours.
        reads: the quota of reads in an hour.
        calls: how many calls of each kind Graph got: `resolve`, `submit`, `read`.
        throttled: how many of them it answered with 429.
        note: called with the reason when Graph refuses because of its quota or of permissions.
    """

    def __init__(
        self, clock: Callable[[], datetime], account: InMemoryAccount | None = None, random: Random | None = None
    ) -> None:
        """A Graph that was not called yet.

        Args:
            clock: the time.
            account: the export account; without one, Graph accepts any location and writes no files.
            random: what the ids of operations are drawn from.
        """
        self.clock = clock
        self._account = account
        self._random = random or Random(1)  # noqa: S311 - they only have to differ
        self._ends: list[tuple[datetime, int, ExportOperation]] = []
        self.people: dict[str, str] | None = None
        self.roles: frozenset[str] | NotDone = ALL_ROLES
        self.operations: dict[str, ExportOperation] = {}
        self.course: Callable[[], Course] = Course
        self.forbidden_until: datetime | None = None
        self.submissions = SlidingWindow(DAY, _UNLIMITED)
        self.reads = SlidingWindow(HOUR, _UNLIMITED)
        self.calls: Counter[str] = Counter()
        self.throttled = 0
        self.note: Callable[[str], None] = lambda _: None

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        return self.resolve(principal_name)

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        check_subject(subject)
        return self.submit(subject, container_url)

    async def read_operation(self, operation_id: str) -> OperationResult:
        check_operation_id(operation_id)
        return self.read(operation_id)

    async def token_roles(self) -> frozenset[str] | NotDone:
        return self.roles

    def resolve(self, principal_name: str) -> ResolveResult:
        """The object id of a person."""
        self.calls["resolve"] += 1
        if self._forbids():
            return FORBIDDEN
        if self.people is None:
            return str(uuid.uuid5(uuid.NAMESPACE_DNS, principal_name))
        message = f"Resource '{principal_name}' does not exist."
        return self.people.get(principal_name) or Refused(404, "Request_ResourceNotFound", message)

    def submit(self, subject: Subject, url: str, *, queue_breaks: bool = False) -> SubmitResult:
        """Accepts or refuses a submission, with the service's checks in its order.

        With `queue_breaks` the operation is lost after Graph has written its file into the container.
        """
        self.calls["submit"] += 1
        self.settle()
        signed = None if self._account is None else self._account.signed_url(url)
        refusal = self._refusal(subject, signed)
        if refusal is not None:
            return refusal
        course = Course(Fate.UNKNOWN) if queue_breaks else self.course()
        operation = self._take_on(subject, name_of(url.partition("?")[0]), signed, course)
        return Accepted(operation.id, RETRY_AFTER)

    def read(self, operation_id: str) -> OperationResult:
        """How far an operation is."""
        self.calls["read"] += 1
        if not self.admits_read():
            return THROTTLED
        self.settle()
        if self._forbids():
            return FORBIDDEN
        operation = self.operations.get(operation_id)
        if operation is None or not self.knows(operation):
            return Refused(400, "OperationNotFound", "Cannot find any operations with the input Id.")
        if operation.ended is not None:
            return Operation(operation.ended, 1.0)
        share = (self.clock() - operation.submitted_at) / operation.course.takes
        return Operation(OperationStatus.RUNNING, round(min(share, 0.95), 2))

    def is_at_work(self, operation_id: str) -> bool:
        """Whether a read would say that the operation is running; if so, it counts as a read."""
        if self.clock() >= self.operations[operation_id].ends_at or not self.admits_read():
            return False
        self.calls["read"] += 1
        return True

    def settle(self) -> None:
        """Ends the operations that are done by now."""
        now = self.clock()
        while self._ends and self._ends[0][0] <= now:
            self._end(heapq.heappop(self._ends)[2])

    def knows(self, operation: ExportOperation) -> bool:
        """Whether a read of the operation would find it now."""
        known_from = operation.submitted_at + operation.course.unknown_for
        return operation.course.fate is not Fate.UNKNOWN and self.clock() >= known_from

    def is_live(self, operation: ExportOperation) -> bool:
        """Whether an operation can still bring data: it has not ended, and its grant is valid."""
        return operation.course.fate is not Fate.UNKNOWN and operation.ended is None and self._can_write(operation)

    def admits_read(self) -> bool:
        """Whether the quota allows another read; if so, it counts."""
        admits = self.reads.admits(self.clock())
        self.throttled += not admits
        return admits

    def _refusal(self, subject: Subject, signed: SignedUrl | None) -> NotDone | Refused | None:
        if not self.submissions.admits(self.clock()):
            self.throttled += 1
            self.note("Graph's daily quota is used up")
            return THROTTLED
        if self._forbids():
            return FORBIDDEN
        if self.people is not None and subject.id not in self.people.values():
            return Refused(404, "ResourceNotFound", "The resource is not found.")
        code = None if self._account is None else _location_problem(self._account, signed)
        return None if code is None else Refused(400, code, "The storage destination won't do.")

    def _forbids(self) -> bool:
        forbids = self.forbidden_until is not None and self.clock() < self.forbidden_until
        if forbids:
            self.note("Graph forbids (403)")
        return forbids

    def _take_on(self, subject: Subject, container: str, signed: SignedUrl | None, course: Course) -> ExportOperation:
        operation_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        operation = ExportOperation(operation_id, container, signed, course, self.clock())
        if self._account is not None:
            note = {"CommandId": operation.id, "Subject": {"ObjectId": subject.id}}
            self._account.write(container, REQUEST_INFO, json.dumps(note).encode())
        self.operations[operation.id] = operation
        if course.fate not in {Fate.NEVER, Fate.UNKNOWN}:
            heapq.heappush(self._ends, (operation.ends_at, len(self.operations), operation))
        return operation

    def _end(self, operation: ExportOperation) -> None:
        if operation.course.fate is Fate.FAILED:
            operation.ended = OperationStatus.FAILED
        elif self._can_write(operation):  # else it runs for ever
            self._bring(operation)
            operation.ended = OperationStatus.COMPLETE

    def _bring(self, operation: ExportOperation) -> None:
        if self._account is None or operation.course.fate is Fate.EMPTY:
            return
        for number in range(operation.course.files):
            content = f"{operation.id} {number}".encode()
            self._account.write(operation.container, f"Product {number % 3}/{number}.json", content)

    def _can_write(self, operation: ExportOperation) -> bool:
        return self._account is None or (operation.signed is not None and self._account.can_write(operation.signed))


def check_subject(subject: Subject) -> None:
    """Raises ValueError if the subject's object id is not known."""
    if subject.id is None or not is_guid(subject.id):
        raise ValueError("The subject's object id is not known.")


def check_operation_id(operation_id: str) -> None:
    """Raises ValueError if no operation can have this id."""
    if not is_guid(operation_id):
        raise ValueError("An operation id is a GUID.")


def _location_problem(account: InMemoryAccount, signed: SignedUrl | None) -> str | None:
    """The code with which Graph refuses a location, None if it accepts it."""
    if signed is None:
        return "SharedAccessSignatureTokenInvalid"
    if signed.container not in account.containers:
        return "StorageLocationInvalid"
    if not account.can_write(signed):
        return "StorageLocationNeedsWriteAddPermissions"
    used = REQUEST_INFO in account.containers[signed.container].blobs
    return "StorageLocationAlreadyUsed" if used else None
