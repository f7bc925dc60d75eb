"""The person has been answered: it is recorded once, at a time that can be, and the clock stops."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.exceptions import ImpossibleHandoverError, NotPossibleError
from shared.exports.export import Export
from shared.exports.states_and_codes import HandoverMethod
from shared.exports.transitions import data_erasure, export_retry
from shared.exports.transitions.handover_to_person import CALLER_CLOCK_SKEW, record_handover
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NOW,
    SECOND,
    accepted,
    canceled,
    event_types,
    failed,
    running,
    succeeded,
    without_events,
)

LATER = NOW + 3 * DAY


def handed_over(
    export: Export, at: datetime | None = None, method: HandoverMethod | None = None, now: datetime = LATER
) -> Export:
    return record_handover(without_events(export), at, method, CALLER, now)


@pytest.mark.parametrize(
    "export",
    [succeeded(), failed(), canceled(running()), canceled(accepted()), data_erasure.mark_erased(succeeded(), LATER)],
    ids=["succeeded", "failed", "canceled", "never begun", "erased"],
)
def test_however_an_export_ended_the_person_can_have_been_answered(export: Export) -> None:
    after = handed_over(export, NOW + DAY, HandoverMethod.POST)
    assert (after.handed_over_at, after.handover_method, after.updated_at) == (NOW + DAY, HandoverMethod.POST, LATER)
    (event,) = after.unsaved
    assert (event.type, event.actor, event.at) == ("HandedOver", CALLER, LATER)
    assert event.detail == {"handedOverDateTime": "2026-11-02T09:00:00Z", "method": "post"}
    assert (after.status, after.completed_at, after.erase_at) == (export.status, export.completed_at, export.erase_at)


def test_without_a_time_it_is_now_and_without_a_method_none_is_recorded() -> None:
    after = handed_over(succeeded())
    assert (after.handed_over_at, after.handover_method) == (LATER, None)
    assert after.unsaved[0].detail == {"handedOverDateTime": "2026-11-04T09:00:00Z"}


def test_an_open_export_is_not_handed_over() -> None:
    with pytest.raises(NotPossibleError) as raised:
        handed_over(running())
    assert raised.value.code == "ExportNotEnded"


@pytest.mark.parametrize(
    ("at", "possible"),
    [
        (NOW, True),
        (NOW - SECOND, False),
        (LATER + CALLER_CLOCK_SKEW, True),
        (LATER + CALLER_CLOCK_SKEW + SECOND, False),
    ],
    ids=["receipt", "before the receipt", "clock ahead", "future"],
)
def test_it_is_between_the_receipt_and_now(at: datetime, *, possible: bool) -> None:
    assert succeeded().received_at == NOW
    if possible:
        assert handed_over(succeeded(), at).handed_over_at == at
        return
    with pytest.raises(ImpossibleHandoverError):
        handed_over(succeeded(), at)


def test_the_receipt_counts_as_callers_are_shown_it() -> None:
    export = replace(succeeded(), received_at=NOW + SECOND / 2)
    assert handed_over(export, NOW).handed_over_at == NOW


def test_the_same_again_changes_nothing() -> None:
    once = without_events(handed_over(succeeded(), NOW + DAY + SECOND / 2, HandoverMethod.EMAIL))
    for at in (None, NOW + DAY + SECOND / 2, NOW + DAY):
        for method in (None, HandoverMethod.EMAIL):
            assert handed_over(once, at, method, LATER + DAY) == once


@pytest.mark.parametrize(
    ("at", "method", "says"),
    [
        (NOW, None, "2026-11-02T09:00:00Z"),
        (LATER + 400 * DAY, None, "2026-11-02T09:00:00Z"),
        (None, HandoverMethod.LINK, "the method email"),
        (NOW + DAY, HandoverMethod.LINK, "the method email"),
    ],
)
def test_another_hand_over_is_refused(at: datetime | None, method: HandoverMethod | None, says: str) -> None:
    once = handed_over(succeeded(), NOW + DAY, HandoverMethod.EMAIL)
    with pytest.raises(NotPossibleError, match=says) as raised:
        handed_over(once, at, method)
    assert raised.value.code == "AlreadyHandedOver"


def test_a_method_is_not_added_later() -> None:
    with pytest.raises(NotPossibleError, match="without a method") as raised:
        handed_over(handed_over(succeeded()), None, HandoverMethod.LINK)
    assert raised.value.code == "AlreadyHandedOver"


def test_the_clock_stops() -> None:
    waiting = replace(succeeded(), awaits_handover=True, warn_at=NOW + 2 * DAY, next_step_at=NOW + 2 * DAY)
    after = handed_over(waiting)
    assert (after.awaits_handover, after.warn_at) == (False, None)
    assert after.next_step_at == after.erase_at == NOW + DAY + LIMITS.retain_for


def test_a_paused_clock_is_resumed_first_so_that_the_deadline_is_a_date_again() -> None:
    waiting = replace(succeeded(), awaits_handover=True, paused_at=NOW + 2 * DAY)
    after = handed_over(waiting)
    assert (after.paused_at, after.due_at) == (None, waiting.due_at + DAY)
    assert [(event.type, event.actor) for event in after.unsaved] == [("ClockResumed", CALLER), ("HandedOver", CALLER)]


@pytest.mark.parametrize("export", [failed(), canceled(running())], ids=["failed", "canceled"])
def test_what_was_handed_over_is_not_retried(export: Export) -> None:
    with pytest.raises(NotPossibleError) as raised:
        export_retry.reopen(handed_over(export), CALLER, LATER)
    assert raised.value.code == "AlreadyHandedOver"


def test_it_is_one_event() -> None:
    assert event_types(handed_over(failed())) == ["HandedOver"]
