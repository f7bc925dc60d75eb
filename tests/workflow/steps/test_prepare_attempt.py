"""An attempt gets a container, a grant and a slot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import SlotsBusyError, StorageRefusedError
from shared.exports.grant_lifetime import DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage
from shared.exports.transitions import attempt_replacement
from shared.records.submission_slots import SubmissionSlots
from shared.records.table_names import TableName
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


async def test_the_submission_waits_for_its_slot() -> None:
    fakes = HookedServices(replace(LIMITS, submissions_per_day=2))
    first = await fakes.services.slots.reserve(NOW)
    change = await prepare_attempt(await fakes.store(accepted()), fakes.services)
    assert change.export.next_step_at is not None
    assert change.export.next_step_at - first >= timedelta(hours=12)


async def test_without_a_slot_nothing_is_started(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())

    other_process = SubmissionSlots(fakes.tables[TableName.INDEX], LIMITS.submissions_per_day)

    async def overtake() -> None:
        fakes.hooks.clear()
        await other_process.reserve(NOW)
        fakes.hooks.before["ExportIndex.transact"] = overtake

    fakes.hooks.before["ExportIndex.transact"] = overtake
    with pytest.raises(SlotsBusyError):
        await prepare_attempt(saved, fakes.services)


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
async def test_a_refusal_starts_nothing_and_takes_no_slot(call: str, fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    fakes.hooks.refuse(call)
    with pytest.raises(StorageRefusedError):
        await prepare_attempt(saved, fakes.services)
    assert fakes.tables[TableName.INDEX].row("pacer", "submissions") is None
