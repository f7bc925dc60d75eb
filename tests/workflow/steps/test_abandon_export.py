"""An export that is too old ends without any call that could keep it from ending."""

from shared.exports.states_and_codes import Status
from shared.workflow.steps.abandon_export import abandon_export
from tests.exports.samples import LIMITS, NOW, running, without_events
from tests.fakes.hooked_services import HookedServices


async def test_it_ends_and_nobody_is_called(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(running()))
    fakes.clock.now = NOW + LIMITS.abandon_after
    fakes.hooks.calls.clear()
    result = await abandon_export(saved, fakes.services)
    assert result.export.status is Status.FAILED
    assert fakes.hooks.calls == []
