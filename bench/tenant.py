"""Simulates a tenant over months: the product's own steps for each of its exports, in the order of time."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from bench.plot import Axis, Line, chart, save
from bench.table import Row
from bench.times import BEGIN, DAY, HOUR
from shared.exports import polling_and_backoff
from shared.exports.export import ExportRequest, Subject, is_running
from shared.exports.grant_lifetime import extended_expiry
from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions import acceptance, deadline
from shared.records.export_index import ExportIndex
from shared.records.export_records import ExportRecords
from shared.records.table_names import TableName
from shared.services import services_on
from shared.settings import read_settings
from shared.workflow.advance_export import advance_export
from shared.workflow.submission_dispatcher import dispatch_submissions
from tests.fakes.fixed_account_probe import FixedAccountProbe
from tests.fakes.in_memory_account import InMemoryAccount
from tests.fakes.in_memory_containers import InMemoryContainers, name_of
from tests.fakes.in_memory_graph import Course, InMemoryGraph
from tests.fakes.in_memory_table import InMemoryTable
from tests.fakes.in_memory_zip_blobs import InMemoryZipBlobs
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_callback_sender import RecordingCallbackSender
from tests.fakes.recording_monitors import RecordingMonitors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bench.table import Say
    from shared.exports.export import Export, File
    from shared.exports.graph_results import OperationResult
    from shared.protocols import Table
    from shared.records.export_records import SavedExport
    from shared.services import Services
    from shared.settings import Settings

READS_AN_HOUR = 10_000
"""Microsoft's limit on a tenant's requests other than submissions."""
_ASKED_AT = 9 * HOUR
_LONGEST = DAY
"""The longest time between two polls."""
_ENVIRONMENT = {
    "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
    "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
    "EXPORT_ACCOUNT_KEY": "c2ltdWxhdGVkLWFjY291bnQta2V5LXRoYXQtbm9ib2R5LW1heS1zZWU=",
    "AUTH_MODE": "functionKey",
}
_INDEX_PARTITION = "index"
_ROUND = "round"
"""On the agenda: the reconciler gives the queue its slots."""
_ROUND_EVERY = timedelta(minutes=5)
_TALKATIVE = (
    "shared.workflow.advance_export",
    "shared.workflow.submission_dispatcher",
    "shared.telemetry.telemetry_events",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens in the tenant: each day so many exports are created at once, and each takes 1 to 30 days."""

    a_day: int
    days: int
    submissions_a_day: int
    """Microsoft's limit, which is `GRAPH_SUBMISSIONS_PER_DAY` of the deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a plan."""

    asked: int
    succeeded: int
    most_open: int
    """The most exports that were open at the same time."""
    throttled: int
    """How many requests Graph answered with 429."""
    most_submissions: int
    """The most in any 24 hours."""
    most_reads: int
    """The most other requests in any hour."""
    longest_wait: timedelta
    """The longest time from creation to submission."""
    latest: float
    """The longest time until an end was noticed, as a share of the operation's duration."""
    by_hour: tuple[int, ...]
    """The reads in each hour."""
    steps: int


def measure(say: Say) -> list[Row]:
    """Measures a tenant that limits all submissions together, and one that limits those of each app."""
    whole = simulate(Plan(a_day=1000, days=60, submissions_a_day=1000), say)
    one_caller = simulate(Plan(a_day=100, days=60, submissions_a_day=100), say)
    save("tenant.svg", plot(whole))
    return [*_rows("1,000 exports a day for 60 days", whole, 1000), *_rows("100 a day, one caller", one_caller, 100)]


def _rows(what: str, outcome: Outcome, submissions_a_day: int) -> list[Row]:
    hours = outcome.longest_wait / HOUR
    return [
        Row(
            what=f"{what}, each taking 1 to 30 days: most submissions in 24 hours",
            ours=f"{outcome.most_submissions:,}; {outcome.throttled} answers of 429",
            reach=f"at most {submissions_a_day:,}",
            met=outcome.most_submissions <= submissions_a_day and outcome.throttled == 0,
        ),
        Row(
            what="the same: most other requests in an hour",
            ours=f"{outcome.most_reads:,}",
            alternative=f"{60 * outcome.most_open:,}: a poll every 60 s of each that is open",
            ratio=f"{outcome.most_reads / (60 * outcome.most_open):.3f} of the alternative",
            reach=f"at most {READS_AN_HOUR:,}",
            met=outcome.most_reads <= READS_AN_HOUR,
        ),
        Row(
            what="the same: exports that ended",
            ours=f"{outcome.succeeded:,} of {outcome.asked:,}; "
            f"the longest wait for a submission {hours:.0f} h; ends seen within {outcome.latest:.1%} of the age",
            reach="all",
            met=outcome.succeeded == outcome.asked,
        ),
    ]


