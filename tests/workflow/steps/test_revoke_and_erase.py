"""Grants are revoked for attempts that are stored as over, and no other; erased data is gone."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import Attempt, Export
from shared.exports.grant_lifetime import new_grant
from shared.exports.states_and_codes import AttemptStatus, EventType, GrantKind, Stage, Status, WarningCode
from shared.exports.transitions import attempt_replacement, cancellation, submission
from shared.records.export_records import SavedExport
from shared.workflow.steps.check_files import check_files
from shared.workflow.steps.revoke_and_erase import erase_data, finish_cancellation, revoke_grants
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    LIMITS,
    NOW,
    complete,
    event_types,
    running,
    submitting,
    warning_codes,
    without_events,
)
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of

SECOND_CONTAINER = f"{CONTAINER[:-1]}2"


def retried() -> Export:
    """With a lost attempt and one that is ready."""
    lost = attempt_replacement.give_up_attempt(submitting(), "Microsoft never began.", NOW, LIMITS)
    grant = new_grant(GrantKind.STORED_POLICY, NOW)
    return without_events(submission.start_attempt(lost, SECOND_CONTAINER, grant, NOW, LIMITS))


def canceling(export: Export) -> Export:
    return without_events(cancellation.request_cancellation(export, CALLER, NOW))


def revoked(export: Export) -> list[bool]:
    return [attempt.grant.revoked_at is not None for attempt in export.attempts]


async def test_an_attempt_that_is_over_loses_its_grant_and_the_present_one_keeps_it(fakes: HookedServices) -> None:
    saved = await fakes.store(retried())
    change = await revoke_grants(saved, fakes.services)
    assert change.before == saved
    assert revoked(change.export) == [True, False]
    assert event_types(change.export) == [EventType.GRANT_REVOKED]
    assert fakes.policy_end(CONTAINER) is None
    assert fakes.policy_end(SECOND_CONTAINER) is not None


async def test_a_cancellation_takes_all_grants(fakes: HookedServices) -> None:
    change = await revoke_grants(await fakes.store(canceling(retried())), fakes.services)
    assert revoked(change.export) == [True, True]
    assert event_types(change.export) == [EventType.GRANT_REVOKED] * 2


async def test_a_refusal_is_a_warning_and_does_not_keep_the_others(fakes: HookedServices) -> None:
    saved = await fakes.store(canceling(retried()))

    fakes.hooks.refuse_once("containers.remove_policy")
    change = await revoke_grants(saved, fakes.services)
    assert revoked(change.export) == [False, True]
    assert warning_codes(change.export) == [WarningCode.GRANT_NOT_REVOKED]


async def test_what_was_revoked_is_not_revoked_again(fakes: HookedServices) -> None:
    saved = await fakes.store(retried())
    change = await revoke_grants(saved, fakes.services)
    saved = await fakes.services.records.save(saved, change.export)
    fakes.hooks.calls.clear()
    assert (await revoke_grants(saved, fakes.services)).export == saved.export
    assert "containers.remove_policy" not in fakes.hooks.calls


@pytest.mark.parametrize("export", [running(), canceling(running(GrantKind.USER_DELEGATION))])
async def test_a_grant_that_is_needed_or_can_not_be_revoked_stays(export: Export, fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(export))
    assert (await revoke_grants(saved, fakes.services)).export == saved.export


async def test_a_canceled_export_has_ended(fakes: HookedServices) -> None:
    saved = await fakes.store(canceling(running()))
    change = await finish_cancellation(saved, fakes.services)
    assert change.before == saved
    assert (change.export.status, change.export.stage) == (Status.CANCELED, Stage.ENDED)
    assert [attempt.status for attempt in change.export.attempts] == [AttemptStatus.CANCELED]


async def succeeded(fakes: HookedServices, *earlier: Attempt) -> Export:
    """With a file, stored with its manifest, and with earlier attempts."""
    export = without_events(complete())
    attempts = (*earlier, *(replace(attempt, number=len(earlier) + 1) for attempt in export.attempts))
    saved = await fakes.store(replace(export, attempts=attempts))
    fakes.account.write(name_of(saved.export.attempts[-1].container), "Exchange/1.json", b"{}")
    change = await check_files(saved, fakes.services)
    return (await fakes.services.records.save(saved, change.export, change.files)).export


async def begun(fakes: HookedServices, export: Export) -> SavedExport:
    """The export as it is stored, once its erasure has begun."""
    change = await erase_data(await fakes.stored(export.id), fakes.services)
    return await fakes.services.records.save(change.before, change.export)


async def test_an_erasure_is_begun_before_anything_is_deleted(fakes: HookedServices) -> None:
    export = await succeeded(fakes)
    fakes.hooks.calls.clear()
    change = await erase_data(await fakes.stored(export.id), fakes.services)
    assert fakes.hooks.calls == ["Exports.get"]
    assert (change.export.erasure_begun_at, change.export.erased_at, event_types(change.export)) == (NOW, None, [])


async def test_all_containers_and_the_manifest_are_erased(fakes: HookedServices) -> None:
    lost = replace(retried().attempts[0], container=SECOND_CONTAINER)
    export = await succeeded(fakes, lost)
    saved = await begun(fakes, export)
    assert [file.name async for file in fakes.services.records.files(export)] == ["Exchange/1.json"]
    change = await erase_data(saved, fakes.services)
    assert change.before == saved
    assert fakes.account.containers == {}
    assert [file async for file in fakes.services.records.files(export)] == []
    assert change.export.erased_at == NOW
    assert event_types(change.export) == [EventType.GRANT_REVOKED, EventType.GRANT_REVOKED, EventType.ERASED]


async def test_an_erasure_that_was_interrupted_is_repeated(fakes: HookedServices) -> None:
    saved = await begun(fakes, await succeeded(fakes))
    await erase_data(saved, fakes.services)
    assert (await erase_data(saved, fakes.services)).export.erased_at == NOW


async def test_data_that_can_not_be_deleted_is_not_marked_as_erased(fakes: HookedServices) -> None:
    export = await succeeded(fakes)
    fakes.hooks.refuse("containers.erase", "BlobImmutableDueToPolicy")
    saved = await begun(fakes, export)
    with pytest.raises(StorageRefusedError):
        await erase_data(saved, fakes.services)
    assert len([file async for file in fakes.services.records.files(export)]) == 1
