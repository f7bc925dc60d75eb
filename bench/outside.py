"""What is outside of the product in a simulated tenant: rows in memory, storage that never fails, a Graph with limits.

None of the calls ever waits for anything.
"""

from __future__ import annotations

import uuid
from collections import Counter, deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, cast

from shared.exports import daily_submission_limit
from shared.exports.graph_results import Accepted, NotDone, Operation, OperationStatus
from shared.protocols import FilePage
from shared.records.export_records import SavedExport
from shared.services import Services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.callbacks.callback_sender import HttpCallbackSender
    from shared.exports.export import Export, File, Subject
    from shared.exports.graph_results import OperationResult, SubmitResult
    from shared.exports.subscription import Subscription
    from shared.graph.graph_calls import GraphCalls
    from shared.records.batch_records import BatchRecords
    from shared.records.export_records import ExportRecords
    from shared.records.submission_slots import SubmissionSlots
    from shared.records.subscription_records import SubscriptionRecords
    from shared.settings import Settings
    from shared.storage.export_containers import BlobExportContainers
    from shared.storage.sas_urls import Grants

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READS_AN_HOUR = 10_000
"""Microsoft's limit of all requests of a tenant but submissions."""
RETRY_AFTER = 60
"""Seconds; documented of the answer to a submission, and of no other, 429 included."""
AT_WORK = Operation(OperationStatus.RUNNING, 0.5)
_THROTTLED = NotDone("Graph throttles (429).")


class Clock:
    """The time, which its owner moves."""

    def __init__(self) -> None:
        """It is `BEGIN`."""
        self.now = BEGIN

    def __call__(self) -> datetime:
        """The present."""
        return self.now


class Window:
    """A limit: so many requests in any stretch of that length. `most` is the most that there were in one."""

    def __init__(self, length: timedelta, limit: int) -> None:
        """No request yet."""
        self._length = length
        self._limit = limit
        self._moments: deque[datetime] = deque()
        self.most = 0

    def admits(self, now: datetime) -> bool:
        """Whether the limit lets one more in, which then counts."""
        moments = self._moments
        while moments and now - moments[0] >= self._length:
            moments.popleft()
        if len(moments) >= self._limit:
            return False
        moments.append(now)
        self.most = max(self.most, len(moments))
        return True


class LimitedGraph:
    """Takes submissions on within its limits; how long each takes is drawn evenly from a range.

    Attributes:
        submissions: those it let in.
        reads: the other requests that it let in.
        by_hour: how many of those there were, by the hour since the begin.
        throttled: how many requests it answered with 429.
        latest: the most that an end was seen late, as a share of the operation's age.
    """

    def __init__(self, clock: Clock, submissions_a_day: int, shortest: timedelta, longest: timedelta) -> None:
        """A Graph that nobody has asked yet."""
        self._clock = clock
        self._random = Random(1)  # noqa: S311 - the same tenant each time
        self._shortest, self._longest = shortest, longest
        self._operations: dict[str, tuple[datetime, datetime]] = {}
        self.submissions = Window(DAY, submissions_a_day)
        self.reads = Window(HOUR, READS_AN_HOUR)
        self.by_hour: Counter[int] = Counter()
        self.throttled = 0
        self.latest = 0.0

    async def submit_export(self, _subject: Subject, _container_url: str) -> SubmitResult:
        """202, or 429."""
        now = self._clock.now
        if not self.submissions.admits(now):
            self.throttled += 1
            return _THROTTLED
        operation_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        takes = self._shortest + self._random.random() * (self._longest - self._shortest)
        self._operations[operation_id] = now, now + takes
        return Accepted(operation_id, RETRY_AFTER)

    async def read_operation(self, operation_id: str) -> OperationResult:
        """How far it is, or 429."""
        if not self._lets_read():
            self.throttled += 1
            return _THROTTLED
        now, (began, ends) = self._clock.now, self._operations[operation_id]
        if now < ends:
            return AT_WORK
        self.latest = max(self.latest, (now - ends) / (ends - began))
        del self._operations[operation_id]
        return Operation(OperationStatus.COMPLETE, 1.0)

    def is_at_work(self, operation_id: str) -> bool:
        """Whether a read of that operation says no more than that; the read counts if it does."""
        return self._clock.now < self._operations[operation_id][1] and self._lets_read()

    def _lets_read(self) -> bool:
        if not self.reads.admits(self._clock.now):
            return False
        self.by_hour[(self._clock.now - BEGIN) // HOUR] += 1
        return True


class Rows:
    """The records of the exports that are open."""

    def __init__(self) -> None:
        """None."""
        self.saved: dict[str, SavedExport] = {}

    async def get(self, export_id: str) -> SavedExport | None:
        """The export with this id."""
        return self.saved.get(export_id)

    async def save(self, _before: SavedExport, export: Export, _files: object = ()) -> SavedExport:
        """Stores a state; nobody else writes it."""
        saved = self.saved[export.id] = SavedExport(replace(export, unsaved=()) if export.unsaved else export, "")
        return saved

    async def files(self, _export: Export) -> AsyncIterator[File]:
        """None: nothing arrives."""
        nothing: tuple[File, ...] = ()
        for file in nothing:
            yield file


class OneRowPacer:
    """The pacer's row; the pace is the product's."""

    def __init__(self, per_day: int) -> None:
        """Nothing was reserved yet."""
        self._per_day = per_day
        self._free: datetime | None = None

    async def reserve(self, now: datetime) -> datetime:
        """When the next submission may go."""
        slot, self._free = daily_submission_limit.reserve_slot(self._free, now, self._per_day)
        return slot


class EmptyAccount:
    """The account that exports land in: containers and grants can be made, and nothing arrives."""

    @staticmethod
    def name(export_id: str, attempt: int) -> str:
        """The name of an attempt's container."""
        return f"export-{export_id}-{attempt}"

    async def create(self, name: str) -> str:
        """Its URL."""
        return f"https://exports.blob.core.windows.net/{name}"

    async def page(self, _container_url: str, _marker: str | None) -> FilePage:
        """Its files."""
        return FilePage((), None)

    async def set_policy(self, _container_url: str, _expires_at: datetime, _now: datetime) -> None:
        """Grants the right to write."""

    async def remove_policy(self, _container_url: str) -> None:
        """Takes it away."""

    async def url(self, container_url: str, _grant: object, _now: datetime) -> str:
        """The container with its grant."""
        return container_url


class Nobody:
    """The subscribers."""

    async def all(self) -> list[Subscription]:
        """None."""
        return []


def services_of(settings: Settings, clock: Clock, graph: LimitedGraph, rows: Rows) -> Services:
    """What the product's step works with."""
    account = EmptyAccount()
    return Services(
        settings=settings,
        records=cast("ExportRecords", rows),
        batches=cast("BatchRecords", None),  # nobody asks for one
        pacer=cast("SubmissionSlots", OneRowPacer(settings.limits.submissions_per_day)),
        containers=cast("BlobExportContainers", account),
        grants=cast("Grants", account),
        graph=cast("GraphCalls", graph),
        subscriptions=cast("SubscriptionRecords", Nobody()),
        callbacks=cast("HttpCallbackSender", None),  # nobody is told
        now=clock,
    )
