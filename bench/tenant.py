"""A tenant over months: the product's own step for each of its exports, in the order of time, in one process."""

from __future__ import annotations

import heapq
import itertools
import logging
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bench.outside import BEGIN, DAY, HOUR, READS_AN_HOUR, Clock, LimitedGraph, Rows, services_of
from bench.plot import Axis, Line, chart, save
from bench.table import Row
from shared.exports import polling_and_backoff
from shared.exports.export import ExportRequest, Subject, is_running
from shared.exports.grant_lifetime import extended_expiry
from shared.exports.states_and_codes import Status, SubjectType
from shared.exports.transitions import acceptance
from shared.records.export_records import SavedExport
from shared.settings import read_settings
from shared.workflow.advance_export import advance_export

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from bench.table import Say
    from shared.exports.export import Export

_T = TypeVar("_T")
_ASKED_AT = 9 * HOUR
_LONGEST = DAY
"""No poll is further away."""
_ENVIRONMENT = {
    "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
    "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
    "EXPORT_ACCOUNT_KEY": "c2ltdWxhdGVkLWFjY291bnQta2V5LXRoYXQtbm9ib2R5LW1heS1zZWU=",
    "AUTH_MODE": "functionKey",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of the tenant: on each day so many exports at once, each of which takes 1 to 30 days."""

    a_day: int
    days: int
    submissions_a_day: int
    """Microsoft's limit, which the deployment knows as `GRAPH_SUBMISSIONS_PER_DAY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a plan."""

    asked: int
    succeeded: int
    most_open: int
    """At any time."""
    throttled: int
    """Requests that Graph answered with 429."""
    most_submissions: int
    """In any 24 hours."""
    most_reads: int
    """Other requests in any hour."""
    longest_wait: timedelta
    """From asked to submitted."""
    latest: float
    """The most that an end was seen late, as a share of the age."""
    by_hour: tuple[int, ...]
    """Reads, hour by hour."""
    steps: int


def measure(say: Say) -> list[Row]:
    """The rows of a tenant that counts submissions as a whole, and of one that counts them for each caller."""
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
    """Requests an hour against the limit."""
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
        every_step: whether the product's step is run for polls without news too. Else only its cadence is, which is all
            that such a poll depends on; it is several times as fast, and nothing else comes of it.
        paced_to: the limit that the deployment believes in, where it is not the plan's.
    """
    return _Tenant(plan, say, every_step=every_step, pace=paced_to or plan.submissions_a_day).run()


class _Tenant:
    def __init__(self, plan: Plan, say: Say, *, every_step: bool, pace: int) -> None:
        self._say, self._every_step = say, every_step
        self._settings = read_settings(_ENVIRONMENT | {"GRAPH_SUBMISSIONS_PER_DAY": str(pace)})
        self._clock, self._rows = Clock(), Rows()
        self._graph = LimitedGraph(self._clock, plan.submissions_a_day, DAY, 30 * DAY)
        self._services = services_of(self._settings, self._clock, self._graph, self._rows)
        self._agenda = [
            (BEGIN + day * DAY + _ASKED_AT, 0, str(uuid.UUID(int=day * plan.a_day + number)))
            for day in range(plan.days)
            for number in range(plan.a_day)
        ]
        self._order = itertools.count(1)
        self._polls: dict[str, int] = {}
        """Of exports whose last polls had no news, which their rows don't know of."""
        self._succeeded, self._steps, self._most_open = 0, 0, 0
        self._longest_wait = timedelta()

    def run(self) -> Outcome:
        """Everything, to the end."""
        log = logging.getLogger("shared.workflow.advance_export")
        level = log.level
        log.setLevel(logging.WARNING)  # it would say each of ten million steps
        try:
            return self._run()
        finally:
            log.setLevel(level)

    def _run(self) -> Outcome:
        asked, next_word = len(self._agenda), BEGIN
        while self._agenda:
            self._clock.now, _, export_id = heapq.heappop(self._agenda)
            if self._clock.now >= next_word:
                self._say(f"day {(next_word - BEGIN).days}: {len(self._rows.saved)} exports open, {self._steps} steps")
                next_word += 10 * DAY
            self._steps += 1
            self._most_open = max(self._most_open, len(self._rows.saved))
            come_back = self._next_poll(export_id) or self._advance(export_id)
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

    def _advance(self, export_id: str) -> datetime | None:
        """One step of the product, and when to come back."""
        now, before = self._clock.now, self._row(export_id)
        if export_id in self._polls:
            before = replace(before, polls=self._polls.pop(export_id), next_step_at=now)
        self._rows.saved[export_id] = SavedExport(before, "")
        come_back = done(advance_export(export_id, self._services))
        after = self._row(export_id)
        if is_running(after) and not is_running(before):
            self._longest_wait = max(self._longest_wait, now - after.created_at)
        if come_back is None:
            self._succeeded += after.status is Status.SUCCEEDED
            del self._rows.saved[export_id]
        return come_back

    def _next_poll(self, export_id: str) -> datetime | None:
        """The next poll after one without news; None where the operation, the grant or the due time may have some."""
        now, limits = self._clock.now, self._settings.limits
        export = self._row(export_id)
        attempt = export.attempt
        if self._every_step or attempt is None or attempt.submitted_at is None or not is_running(export):
            return None
        warns = now + _LONGEST >= export.due_at - limits.due_soon
        if warns or extended_expiry(attempt.grant, now) or not self._graph.is_at_work(attempt.operation_id or ""):
            return None
        polls = self._polls[export_id] = self._polls.get(export_id, export.polls) + 1
        spread = polling_and_backoff.jitter(export_id, polls)
        return now + polling_and_backoff.poll_interval(
            now - attempt.submitted_at, None, limits.poll_floor, jitter=spread
        )

    def _row(self, export_id: str) -> Export:
        saved = self._rows.saved.get(export_id)
        return self._asked(export_id) if saved is None else saved.export

    def _asked(self, export_id: str) -> Export:
        request = ExportRequest(subject=Subject(SubjectType.USER, export_id))
        due_after = self._settings.limits.due_after
        return acceptance.accept(request, export_id, "caller", self._clock.now, due_after=due_after, correlation={})


def done(work: Coroutine[object, object, _T]) -> _T:
    """What a coroutine returns that never waits: an event loop would take as long as the step."""
    try:
        work.send(None)
    except StopIteration as end:
        value: _T = end.value
        return value
    raise RuntimeError("It waits for something.")
