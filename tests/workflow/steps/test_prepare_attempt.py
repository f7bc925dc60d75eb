"""An attempt gets a container and a grant."""

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.grant_lifetime import DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage
from shared.exports.transitions import attempt_replacement
from shared.workflow.steps.prepare_attempt import prepare_attempt
from tests.exports.samples import LIMITS, NOW, accepted, submitting, without_events
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of


async def test_a_stored_policy_is_set_and_given_time_to_count(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    change = await prepare_attempt(saved, fakes.services)
    (attempt,) = change.export.attempts
    assert change.before == saved
    assert attempt.status is AttemptStatus.READY
    assert (attempt.grant.kind, attempt.grant.expires_at) == (GrantKind.STORED_POLICY, NOW + POLICY_LIFETIME)
    assert fakes.policy_end(attempt.container) == NOW + POLICY_LIFETIME
    assert change.export.stage is Stage.SUBMITTING
    assert change.export.next_step_at == NOW + LIMITS.poll_floor


async def test_a_user_delegation_needs_no_policy_and_no_wait() -> None:
    fakes = HookedServices(grant_kind=GrantKind.USER_DELEGATION)
    change = await prepare_attempt(await fakes.store(accepted()), fakes.services)
    (attempt,) = change.export.attempts
    assert (attempt.grant.kind, attempt.grant.expires_at) == (GrantKind.USER_DELEGATION, NOW + DELEGATION_LIFETIME)
    assert fakes.policy_end(attempt.container) is None
    assert change.export.next_step_at == NOW


async def test_a_step_that_died_is_repeated_in_the_same_container(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    fakes.hooks.die_after("containers.set_policy")
    with pytest.raises(ProcessDied):
        await prepare_attempt(saved, fakes.services)
    fakes.hooks.clear()
    change = await prepare_attempt(saved, fakes.services)
    assert list(fakes.account.containers) == [name_of(change.export.attempts[0].container)]


async def test_a_later_attempt_gets_a_fresh_container(fakes: HookedServices) -> None:
    lost = attempt_replacement.give_up_attempt(submitting(), "Microsoft never began.", NOW, LIMITS)
    change = await prepare_attempt(await fakes.store(without_events(lost)), fakes.services)
    first, second = change.export.attempts
    assert first.container != second.container
    assert second.number == 2


@pytest.mark.parametrize("call", ["containers.create", "containers.set_policy"])
async def test_a_refusal_starts_nothing(call: str, fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    fakes.hooks.refuse(call)
    with pytest.raises(StorageRefusedError):
        await prepare_attempt(saved, fakes.services)
    assert await fakes.stored(saved.export.id) == saved
