"""An ended export that awaits its hand-over is warned about."""

from dataclasses import replace

from shared.exports.transitions.deadline import schedule_deadline_warning
from shared.workflow.steps.warn_of_handover import warn_of_handover
from tests.exports.samples import DAY, LIMITS, NOW, event_types, succeeded, without_events
from tests.fakes.hooked_services import HookedServices

DUE = NOW + 30 * DAY
SOON = DUE - LIMITS.due_soon


async def test_it_is_warned_of_and_looked_at_again_at_the_deadline(fakes: HookedServices) -> None:
    awaiting = schedule_deadline_warning(replace(succeeded(), awaits_handover=True), NOW + DAY, LIMITS.due_soon)
    saved = await fakes.store(without_events(awaiting))
    fakes.clock.now = SOON
    fakes.hooks.calls.clear()
    result = await warn_of_handover(saved, fakes.services)
    assert event_types(result.export) == ["DueSoon"]
    assert result.export.warn_at == DUE
    assert fakes.hooks.calls == []
