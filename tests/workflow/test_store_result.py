"""What every step may bring is stored with what the step made of the export."""

from dataclasses import replace
from datetime import timedelta

from shared.exports.states_and_codes import WarningCode
from shared.workflow.step_result import StepResult
from shared.workflow.store_result import save_if_changed, store_result
from tests.exports.samples import DAY, LIMITS, NOW, running, warning_codes, without_events
from tests.fakes.hooked_services import HookedServices


async def test_nothing_is_stored_where_nothing_changed(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    fakes.hooks.calls.clear()
    assert await store_result(StepResult(saved, saved.export), fakes.services) == saved
    assert await save_if_changed(StepResult(saved, saved.export), fakes.services) == saved
    assert fakes.hooks.calls == []


async def test_a_deadline_that_is_near_is_warned_of(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(replace(running(), due_at=NOW + DAY)))
    stored = await store_result(StepResult(saved, saved.export), fakes.services)
    assert warning_codes(stored.export) == [WarningCode.DUE_SOON]


async def test_no_open_export_waits_beyond_its_age_limit(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    far = replace(saved.export, next_step_at=NOW + LIMITS.abandon_after + timedelta(days=1))
    stored = await store_result(StepResult(saved, far), fakes.services)
    assert stored.export.next_step_at == NOW + LIMITS.abandon_after


async def test_the_reason_for_waiting_goes_once_a_call_succeeds(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(replace(running(), failures=1, wait_reason="It failed.")))
    stored = await store_result(StepResult(saved, replace(saved.export, failures=0)), fakes.services)
    assert stored.export.wait_reason is None