def plot(outcome: Outcome) -> str:
    """The chart of requests in each hour and their limit."""
    days = len(outcome.by_hour) / 24
    return chart(
        "Requests to Graph an hour: 1,000 exports a day for 60 days, 1 to 30 days each",
        Axis("day", 0, days, [(day, str(day)) for day in range(0, int(days) + 1, 10)]),
        Axis("requests an hour", 0, 11_000, [(count, f"{count:,}") for count in range(0, 11_000, 2_500)]),
        [
            Line("this service", [(hour / 24, count) for hour, count in enumerate(outcome.by_hour)]),
            Line("Microsoft's limit", [(0, READS_AN_HOUR), (days, READS_AN_HOUR)], is_limit=True),
        ],
    )


def simulate(plan: Plan, say: Say, *, every_step: bool = False, paced_to: int | None = None) -> Outcome:
    """Runs a plan until every export has ended.

    Args:
        plan: the plan.
        say: shows how far it is.
        every_step: whether the product's step is run for polls that find nothing new, too. If not, only the time of the
            next poll is computed, which is all that such a poll results in; that is several times as fast.
        paced_to: the limit that the deployment is configured with, if it is not the plan's.
    """
    return asyncio.run(_Tenant(plan, say, every_step=every_step, pace=paced_to or plan.submissions_a_day).run())


