"""Counts the Graph calls for an export by how long Microsoft takes, and how late its end is noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from bench.plot import Axis, Line, chart, save
from bench.table import Row
from bench.times import BEGIN, DAY, HOUR, MINUTE
from shared.exports.calendar_period import CalendarPeriod
from shared.exports.export import ExportRequest, Subject
from shared.exports.grant_lifetime import new_grant
from shared.exports.graph_results import Accepted, Operation, OperationStatus
from shared.exports.states_and_codes import GrantKind, SubjectType
from shared.exports.transitions import acceptance, operation_answer, submission
from shared.settings import read_settings
from tests.fakes.in_memory_graph import RETRY_AFTER

if TYPE_CHECKING:
    from bench.table import Say
    from shared.exports.configured_limits import Limits
    from shared.exports.export import Export

AGES = {"1 h": HOUR, "1 d": DAY, "7 d": 7 * DAY, "30 d": 30 * DAY}
_MOST_CALLS, _MOST_LATE = 220, 0.05
_AT_WORK = Operation(OperationStatus.RUNNING, 0.5)
_EXPORTS = 300
"""Their jitter differs, so that they end at any time between two polls."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The most calls of any export of an age, and the longest time until its end was noticed, as a share of the age."""

    calls: int
    late: float


def measure(say: Say) -> list[Row]:
    """Measures, and returns the rows of the table."""
    say(f"the polls of {_EXPORTS} exports of each age")
    save("polls.svg", plot())
    return [_row(name, age, watch(age)) for name, age in AGES.items()]


def watch(age: timedelta, exports: int = _EXPORTS) -> Watched:
    """Polls exports that take that long. Their calls are the submission and all polls until the end is noticed."""
    polls = [poll_ages(number, until=age) for number in range(exports)]
    return Watched(1 + max(len(each) for each in polls), max(each[-1] / age - 1 for each in polls))


def poll_ages(number: int, until: timedelta) -> list[timedelta]:
    """The ages at which an export is polled, until `until` is reached; `number` sets its jitter."""
    limits = _rules()
    export, ages = _running(str(UUID(int=number)), limits), [timedelta()]
    while ages[-1] < until:
        now = export.next_step_at or BEGIN
        ages.append(now - BEGIN)
        export = replace(operation_answer.apply_operation_result(export, _AT_WORK, now, limits), unsaved=())
    return ages[1:]


def plot() -> str:
    """The chart of the calls so far by age."""
    days = 30
    ours = [(age / DAY, 1.0 + number) for number, age in enumerate(poll_ages(0, days * DAY), 1)]
    least = MINUTE / DAY
    marks = {
        "1 min": MINUTE,
        "10 min": 10 * MINUTE,
        "1 h": HOUR,
        "6 h": 6 * HOUR,
        "1 d": DAY,
        "7 d": 7 * DAY,
        "30 d": 30 * DAY,
    }
    return chart(
        "Requests to Graph for one export, by its age",
        Axis("age", least, days, [(age / DAY, text) for text, age in marks.items()], logarithmic=True),
        Axis("requests so far", 1, 100_000, [(10**n, f"{10**n:,}") for n in range(6)], logarithmic=True),
        [
            Line("this service", ours),
            Line("every 60 s", [(least, 1), (days, days * DAY / MINUTE)]),
            Line("every hour", [(HOUR / DAY, 1), (days, days * DAY / HOUR)]),
        ],
    )


def _row(name: str, age: timedelta, watched: Watched) -> Row:
    minutely, hourly = age / MINUTE, age / HOUR
    return Row(
        what=f"an export of {name}: Graph calls, and how late its end is seen",
        ours=f"{watched.calls}; {watched.late:.1%} of its age at most",
        alternative=f"every 60 s {minutely:,.0f}, {MINUTE / age:.2%} late; hourly {hourly:,.0f}, {HOUR / age:.1%} late",
        ratio=f"{watched.calls / minutely:.3f} of every 60 s",
        reach=f"at most {_MOST_CALLS} calls, {_MOST_LATE:.0%} late",
        met=watched.calls <= _MOST_CALLS and watched.late <= _MOST_LATE,
    )


def _rules() -> Limits:
    given = {
        "EXPORT_BLOB_ENDPOINT": "https://exports.blob.core.windows.net",
        "OUTCOME_TABLE_ENDPOINT": "https://records.table.core.windows.net",
        "EXPORT_GRANT": "userDelegation",
    }
    return read_settings(given).limits


def _running(export_id: str, limits: Limits) -> Export:
    """A new export whose submission was just accepted."""
    request = ExportRequest(subject=Subject(SubjectType.USER, export_id))
    asked = acceptance.accept(request, export_id, "caller", BEGIN, due_after=CalendarPeriod(days=30), correlation={})
    grant = new_grant(GrantKind.STORED_POLICY, BEGIN)
    ready = submission.start_attempt(asked, "https://exports.blob.core.windows.net/c", grant, BEGIN, limits)
    sent = submission.mark_submitting(ready, grant, BEGIN, limits)
    return submission.apply_submit_result(sent, Accepted(export_id, RETRY_AFTER), BEGIN, limits)
