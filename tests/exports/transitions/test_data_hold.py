"""A hold keeps the exported data, and what fell due meanwhile is done after it."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, Hold, Problem
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.states_and_codes import DeliveryState, Status
from shared.exports.transitions import ending, step_failure
from shared.exports.transitions.callback_deliveries import announce_end
from shared.exports.transitions.data_erasure import (
    begin_erasure,
    is_erasure_pending,
    mark_erased,
    request_erasure,
)
from shared.exports.transitions.data_hold import lift_hold, place_hold
from shared.exports.transitions.export_retry import reopen
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NOW,
    accepted,
    canceled,
    event_types,
    failed,
    running,
    subscribed,
    succeeded,
    without_events,
)

OTHER = "9c1d2e3f-4444-4555-8666-777788889999"
REASON = "Court order 12 O 345/26"
YEARS_LATER = NOW + 3000 * DAY


def held(export: Export) -> Export:
    return place_hold(without_events(export), REASON, CALLER, NOW + DAY)


@pytest.mark.parametrize("export", [accepted(), running(), succeeded(), failed(), canceled(running())])
def test_a_hold_is_placed_on_any_export_with_its_reason_in_the_trail(export: Export) -> None:
    kept = held(export)
    assert kept.hold == Hold(NOW + DAY, REASON, CALLER)
    (event,) = kept.unsaved
    assert (event.type, event.actor, event.detail) == ("HoldPlaced", CALLER, {"reason": REASON})
    assert (kept.status, kept.stage, kept.erase_at) == (export.status, export.stage, export.erase_at)
    assert place_hold(kept, REASON, OTHER, YEARS_LATER) == kept


def test_another_reason_replaces_the_hold_and_the_trail_has_both() -> None:
    kept = place_hold(held(succeeded()), "Another order", OTHER, NOW + 2 * DAY)
    assert kept.hold == Hold(NOW + 2 * DAY, "Another order", OTHER)
    assert [event.detail["reason"] for event in kept.unsaved] == [REASON, "Another order"]


def test_data_on_hold_is_not_erased_however_long_it_lasts() -> None:
    kept = held(succeeded())
    assert kept.erase_at == succeeded().erase_at
    assert kept.next_step_at is None
    assert next_step(kept, YEARS_LATER, LIMITS) is Step.END
    assert next_look_at(kept, YEARS_LATER, LIMITS) is None
    assert not is_erasure_pending(kept, YEARS_LATER)
    with pytest.raises(NotPossibleError) as raised:
        request_erasure(kept, CALLER, NOW + 2 * DAY)
    assert raised.value.code == "OnHold"


def test_an_export_on_hold_ends_and_tells_its_receivers_as_any_other() -> None:
    ended = announce_end(ending.end(held(running()), Status.FAILED, NOW + 2 * DAY, LIMITS), [subscribed()], NOW)
    assert (ended.hold, ended.erase_at) == (held(running()).hold, NOW + 2 * DAY + LIMITS.retain_for)
    assert next_step(ended, YEARS_LATER, LIMITS) is Step.NOTIFY
    delivered = replace(ended.deliveries[0], state=DeliveryState.DELIVERED, next_try_at=None)
    assert next_step(replace(ended, deliveries=(delivered,)), YEARS_LATER, LIMITS) is Step.REVOKE


@pytest.mark.parametrize(("after", "erased_after"), [(2, 31), (40, 40)], ids=["before its date", "after it"])
def test_data_is_erased_at_its_date_or_as_soon_as_the_hold_is_lifted(after: int, erased_after: int) -> None:
    lifted = lift_hold(without_events(held(succeeded())), OTHER, NOW + after * DAY)
    due = NOW + erased_after * DAY
    assert (lifted.hold, lifted.erase_at, lifted.next_step_at) == (None, due, due)
    assert next_step(lifted, due, LIMITS) is Step.ERASE
    (event,) = lifted.unsaved
    assert (event.type, event.actor, event.detail) == ("HoldLifted", OTHER, {})
    assert lift_hold(lifted, OTHER, YEARS_LATER) == lifted


@pytest.mark.parametrize("export", [running(), canceled(accepted())], ids=["open", "without data"])
def test_where_nothing_is_to_be_erased_a_hold_is_lifted_all_the_same(export: Export) -> None:
    lifted = lift_hold(held(export), OTHER, NOW + 2 * DAY)
    assert (lifted.hold, lifted.erase_at, lifted.next_step_at) == (None, None, export.next_step_at)
    assert event_types(lifted) == ["HoldPlaced", "HoldLifted"]


def test_what_is_being_erased_or_is_erased_takes_no_hold() -> None:
    due_at = succeeded().erase_at
    assert due_at is not None
    assert held(succeeded()) != succeeded(), "not even what is due, until the erasure has begun"
    begun = begin_erasure(succeeded(), due_at)
    for export, code in [(begun, "ErasureBegun"), (mark_erased(begun, due_at), "DataErased")]:
        with pytest.raises(NotPossibleError) as raised:
            place_hold(export, REASON, CALLER, due_at)
        assert raised.value.code == code
        assert lift_hold(export, CALLER, due_at) == export


def test_a_hold_outlives_a_retry() -> None:
    again = reopen(held(failed()), CALLER, NOW + 2 * DAY)
    assert again.hold == held(failed()).hold


def test_a_step_that_fails_postpones_no_erasure_that_a_hold_keeps_from_being_due() -> None:
    kept = held(succeeded())
    assert step_failure.record_step_failure(kept, Problem("X", "x"), YEARS_LATER, LIMITS) == kept