class MeasuredGraph(InMemoryGraph):
    """A Graph with a tenant's limits, whose operations take 1 to 30 days and write no files.

    Attributes:
        by_hour: how many reads it allowed, by the hour since the start.
        latest: the longest time until an end was noticed, as a share of the operation's duration.
    """

    def __init__(self, clock: ManualClock, account: InMemoryAccount, submissions_a_day: int) -> None:
        """A Graph that was not called yet."""
        super().__init__(clock, account)
        self.by_hour: Counter[int] = Counter()
        self.latest = 0.0
        random = Random(1)  # noqa: S311 - the same tenant each time
        self.course = lambda: Course(takes=DAY + random.random() * 29 * DAY, files=0)
        self.submissions.limit = submissions_a_day
        self.reads.limit = READS_AN_HOUR

    def read(self, operation_id: str) -> OperationResult:
        """How far an operation is. Its end is read only once."""
        result = super().read(operation_id)
        if isinstance(result, Operation) and result.status is OperationStatus.COMPLETE:
            operation = self.operations.pop(operation_id)
            self.latest = max(self.latest, (self.clock() - operation.ends_at) / operation.course.takes)
        return result

    def admits_read(self) -> bool:
        """Whether the limit allows another read; if so, it counts."""
        admits = super().admits_read()
        self.by_hour[(self.clock() - BEGIN) // HOUR] += admits
        return admits


class _NotedRecords(ExportRecords):
    """Records that keep what they store in memory, too: to read it back from the rows would take as long as the steps.

    Attributes:
        open: the exports that have not ended, by id.
    """

    def __init__(self, services: Services, exports: Table, index: Table) -> None:
        super().__init__(exports, ExportIndex(index), services.claims, services.secrets, services.queue)
        self.open: dict[str, SavedExport] = {}

    async def insert(self, export: Export, callback_url: str | None = None) -> SavedExport:
        saved = self.open[export.id] = await super().insert(export, callback_url)
        return saved

    async def get(self, export_id: str) -> SavedExport | None:
        return self.open.get(export_id)

    async def save(
        self,
        before: SavedExport,
        export: Export,
        files: Sequence[File] = (),
        changed_files: Mapping[int, File] | None = None,
    ) -> SavedExport:
        saved = self.open[export.id] = await super().save(before, export, files, changed_files)
        return saved


class _Tenant:
    def __init__(self, plan: Plan, say: Say, *, every_step: bool, pace: int) -> None:
        self._say, self._every_step = say, every_step
        settings = read_settings(_ENVIRONMENT | {"GRAPH_SUBMISSIONS_PER_DAY": str(pace)})
        self._limits = settings.limits
        self._clock = ManualClock(BEGIN)
        self._account = InMemoryAccount(self._clock)
        self._graph = MeasuredGraph(self._clock, self._account, plan.submissions_a_day)
        self._tables: defaultdict[TableName, InMemoryTable] = defaultdict(InMemoryTable)
        services = self._services_with(settings)
        exports, index = self._tables[TableName.EXPORTS], self._tables[TableName.INDEX]
        self._records = _NotedRecords(services, exports, index)
        self._services = replace(services, records=self._records)
        self._agenda = [
            (BEGIN + day * DAY + _ASKED_AT, 0, str(uuid.UUID(int=day * plan.a_day + number)))
            for day in range(plan.days)
            for number in range(plan.a_day)
        ]
        self._agenda.append((BEGIN, 0, _ROUND))
        heapq.heapify(self._agenda)
        self._order = itertools.count(1)
        self._polls: dict[str, int] = {}
        """The polls so far of exports whose last polls found nothing new, which is not stored."""
        self._succeeded, self._steps, self._most_open = 0, 0, 0
        self._longest_wait = timedelta()

    def _services_with(self, settings: Settings) -> Services:
        return services_on(
            self._tables.__getitem__,
            containers=InMemoryContainers(self._account),
            zip_blobs=lambda: InMemoryZipBlobs(self._account),
            account_probe=FixedAccountProbe(),
            graph=self._graph,
            callbacks=RecordingCallbackSender(),
            limits=settings.limits,
            grant_kind=settings.grant,
            now=self._clock,
        )

    async def run(self) -> Outcome:
        """Runs until every export has ended."""
        logs = [logging.getLogger(name) for name in _TALKATIVE]
        levels = [log.level for log in logs]
        for log in logs:
            log.setLevel(logging.WARNING)  # they log each of ten million steps
        try:
            return await self._run()
        finally:
            for log, level in zip(logs, levels, strict=True):
                log.setLevel(level)

    async def _run(self) -> Outcome:
        asked, next_word = len(self._agenda) - 1, BEGIN  # one is the reconciler's round
        while self._agenda:
            self._clock.now, _, export_id = heapq.heappop(self._agenda)
            if self._clock.now >= next_word:
                self._say(
                    f"day {(next_word - BEGIN).days}: {len(self._records.open)} exports open, {self._steps} steps"
                )
                next_word += 10 * DAY
                self._tables[TableName.INDEX].drop(_INDEX_PARTITION)  # nobody lists these exports
            if export_id == _ROUND:
                await self._give_turns()
                continue
            self._steps += 1
            self._most_open = max(self._most_open, len(self._records.open))
            come_back = self._next_poll(export_id) or await self._advance(export_id)
            if come_back is not None:
                heapq.heappush(self._agenda, (max(come_back, self._clock.now), next(self._order), export_id))
        return Outcome(
            asked=asked,
            succeeded=self._succeeded,
            most_open=self._most_open,
            throttled=self._graph.throttled,
            most_submissions=self._graph.submissions.most,
            most_reads=self._graph.reads.most,
            longest_wait=self._longest_wait,
            latest=self._graph.latest,
            by_hour=tuple(self._graph.by_hour[hour] for hour in range(max(self._graph.by_hour) + 1)),
            steps=self._steps,
        )

    async def _give_turns(self) -> None:
        """What the reconciler does for the queue. The exports that got their turn are on the agenda again."""
        monitors = RecordingMonitors()
        await dispatch_submissions(self._services, monitors)
        for export_id in monitors.started:
            heapq.heappush(self._agenda, (self._clock.now, next(self._order), export_id))
        if self._agenda or self._records.open:
            heapq.heappush(self._agenda, (self._clock.now + _ROUND_EVERY, next(self._order), _ROUND))

    async def _advance(self, export_id: str) -> datetime | None:
        """Does the next step of an export, and returns when to come back."""
        before = await self._before_step(export_id)
        come_back = await advance_export(export_id, self._services)
        after = self._records.open[export_id].export
        if is_running(after) and not is_running(before):
            self._longest_wait = max(self._longest_wait, self._clock.now - after.created_at)
        if after.status.is_terminal and come_back is None:
            self._succeeded += after.status is Status.SUCCEEDED
            self._forget(after)
        return come_back

    async def _before_step(self, export_id: str) -> Export:
        """The export as the step finds it: recorded if it is new, with the polls that found nothing new."""
        saved = self._records.open.get(export_id)
        if saved is None:
            request = ExportRequest(subject=Subject(SubjectType.USER, export_id))
            due_after = self._limits.due_after
            export = acceptance.accept(
                request, export_id, "caller", self._clock.now, due_after=due_after, correlation={}
            )
            saved = await self._records.insert(export)
        elif export_id in self._polls:
            export = replace(saved.export, polls=self._polls.pop(export_id), next_step_at=self._clock.now)
            saved = self._records.open[export_id] = replace(saved, export=export)
        return saved.export

    def _forget(self, export: Export) -> None:
        """Frees the memory of an export that has ended."""
        del self._records.open[export.id]
        self._tables[TableName.EXPORTS].drop(export.id)
        for attempt in export.attempts:
            self._account.delete(name_of(attempt.container))

    def _next_poll(self, export_id: str) -> datetime | None:
        """The time of the next poll if this one finds nothing new; None if the product's step has to run."""
        now, limits = self._clock.now, self._limits
        saved = self._records.open.get(export_id)
        attempt = None if saved is None else saved.export.attempt
        if self._every_step or saved is None or attempt is None or attempt.submitted_at is None:
            return None
        export = saved.export
        warns = deadline.warn_of_deadline(export, now + _LONGEST, limits.due_soon) is not export
        if warns or not is_running(export) or extended_expiry(attempt.grant, now):
            return None
        if not self._graph.is_at_work(attempt.operation_id or ""):
            return None
        polls = self._polls[export_id] = self._polls.get(export_id, export.polls) + 1
        spread = polling_and_backoff.jitter(export_id, polls)
        return now + polling_and_backoff.poll_interval(
            now - attempt.submitted_at, None, limits.poll_floor, jitter=spread
        )
