"""The counts of open exports."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.exports.backlog_counts import LATE_AFTER, OPEN_STATUSES, Backlog, UnansweredExport, is_late, unbroken_since
from shared.exports.states_and_codes import Status
from tests.exports.samples import DAY, HOUR, MINUTE, NOW, SECOND, running

SOON = 5 * DAY


def open_export(
    status: Status = Status.RUNNING, due_at: datetime | None = NOW + 30 * DAY, begun_at: datetime | None = NOW
) -> UnansweredExport:
    return UnansweredExport(status=status, due_at=due_at, begun_at=begun_at)


def count(*exports: UnansweredExport) -> Backlog:
    backlog = Backlog(NOW, SOON)
    for export in exports:
        backlog.count(export)
    return backlog


def test_an_export_is_open_until_it_has_ended() -> None:
    assert OPEN_STATUSES == (Status.NOT_STARTED, Status.RUNNING)


def test_open_exports_are_counted_by_status() -> None:
    backlog = count(open_export(Status.NOT_STARTED), open_export(), open_export())
    assert (backlog.not_started, backlog.running) == (1, 2)


@pytest.mark.parametrize(
    ("due_at", "due_soon", "overdue"),
    [(NOW - DAY, 0, 1), (NOW, 0, 1), (NOW + SECOND, 1, 0), (NOW + SOON, 1, 0), (NOW + SOON + SECOND, 0, 0)],
)
def test_an_export_is_due_soon_until_it_is_overdue(due_at: datetime, due_soon: int, overdue: int) -> None:
    backlog = count(open_export(due_at=due_at))
    assert (backlog.due_soon, backlog.overdue) == (due_soon, overdue)


def test_the_oldest_age_is_that_of_the_export_that_began_first() -> None:
    backlog = count(*(open_export(begun_at=NOW - age) for age in (HOUR, 36 * HOUR, 2 * HOUR)))
    assert backlog.oldest_age_hours == 36.0
    assert count(open_export(begun_at=NOW - 1.256 * HOUR)).oldest_age_hours == 1.26


def test_an_export_of_unknown_age_is_counted_all_the_same() -> None:
    backlog = count(open_export(begun_at=None))
    assert (backlog.running, backlog.oldest_age_hours) == (1, 0)
    assert count().oldest_age_hours == 0


def test_one_that_awaits_its_hand_over_is_due_like_an_open_one_and_is_not_open() -> None:
    backlog = count(
        open_export(Status.SUCCEEDED, NOW - DAY, NOW - 40 * DAY),
        open_export(Status.SUCCEEDED, NOW + DAY),
        open_export(),
    )
    assert (backlog.awaiting_handover, backlog.running, backlog.not_started) == (2, 1, 0)
    assert (backlog.overdue, backlog.due_soon, backlog.oldest_age_hours) == (1, 1, 0)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.SUCCEEDED])
def test_a_paused_clock_is_neither_due_soon_nor_overdue(status: Status) -> None:
    backlog = count(open_export(status, None))
    assert (backlog.paused, backlog.due_soon, backlog.overdue) == (1, 0, 0)
    assert count(open_export()).paused == 0


DUE = running().next_step_at or NOW


def late(after: timedelta, *, running_for: timedelta = DAY, looked: timedelta | None = None) -> bool:
    """Whether it is late so long after its step was due, with rounds for so long; the round before looked then."""
    now = DUE + after
    return is_late(running(), now, now - running_for, now if looked is None else DUE + looked)


def test_an_export_is_late_if_nobody_did_its_step_for_a_quarter_of_an_hour() -> None:
    assert not late(LATE_AFTER)
    assert late(LATE_AFTER + SECOND)
    assert not is_late(replace(running(), next_step_at=None), NOW + 400 * DAY, NOW, NOW + 400 * DAY)


def test_an_app_that_was_stopped_makes_nothing_late() -> None:
    assert not late(DAY, running_for=timedelta())
    assert not late(DAY, running_for=LATE_AFTER)
    assert late(DAY, running_for=LATE_AFTER + SECOND)


def test_what_this_round_is_the_first_to_see_is_not_late() -> None:
    assert not late(HOUR, looked=timedelta())
    assert late(HOUR, looked=SECOND)


@pytest.mark.parametrize(
    ("usual", "longest"), [(5 * MINUTE, LATE_AFTER), (HOUR, 1.5 * HOUR), (-HOUR, LATE_AFTER), (0 * HOUR, LATE_AFTER)]
)
def test_a_round_comes_after_a_gap_if_it_is_much_later_than_usual(usual: timedelta, longest: timedelta) -> None:
    since = NOW - DAY
    for pause in (-HOUR, 5 * MINUTE, longest):
        assert unbroken_since(NOW + pause, since, NOW - usual, NOW) == since
    late = NOW + longest + SECOND
    assert unbroken_since(late, since, NOW - usual, NOW) == late


def test_rounds_began_no_later_than_now_though_the_clock_was_set_back() -> None:
    assert unbroken_since(NOW, NOW + HOUR, NOW + DAY, NOW + DAY) == NOW
