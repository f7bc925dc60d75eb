"""The clock: a deadline is extended, paused, resumed, comes near or passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.audit_trail import MONITOR_ACTOR
from shared.exports.calendar_period import CalendarPeriod
from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export
from shared.exports.states_and_codes import Status
from shared.exports.transitions.deadline import (
    ClockChange,
    Extend,
    Pause,
    Resume,
    change_clock,
    is_clock_running,
    is_clock_stopped,
    next_deadline_warning_at,
    schedule_deadline_warning,
    stop_clock,
    warn_of_deadline,
)
from shared.exports.transitions.export_retry import reopen
from shared.exports.transitions.submission_turn import join_queue
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    SECOND,
    accepted,
    canceled,
    event_types,
    failed,
    running,
    succeeded,
    warning_codes,
    without_events,
)

OTHER = "9c1d2e3f-4444-4555-8666-777788889999"
DUE = NOW + 30 * DAY
SOON = DUE - LIMITS.due_soon
PAUSE, RESUME = Pause("The person was asked."), Resume()


def extend(due_at: datetime) -> Extend:
    return Extend(due_at, "It is complex.")


def change(export: Export, what: ClockChange, now: datetime) -> Export:
    return change_clock(export, what, CALLER, now, LIMITS.due_soon)


def paused(at: datetime = NOW + DAY) -> Export:
    """An open export whose clock is paused."""
    return without_events(change(running(), PAUSE, at))


def awaiting(due_at: datetime = DUE) -> Export:
    """Succeeded a day after `NOW`, and not handed over."""
    export = replace(succeeded(), awaits_handover=True, due_at=due_at)
    return without_events(schedule_deadline_warning(export, NOW + DAY, LIMITS.due_soon))


def refusal(export: Export, what: ClockChange, now: datetime) -> str:
    with pytest.raises(NotPossibleError) as refused:
        change(export, what, now)
    return refused.value.code


def last_event(export: Export) -> tuple[str, str, dict[str, str | int]]:
    event = export.unsaved[-1]
    return event.type, event.actor, event.detail


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "codes"), [(SOON - SECOND, []), (SOON, ["DueSoon"]), (DUE - SECOND, ["DueSoon"]), (DUE, ["Overdue"])]
)
@pytest.mark.parametrize("export", [running(), awaiting()], ids=["open", "awaiting"])
def test_an_export_whose_clock_runs_is_warned_about_in_time(export: Export, now: datetime, codes: list[str]) -> None:
    warned = warn_of_deadline(export, now, LIMITS.due_soon)
    assert warning_codes(warned) == codes
    assert event_types(warned)[len(event_types(export)) :] == codes


@pytest.mark.parametrize("export", [running(), awaiting()], ids=["open", "awaiting"])
def test_each_warning_comes_once(export: Export) -> None:
    for now in (SOON, SOON + HOUR, DUE, DUE + DAY):
        export = warn_of_deadline(export, now, LIMITS.due_soon)
    assert warning_codes(export) == ["DueSoon", "Overdue"]


def test_a_warning_says_what_is_missing() -> None:
    (of_open,), (of_ended,) = (
        warn_of_deadline(each, DUE, LIMITS.due_soon).warnings for each in (running(), awaiting())
    )
    assert of_open.message.startswith("The export was due at 2026-12-01T09:00:00Z and has not ended.")
    assert of_ended.message.startswith("The export was due at 2026-12-01T09:00:00Z and has succeeded, but no hand-over")


@pytest.mark.parametrize("export", [succeeded(), failed(), canceled(running()), paused()])
def test_where_the_clock_does_not_run_nobody_is_warned(export: Export) -> None:
    assert not is_clock_running(export)
    assert warn_of_deadline(export, DUE + DAY, LIMITS.due_soon) is export
    assert next_deadline_warning_at(export, NOW, LIMITS.due_soon) is None


def test_the_next_warning_is_before_the_deadline_and_then_at_it() -> None:
    assert next_deadline_warning_at(running(), NOW, LIMITS.due_soon) == SOON
    assert next_deadline_warning_at(running(), SOON, LIMITS.due_soon) == DUE
    assert next_deadline_warning_at(running(), DUE, LIMITS.due_soon) is None


def test_an_ended_export_is_told_when_to_warn_next_with_its_other_steps() -> None:
    export = awaiting(NOW + 20 * DAY)
    assert export.warn_at == export.next_step_at == NOW + 15 * DAY
    warned = warn_of_deadline(export, NOW + 15 * DAY, LIMITS.due_soon)
    assert warned.warn_at == warned.next_step_at == NOW + 20 * DAY
    overdue = warn_of_deadline(warned, NOW + 20 * DAY, LIMITS.due_soon)
    assert (overdue.warn_at, overdue.next_step_at) == (None, export.erase_at)
    assert warn_of_deadline(overdue, NOW + 21 * DAY, LIMITS.due_soon) is overdue


def test_an_extension_sets_a_later_deadline_and_says_why() -> None:
    export = change(running(), extend(DUE + 60 * DAY), NOW + DAY)
    assert (export.due_at, export.updated_at) == (DUE + 60 * DAY, NOW + DAY)
    detail = {"reason": "It is complex.", "previousDue": "2026-12-01T09:00:00Z", "due": "2027-01-30T09:00:00Z"}
    assert last_event(export) == ("DeadlineExtended", CALLER, detail)


def test_an_extension_that_is_repeated_changes_nothing_whatever_the_clock_does() -> None:
    exact = replace(running(), due_at=DUE + timedelta(microseconds=654_321))
    for export in (exact, change(exact, PAUSE, NOW), succeeded()):
        for due_at in (DUE, DUE + timedelta(milliseconds=999)):
            assert change(export, extend(due_at), NOW + DAY) is export, "as the API shows it"


def test_a_deadline_only_moves_to_a_later_time() -> None:
    assert refusal(running(), extend(DUE - SECOND), NOW) == "DeadlineNotLater"
    assert change(running(), extend(DUE + SECOND), NOW).due_at == DUE + SECOND


@pytest.mark.parametrize("export", [running(), awaiting()], ids=["open", "awaiting"])
def test_an_extension_may_be_recorded_after_the_deadline(export: Export) -> None:
    late = warn_of_deadline(export, DUE, LIMITS.due_soon)
    extended = change(late, extend(DUE + 60 * DAY), DUE + DAY)
    assert warning_codes(extended) == []
    again = warn_of_deadline(extended, DUE + 60 * DAY, LIMITS.due_soon)
    assert warning_codes(again) == ["Overdue"], "of the new deadline"


def test_a_deadline_that_is_near_is_warned_of_at_once() -> None:
    warned = warn_of_deadline(running(), SOON, LIMITS.due_soon)
    assert event_types(change(warned, extend(DUE + DAY), SOON + 2 * DAY))[-2:] == ["DeadlineExtended", "DueSoon"]
    assert event_types(change(warned, extend(DUE + DAY), DUE + 2 * DAY))[-2:] == ["DeadlineExtended", "Overdue"]
    assert event_types(change(paused(SOON), RESUME, SOON + HOUR)) == ["ClockResumed", "DueSoon"]


@pytest.mark.parametrize(
    ("received", "pauses", "due"),
    [
        # A request of 31 January, in a leap year and in another.
        ("2028-01-31T09:00:00Z", [], "2028-02-29T09:00:00Z"),
        ("2028-01-31T09:00:00Z", [("2028-02-28T09:00:00Z", "2028-02-29T09:00:00Z")], "2028-03-01T09:00:00Z"),
        ("2027-01-31T09:00:00Z", [("2027-02-27T09:00:00Z", "2027-02-28T08:59:59Z")], "2027-03-01T08:59:59Z"),
        # From one year into the next, over the 31st and a leap day.
        ("2027-12-10T09:00:00Z", [("2027-12-31T00:00:00Z", "2028-02-29T12:00:00Z")], "2028-03-10T21:00:00Z"),
        # A pause that lasts beyond the deadline as it was.
        ("2026-11-10T09:00:00Z", [("2026-12-10T08:59:59Z", "2027-03-01T08:59:59Z")], "2027-03-01T09:00:00Z"),
        # Several, one after another; the second begins at the end of the first.
        (
            "2026-11-01T09:00:00Z",
            [
                ("2026-11-05T10:00:00Z", "2026-11-06T10:00:00Z"),
                ("2026-11-06T10:00:00Z", "2026-11-06T16:30:00Z"),
                ("2026-11-20T00:00:01Z", "2026-11-30T00:00:00Z"),
            ],
            "2026-12-12T15:29:59Z",
        ),
        # Over the change to summer time in Berlin: a day of the calendar that has 23 hours counts 23.
        ("2027-03-01T08:00:00Z", [("2027-03-28T00:00:00+01:00", "2027-03-29T00:00:00+02:00")], "2027-04-02T07:00:00Z"),
        # Over the change to winter time: 25 hours.
        ("2026-10-01T08:00:00Z", [("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")], "2026-11-02T09:00:00Z"),
        # Where the day begins earlier, or later: between the same instants it is the same.
        ("2026-11-10T09:00:00Z", [("2026-11-15T00:30:00+14:00", "2026-11-14T23:30:00-11:00")], "2026-12-11T09:00:00Z"),
    ],
)
def test_a_pause_moves_the_deadline_by_as_long_as_it_lasted(
    received: str, pauses: list[tuple[str, str]], due: str
) -> None:
    received_at = utc(received)
    export = replace(running(), received_at=received_at, due_at=CalendarPeriod(months=1).after(received_at))
    for begins, ends in pauses:
        export = change(change(export, PAUSE, utc(begins)), RESUME, utc(ends))
    assert export.due_at == utc(due)


@given(
    pauses=st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**8)), max_size=6),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_however_often_and_wherever_it_is_paused_the_time_that_ran_is_what_there_was(
    pauses: list[tuple[int, int]], offset: int
) -> None:
    zone = timezone(timedelta(minutes=offset))
    export, now, ran = running(), NOW, timedelta()
    for runs, stands in pauses:
        ran += timedelta(seconds=runs)
        if ran >= 30 * DAY:
            break
        now += timedelta(seconds=runs)
        export = change(export, PAUSE, now.astimezone(zone))
        now += timedelta(seconds=stands)
        export = change(export, RESUME, now)
        assert export.due_at - now == 30 * DAY - ran


def test_a_paused_clock_is_in_the_trail_with_its_reason_and_what_it_moved() -> None:
    before = change(running(), PAUSE, NOW + DAY)
    assert (before.paused_at, before.due_at, before.updated_at) == (NOW + DAY, DUE, NOW + DAY)
    detail: dict[str, str | int] = {"reason": "The person was asked.", "due": "2026-12-01T09:00:00Z"}
    assert last_event(before) == ("ClockPaused", CALLER, detail)
    after = change_clock(before, RESUME, OTHER, NOW + 3 * DAY, LIMITS.due_soon)
    assert (after.paused_at, after.due_at, after.updated_at) == (None, DUE + 2 * DAY, NOW + 3 * DAY)
    moved = {"previousDue": "2026-12-01T09:00:00Z", "due": "2026-12-03T09:00:00Z", "pausedSeconds": 172_800}
    assert last_event(after) == ("ClockResumed", OTHER, moved)


def test_what_is_so_already_is_not_changed() -> None:
    assert change(paused(), Pause("Another reason."), NOW + 5 * DAY) == paused()
    for export in (running(), awaiting(), succeeded(), failed()):
        assert change(export, RESUME, NOW + 5 * DAY) is export


def test_there_must_be_time_left_to_pause() -> None:
    assert change(running(), PAUSE, DUE - SECOND).paused_at == DUE - SECOND
    assert refusal(running(), PAUSE, DUE) == "DeadlinePassed"


def test_a_paused_deadline_is_not_extended() -> None:
    assert refusal(paused(), extend(DUE + DAY), NOW + 2 * DAY) == "ClockPaused"
    assert refusal(replace(awaiting(), paused_at=NOW), extend(DUE + DAY), NOW + 2 * DAY) == "ClockPaused"


@pytest.mark.parametrize("export", [succeeded(), failed(), canceled(running())])
def test_a_clock_that_has_stopped_is_not_changed(export: Export) -> None:
    assert is_clock_stopped(export)
    assert refusal(export, extend(DUE + DAY), NOW + 2 * DAY) == "ClockStopped"
    assert refusal(export, PAUSE, NOW + 2 * DAY) == "ClockStopped"


def test_a_retry_starts_the_clock_again() -> None:
    export = reopen(failed(), CALLER, NOW + DAY)
    assert is_clock_running(export)
    assert export.due_at == DUE
    assert change(export, PAUSE, NOW + 2 * DAY).paused_at == NOW + 2 * DAY


def test_a_pause_drops_no_warning_and_its_end_drops_those_of_the_old_deadline() -> None:
    warned = warn_of_deadline(running(), SOON, LIMITS.due_soon)
    standing = change(warned, PAUSE, SOON + HOUR)
    assert warning_codes(standing) == ["DueSoon"]
    resumed = change(standing, RESUME, SOON + 40 * DAY)
    assert event_types(resumed)[-2:] == ["ClockResumed", "DueSoon"], "four days and 23 hours are left, as before"
    assert [warning.message for warning in resumed.warnings] != [warning.message for warning in warned.warnings]


def test_other_warnings_stay() -> None:
    export = succeeded(count=0)
    export = warn_of_deadline(replace(export, awaits_handover=True), DUE, LIMITS.due_soon)
    assert warning_codes(change(export, extend(DUE + 60 * DAY), DUE + DAY)) == ["NoData"]


def test_clocks_that_differ_make_no_deadline_earlier() -> None:
    assert change(paused(NOW + DAY), RESUME, NOW + DAY - 2 * MINUTE).due_at == DUE


def test_the_deadline_of_an_export_that_awaits_its_hand_over_is_paused_too() -> None:
    export = change(awaiting(NOW + 20 * DAY), PAUSE, NOW + 2 * DAY)
    assert (export.warn_at, export.next_step_at) == (None, export.erase_at)
    assert warn_of_deadline(export, NOW + 25 * DAY, LIMITS.due_soon) is export
    resumed = change(export, RESUME, NOW + 4 * DAY)
    assert resumed.warn_at == resumed.next_step_at == NOW + 17 * DAY


def test_an_export_in_the_queue_looks_for_itself_when_the_next_warning_is_due() -> None:
    late = replace(accepted(), due_at=NOW - HOUR)
    queued = join_queue(late, NOW + 10 * HOUR, NOW, LIMITS)
    assert queued.next_step_at == NOW + 10.5 * HOUR
    extended = change(queued, extend(NOW + 6 * HOUR), NOW + HOUR)
    assert extended.next_step_at == NOW + 6 * HOUR
    assert change(queued, extend(NOW + 20 * DAY), NOW + HOUR).next_step_at == queued.next_step_at
    assert change(running(), extend(DUE + HOUR), NOW + HOUR).next_step_at == running().next_step_at, "its monitor looks"


@pytest.mark.parametrize("actor", [MONITOR_ACTOR, OTHER])
def test_a_paused_clock_that_stops_is_resumed_first(actor: str) -> None:
    stopped = stop_clock(change(awaiting(), PAUSE, NOW + 2 * DAY), NOW + 5 * DAY, actor=actor)
    assert (stopped.paused_at, stopped.due_at, stopped.awaits_handover) == (None, DUE + 3 * DAY, False)
    assert (stopped.warn_at, stopped.next_step_at) == (None, stopped.erase_at)
    assert last_event(stopped)[:2] == ("ClockResumed", actor)


def test_a_running_clock_that_stops_leaves_no_event() -> None:
    stopped = stop_clock(awaiting(NOW + 20 * DAY), NOW + 5 * DAY)
    assert (stopped.unsaved, stopped.due_at, stopped.awaits_handover) == ((), NOW + 20 * DAY, False)
    assert (stopped.status, stopped.warn_at, stopped.next_step_at) == (Status.SUCCEEDED, None, stopped.erase_at)
    assert stop_clock(running(), NOW) == running()
