"""A submission is recorded before Graph is called, and its signed URL is kept nowhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import ConflictError, StorageRefusedError
from shared.exports.export import current_attempt
from shared.exports.fair_submission_order import SLOT_LIFETIME
from shared.exports.grant_lifetime import DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.graph_results import NotDone, Unclear
from shared.exports.ids import new_export_id
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import AttemptStatus, ErrorCode, EventType, GrantKind, Stage, Status, SubjectType
from shared.exports.transitions import cancellation
from shared.protocols import Upsert
from shared.records.export_index import index_row
from shared.records.table_names import TableName
from shared.workflow.steps.submit_export import submit_export
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NOW, accepted, event_types, ready, without_events
from tests.fakes.hooked_services import HookedServices


async def test_submitting_is_stored_before_graph_is_called(fakes: HookedServices) -> None:
    saved = await fakes.store(ready())
    at_the_call: list[AttemptStatus] = []

    async def look() -> None:
        at_the_call.append(current_attempt((await fakes.stored(saved.export.id)).export).status)

    fakes.hooks.before["graph.submit_export"] = look
    change = await submit_export(saved, fakes.services)
    assert at_the_call == [AttemptStatus.SUBMITTING]
    assert change.before == await fakes.stored(saved.export.id)
    assert (await fakes.event_types(saved.export.id))[-1] == EventType.SUBMITTING
    assert change.before.export.next_step_at == NOW + LIMITS.recovery_delay


async def test_an_accepted_submission_runs_with_the_id_of_its_operation(fakes: HookedServices) -> None:
    change = await submit_export(await fakes.store(ready()), fakes.services)
    attempt = current_attempt(change.export)
    assert (attempt.status, change.export.stage) == (AttemptStatus.RUNNING, Stage.EXPORTING)
    assert [attempt.operation_id] == list(fakes.graph.operations)
    assert event_types(change.export) == [EventType.SUBMITTED]


@pytest.mark.parametrize("kind", GrantKind)
async def test_the_signed_url_is_kept_nowhere(kind: GrantKind) -> None:
    fakes = HookedServices(grant_kind=kind)
    change = await submit_export(await fakes.store(ready(kind)), fakes.services)
    assert len(fakes.account.signed) == 1
    assert "sig=" not in repr(change)
    assert "sig=" not in fakes.stored_text()


@pytest.mark.parametrize(
    ("result", "status", "stage"),
    [
        (NotDone("Graph throttles (429)."), AttemptStatus.READY, Stage.SUBMITTING),
        (Unclear("Graph's answer did not arrive."), AttemptStatus.SUBMITTING, Stage.RECOVERING),
    ],
)
async def test_a_submission_without_an_answer_is_repeated_only_if_nothing_was_done(
    result: NotDone | Unclear, status: AttemptStatus, stage: Stage, fakes: HookedServices
) -> None:
    fakes.graph.instead = result
    change = await submit_export(await fakes.store(ready()), fakes.services)
    assert (current_attempt(change.export).status, change.export.stage) == (status, stage)


@pytest.mark.parametrize(("seconds", "submissions"), [(59, 1), (60, 0)])
async def test_graph_is_not_called_when_the_call_could_outlast_its_grace_time(
    seconds: int, submissions: int, fakes: HookedServices
) -> None:
    saved = await fakes.store(ready())
    fakes.hooks.take("Exports.transact", timedelta(seconds=seconds))
    change = await submit_export(saved, fakes.services)
    assert fakes.graph.calls["submit"] == submissions
    assert current_attempt(change.export).status is (AttemptStatus.RUNNING if submissions else AttemptStatus.READY)


async def test_a_refused_signature_stores_nothing(fakes: HookedServices) -> None:
    saved = await fakes.store(ready())
    fakes.hooks.refuse("containers.sign_write_url")
    with pytest.raises(StorageRefusedError):
        await submit_export(saved, fakes.services)
    assert await fakes.stored(saved.export.id) == saved
    assert fakes.graph.calls["submit"] == 0


async def test_an_export_that_was_canceled_meanwhile_is_not_submitted(fakes: HookedServices) -> None:
    saved = await fakes.store(ready())

    async def cancel() -> None:
        canceling = cancellation.request_cancellation(saved.export, CALLER, NOW)
        await fakes.services.records.save(saved, canceling)

    fakes.hooks.after["containers.sign_write_url"] = cancel
    with pytest.raises(ConflictError):
        await submit_export(saved, fakes.services)
    assert fakes.graph.calls["submit"] == 0


async def test_a_policy_that_waited_for_days_is_extended_first(fakes: HookedServices) -> None:
    saved = await fakes.store(ready())
    fakes.clock.now = NOW + DAY
    change = await submit_export(saved, fakes.services)
    attempt = current_attempt(change.export)
    assert attempt.status is AttemptStatus.READY
    assert attempt.grant.expires_at == fakes.policy_end(attempt.container) == NOW + DAY + POLICY_LIFETIME
    assert change.before == saved
    assert change.export.next_step_at == NOW + DAY + LIMITS.poll_floor
    assert fakes.graph.calls["submit"] == 0


async def test_a_user_delegation_starts_with_the_submission() -> None:
    fakes = HookedServices(grant_kind=GrantKind.USER_DELEGATION)
    saved = await fakes.store(replace(ready(GrantKind.USER_DELEGATION), slot_at=NOW + 6 * HOUR))
    fakes.clock.now = NOW + 6 * HOUR
    change = await submit_export(saved, fakes.services)
    assert current_attempt(change.export).grant.expires_at == NOW + 6 * HOUR + DELEGATION_LIFETIME
    (signed,) = fakes.account.signed.values()
    assert signed.validity is not None
    assert signed.validity.expires_at == NOW + 6 * HOUR + DELEGATION_LIFETIME


async def test_a_slot_that_has_become_too_old_before_the_call_is_not_used(fakes: HookedServices) -> None:
    saved = await fakes.store(ready())
    fakes.hooks.take("containers.sign_write_url", SLOT_LIFETIME)
    change = await submit_export(saved, fakes.services)
    assert (change.before, change.export) == (saved, saved.export)
    assert fakes.graph.calls["submit"] == 0
    assert next_step(change.export, fakes.clock(), LIMITS) is Step.QUEUE


async def test_the_slot_is_used_up_before_graph_is_called(fakes: HookedServices) -> None:
    fakes.graph.instead = NotDone("Graph throttles (429).")
    change = await submit_export(await fakes.store(ready()), fakes.services)
    assert change.before.export.slot_at is None
    assert next_step(change.export, NOW + DAY, LIMITS) is Step.QUEUE, "each call takes a slot of its own"


async def test_an_export_that_lost_its_claim_since_its_turn_is_not_submitted(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(ready()))
    other = replace(accepted(), id=new_export_id())
    index = fakes.tables[TableName.INDEX]
    row = index_row(f"claim|{SubjectType.USER.value}|{other.subject.id}", other)
    await fakes.services.records.insert(replace(other, allow_duplicate=True))
    await index.transact([Upsert(row)])
    change = await submit_export(saved, fakes.services)
    assert change.export.error is not None
    assert (change.export.status, change.export.error.code) == (Status.FAILED, ErrorCode.EXPORT_IN_PROGRESS)
    assert other.id in change.export.error.message
    assert fakes.graph.calls["submit"] == 0
