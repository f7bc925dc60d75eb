"""When the next step of an export is due."""

from dataclasses import replace

import pytest

from shared.exports.export import Export
from shared.exports.states_and_codes import DeliveryState
from shared.exports.transitions.callback_deliveries import announce_end
from shared.exports.transitions.next_due_time import (
    schedule_after_end,
    schedule_erasure,
    schedule_next_step,
    schedule_poll,
)
from tests.exports.samples import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    accepted,
    canceled,
    failed,
    running,
    succeeded,
)

LATER = NOW + 2 * DAY


@pytest.mark.parametrize("export", [accepted(), running()])
def test_the_next_step_of_an_open_export_is_due_when_it_is_scheduled(export: Export) -> None:
    scheduled = schedule_next_step(export, LATER, NOW + DAY)
    assert scheduled == replace(export, next_step_at=LATER, updated_at=NOW + DAY)


@pytest.mark.parametrize("export", [succeeded(), failed(), canceled(running())])
def test_an_ended_export_has_no_next_step_to_schedule(export: Export) -> None:
    with pytest.raises(ValueError, match="has ended"):
        schedule_next_step(export, LATER, NOW)


def test_the_erasure_of_an_ended_export_is_due_when_it_is_scheduled() -> None:
    scheduled = schedule_erasure(succeeded(), LATER, NOW + DAY)
    assert scheduled == replace(succeeded(), erase_at=LATER, next_step_at=LATER, updated_at=NOW + DAY)


@pytest.mark.parametrize("export", [accepted(), running()])
def test_the_data_of_an_open_export_is_not_scheduled_for_erasure(export: Export) -> None:
    with pytest.raises(ValueError, match="is open"):
        schedule_erasure(export, LATER, NOW)
    with pytest.raises(ValueError, match="is open"):
        schedule_after_end(export)


def test_a_delivery_comes_before_a_later_erasure() -> None:
    export = announce_end(replace(succeeded(), has_callback=True), [], LATER)
    assert schedule_erasure(export, LATER + DAY, NOW).next_step_at == LATER
    assert schedule_erasure(export, LATER - HOUR, NOW).next_step_at == LATER - HOUR


def test_a_warning_of_the_deadline_comes_in_its_turn() -> None:
    awaiting = replace(succeeded(), erase_at=LATER, warn_at=LATER - HOUR)
    assert schedule_after_end(awaiting).next_step_at == LATER - HOUR
    assert schedule_after_end(replace(awaiting, warn_at=LATER + HOUR)).next_step_at == LATER
    assert schedule_after_end(replace(awaiting, erase_at=None)).next_step_at == LATER - HOUR


def test_an_ended_export_with_nothing_to_deliver_or_erase_has_no_next_step() -> None:
    export = announce_end(replace(succeeded(), has_callback=True), [], LATER)
    delivered = replace(export.deliveries[0], state=DeliveryState.DELIVERED, next_try_at=None)
    assert schedule_after_end(replace(export, deliveries=(delivered,), erase_at=None)).next_step_at is None


def test_a_poll_is_scheduled_by_the_age_of_the_operation_and_by_what_graph_asks() -> None:
    by_age = schedule_poll(running(), None, NOW + DAY, LIMITS).next_step_at
    assert by_age is not None
    assert 68 * MINUTE <= by_age - (NOW + DAY) <= 72 * MINUTE
    asked = schedule_poll(running(), 7200, NOW + DAY, LIMITS).next_step_at
    assert asked is not None
    assert asked >= NOW + DAY + 2 * HOUR
