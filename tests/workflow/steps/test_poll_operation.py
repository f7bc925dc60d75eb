"""A poll reads the operation, and keeps the grant alive while Microsoft needs it."""

from datetime import datetime

import pytest

from shared.exports.export import Export, current_attempt
from shared.exports.grant_lifetime import POLICY_LIFETIME
from shared.exports.graph_results import NotDone, Refused
from shared.exports.states_and_codes import AttemptStatus, EventType, GrantKind, Stage, WarningCode
from shared.records.export_records import SavedExport
from shared.workflow.steps.poll_operation import poll_operation
from shared.workflow.steps.submit_export import submit_export
from tests.exports.samples import DAY, HOUR, NOW, event_types, ready, warning_codes
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Course, Fate

LONG = Course(takes=10 * DAY)


async def running(fakes: HookedServices, course: Course = LONG) -> SavedExport:
    fakes.graph.course = lambda: course
    kind = fakes.services.grant_kind
    change = await submit_export(await fakes.store(ready(kind)), fakes.services)
    return await fakes.services.records.save(change.before, change.export)


def grant_end(export: Export) -> datetime:
    return current_attempt(export).grant.expires_at


async def test_a_running_operation_is_polled_again_later(fakes: HookedServices) -> None:
    saved = await running(fakes)
    fakes.clock.now = NOW + HOUR
    change = await poll_operation(saved, fakes.services)
    assert change.before == saved
    assert (change.export.polls, change.export.stage) == (1, Stage.EXPORTING)
    assert change.export.next_step_at is not None
    assert change.export.next_step_at > NOW + HOUR
    assert grant_end(change.export) == NOW + POLICY_LIFETIME


async def test_a_policy_is_extended_about_once_a_day(fakes: HookedServices) -> None:
    saved = await running(fakes)
    fakes.clock.now = NOW + DAY
    change = await poll_operation(saved, fakes.services)
    container_url = change.export.attempts[0].container
    assert grant_end(change.export) == fakes.policy_end(container_url) == NOW + DAY + POLICY_LIFETIME
    assert EventType.GRANT_EXTENDED in event_types(change.export)


@pytest.mark.parametrize("result", [NotDone("Graph throttles (429)."), Refused(403, "Forbidden", "No.")])
async def test_a_policy_is_extended_though_graph_does_not_say_how_far_the_operation_is(
    result: NotDone | Refused, fakes: HookedServices
) -> None:
    saved = await running(fakes)
    fakes.clock.now, fakes.graph.instead = NOW + 2 * DAY, result
    change = await poll_operation(saved, fakes.services)
    assert grant_end(change.export) == NOW + 2 * DAY + POLICY_LIFETIME


@pytest.mark.parametrize("is_refused", [True, False])
async def test_an_extension_that_fails_is_a_warning_and_keeps_what_graph_said(
    fakes: HookedServices, *, is_refused: bool
) -> None:
    saved = await running(fakes)
    fakes.clock.now = NOW + DAY
    (fakes.hooks.refuse if is_refused else fakes.hooks.fail)("containers.set_policy")
    change = await poll_operation(saved, fakes.services)
    assert warning_codes(change.export) == [WarningCode.GRANT_NOT_EXTENDED]
    assert grant_end(change.export) == NOW + POLICY_LIFETIME
    assert change.export.polls == 1


async def test_the_grant_of_an_operation_that_has_ended_is_not_extended(fakes: HookedServices) -> None:
    saved = await running(fakes, Course(takes=DAY))
    fakes.pass_time(DAY)
    change = await poll_operation(saved, fakes.services)
    assert current_attempt(change.export).status is AttemptStatus.COMPLETE
    assert change.export.stage is Stage.CHECKING
    assert "containers.set_policy" not in fakes.hooks.calls


async def test_a_user_delegation_can_not_be_extended() -> None:
    fakes = HookedServices(grant_kind=GrantKind.USER_DELEGATION)
    saved = await running(fakes, Course(Fate.NEVER))
    fakes.clock.now = NOW + 6 * DAY
    change = await poll_operation(saved, fakes.services)
    assert grant_end(change.export) == grant_end(saved.export)
    assert "containers.set_policy" not in fakes.hooks.calls
