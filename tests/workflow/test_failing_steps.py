"""Steps that fail: what is recorded, when they are done again, and how the export ends all the same."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.exports.exceptions import StorageFailedError, UnreadableRowError
from shared.exports.export import Export
from shared.exports.states_and_codes import (
    ErrorCode,
    EventType,
    Status,
    WarningCode,
)
from shared.exports.transitions import attempt_replacement, cancellation
from shared.protocols import Replace, RowTooLargeError
from shared.records.export_rows import EXPORT_KEY
from shared.records.file_names import LINES_WITHOUT_INDEX
from shared.records.table_names import TableName
from shared.workflow.advance_export import STEP_TIME_LIMIT, STEPS_TIME_LIMIT, advance_export
from shared.workflow.step_failures import RECORDING_TIME_LIMIT
from shared.workflow.steps.check_files import CHECK_TIME_LIMIT, HASH_TIME_LIMIT
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    LIMITS,
    NOW,
    accepted,
    complete,
    ready,
    running,
    submitting,
    warning_codes,
    without_events,
)
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of
from tests.workflow.advancing import (
    EXPORT_ID,
    POLL_DUE,
    advance,
    advance_until_ended,
    failed,
    store_ready,
)


@pytest.mark.parametrize(
    ("export", "call"),
    [
        (accepted(), "containers.create"),
        (accepted(), "containers.set_policy"),
        (ready(), "containers.sign_write_url"),
        (submitting(), "containers.noted_operation"),
        (complete(), "containers.remove_policy"),
        (complete(), "containers.list_files"),
        (cancellation.request_cancellation(running(), CALLER, NOW), "containers.remove_policy"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.stage,
)
async def test_an_export_account_that_is_away_is_waited_for_longer_each_time_and_the_export_says_so(
    export: Export, call: str, fakes: HookedServices
) -> None:
    await fakes.store(without_events(export))
    fakes.hooks.fail(call)
    fakes.clock.now = export.next_step_at or NOW
    waits = []
    for failures in range(1, 12):
        come_back = await advance(fakes)
        stored = (await fakes.stored(EXPORT_ID)).export
        assert (stored.failures, stored.wait_reason) == (failures, "A call to storage failed (ServerBusy).")
        assert come_back == stored.next_step_at
        assert come_back is not None
        waits.append(come_back - fakes.clock())
        fakes.clock.now = come_back
    assert min(waits) >= LIMITS.poll_floor
    assert max(waits) > 20 * LIMITS.poll_floor
    assert (await fakes.event_types(EXPORT_ID)).count(EventType.BACKED_OFF) == 11
    fakes.hooks.clear()
    await advance(fakes)
    stored = (await fakes.stored(EXPORT_ID)).export
    assert (stored.failures, stored.wait_reason) == (0, None)


@pytest.mark.parametrize("stage", [accepted(), complete(), cancellation.request_cancellation(running(), CALLER, NOW)])
async def test_an_export_whose_account_never_answers_ends_at_the_age_limit(
    stage: Export, fakes: HookedServices
) -> None:
    await fakes.store(without_events(stage))
    for call in ("create", "remove_policy", "list_files"):
        fakes.hooks.fail(f"containers.{call}")
    fakes.clock.now = stage.next_step_at or NOW
    while not (await fakes.stored(EXPORT_ID)).export.status.is_terminal:
        come_back = await advance(fakes)
        fakes.clock.now = max(come_back or fakes.clock(), fakes.clock())
    assert (await fakes.stored(EXPORT_ID)).export.completed_at == NOW + LIMITS.abandon_after
    types = await fakes.event_types(EXPORT_ID)
    assert EventType.DUE_SOON in types
    assert EventType.OVERDUE in types


async def test_an_error_that_nobody_foresaw_is_recorded_by_its_type_and_logged_without_secrets(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    await fakes.store(accepted())

    async def break_down() -> None:
        raise ZeroDivisionError(f"PUT {CONTAINER}?sv=1&sig=c2VjcmV0")

    fakes.hooks.before["containers.create"] = break_down
    come_back = await advance(fakes)
    stored = (await fakes.stored(EXPORT_ID)).export
    assert come_back == stored.next_step_at
    assert stored.wait_reason == "An unexpected error of the app (ZeroDivisionError)."
    event = (await fakes.services.records.events(EXPORT_ID))[-1]
    assert (event.type, event.detail["code"]) == (EventType.BACKED_OFF, "UnexpectedError")
    logged = next(record.getMessage() for record in caplog.records if record.levelname == "ERROR")
    assert "ZeroDivisionError" in logged
    assert "prepare_attempt.py" in logged
    assert "c2VjcmV0" not in caplog.text


async def test_a_submission_that_breaks_in_the_app_is_looked_for_in_the_container(fakes: HookedServices) -> None:
    await store_ready(fakes)

    async def break_down() -> None:
        fakes.hooks.clear()
        raise TypeError

    fakes.hooks.after["graph.submit_export"] = break_down
    export = await advance_until_ended(fakes)
    assert (export.status, fakes.graph.calls["submit"], len(export.attempts)) == (Status.SUCCEEDED, 1, 1)
    assert EventType.OPERATION_ADOPTED in await fakes.event_types(EXPORT_ID)


async def test_a_step_that_takes_too_long_is_ended_and_recorded(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.workflow.advance_export.STEP_TIME_LIMIT", timedelta(milliseconds=10))
    await fakes.store(accepted())

    async def hang() -> None:
        await asyncio.Event().wait()

    fakes.hooks.before["containers.create"] = hang
    await advance(fakes)
    event = (await fakes.services.records.events(EXPORT_ID))[-1]
    assert (event.type, event.detail["code"]) == (EventType.BACKED_OFF, "StepTimedOut")


async def test_a_row_that_outgrows_storage_ends_the_export_and_calls_nobody(fakes: HookedServices) -> None:
    await store_ready(fakes)

    async def outgrow() -> None:
        fakes.hooks.clear()
        raise RowTooLargeError("PropertyValueTooLarge")

    fakes.hooks.before["Exports.transact"] = outgrow
    await advance(fakes)
    export = (await fakes.stored(EXPORT_ID)).export
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, ErrorCode.RECORD_TOO_LARGE)
    assert fakes.graph.calls["submit"] == 0


async def test_a_row_that_can_not_be_read_is_left_as_it_is(fakes: HookedServices) -> None:
    await fakes.store(running())
    table = fakes.tables[TableName.EXPORTS]
    found = await table.get(EXPORT_ID, EXPORT_KEY)
    assert found is not None
    await table.transact([Replace({**found.row, "stage": "Teleporting"}, found.etag)])
    with pytest.raises(UnreadableRowError):
        await advance(fakes)
    left = await table.get(EXPORT_ID, EXPORT_KEY)
    assert left is not None
    assert left.row["stage"] == "Teleporting"
    await table.transact([Replace(found.row, left.etag)])
    assert await advance(fakes) == POLL_DUE, "it goes on once the row is put right"


def test_the_longest_activity_ends_well_before_the_host_ends_it() -> None:
    host = json.loads((Path(__file__).parent.parent.parent / "host.json").read_text())
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    timeout = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert 0.8 * timeout >= STEPS_TIME_LIMIT + STEP_TIME_LIMIT + RECORDING_TIME_LIMIT
    assert CHECK_TIME_LIMIT + HASH_TIME_LIMIT < STEP_TIME_LIMIT


# Refusals of the export account


async def test_a_refusal_before_the_submission_is_waited_out_and_then_ends_the_export(fakes: HookedServices) -> None:
    await fakes.store(replace(accepted(), slot_at=NOW))
    fakes.hooks.refuse("containers.create")
    come_back = await advance(fakes)
    export = (await fakes.stored(EXPORT_ID)).export
    assert warning_codes(export) == [WarningCode.STORAGE_REFUSED]
    assert come_back == export.next_step_at
    export = await advance_until_ended(fakes)
    assert fakes.hooks.calls.count("containers.create") == LIMITS.max_attempts
    assert export.status is Status.FAILED
    assert export.error is not None
    assert export.error.code == "AuthorizationFailure"


async def test_a_refusal_while_files_are_checked_keeps_what_was_read(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(complete()))
    fakes.clock.now = saved.export.next_step_at or NOW
    for name in "abc":
        fakes.account.write(name_of(CONTAINER), name, b"{}")

    async def refuse_the_next() -> None:
        fakes.hooks.refuse("containers.hash_file")

    fakes.hooks.after["containers.hash_file"] = refuse_the_next
    await advance(fakes)
    export = (await fakes.stored(EXPORT_ID)).export
    assert (export.files and export.files.count, export.failures) == (1, 1)
    assert [file.name async for file in fakes.services.records.files(export)] == ["a"]
    assert export.attempts[0].grant.revoked_at is not None, "the revocation before is stored"
    fakes.hooks.clear()
    export = await advance_until_ended(fakes)
    assert [file.name async for file in fakes.services.records.files(export)] == ["a", "b", "c"]


async def test_a_long_manifest_whose_index_can_not_be_stored_is_completed_later(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(complete()))
    fakes.clock.now = saved.export.next_step_at or NOW
    fakes.containers.page_size = 90
    names = [f"Exchange/{number:05}.json" for number in range(LINES_WITHOUT_INDEX + 1)]
    for name in names:
        fakes.account.write(name_of(CONTAINER), name, name.encode())
    while (progress := (await fakes.stored(EXPORT_ID)).export.files) is None or progress.count < 990:
        await advance_export(EXPORT_ID, fakes.services, max_steps=1)

    async def fail_once() -> None:
        fakes.hooks.clear()
        raise StorageFailedError("ServerBusy")

    fakes.hooks.before["Exports.transact"] = fail_once
    await advance_export(EXPORT_ID, fakes.services, max_steps=1)
    waiting = (await fakes.stored(EXPORT_ID)).export
    assert (waiting.failures, waiting.wait_reason) == (1, "A call to storage failed (ServerBusy).")
    assert waiting.files is not None
    assert waiting.files.count == 990
    fakes.clock.now = waiting.next_step_at or NOW
    fakes.hooks.die_after("Exports.transact")
    with pytest.raises(ProcessDied):
        await advance_export(EXPORT_ID, fakes.services, max_steps=1)
    fakes.hooks.clear()
    export = await advance_until_ended(fakes)
    assert (export.status, export.files and export.files.count) == (Status.SUCCEEDED, len(names))
    fakes.hooks.calls.clear()
    assert [file.name for file in (await fakes.services.file_names.find(export, names[-2:])).values()] == names[-2:]
    assert set(fakes.hooks.calls) == {"Exports.get"}, "the index is found"


async def test_an_erasure_that_is_refused_is_tried_again_soon(fakes: HookedServices) -> None:
    await fakes.store(accepted())
    fakes.clock.now = (await advance_until_ended(fakes)).erase_at or NOW
    fakes.hooks.refuse_once("containers.erase", "BlobImmutableDueToPolicy")
    come_back = await advance(fakes)
    assert come_back is not None
    export = (await fakes.stored(EXPORT_ID)).export
    assert (export.erased_at, export.erase_at) == (None, come_back)
    assert warning_codes(export) == [WarningCode.STORAGE_REFUSED]
    fakes.clock.now = come_back
    assert await advance(fakes) is None
    assert fakes.account.containers == {}


async def test_files_are_checked_once_the_revocation_is_stored(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(complete()))
    fakes.clock.now = saved.export.next_step_at or NOW
    at_the_listing: list[list[str]] = []

    async def look() -> None:
        at_the_listing.append(await fakes.event_types(EXPORT_ID))

    fakes.hooks.before["containers.list_files"] = look
    await advance(fakes)
    assert at_the_listing[0][-1:] == [EventType.GRANT_REVOKED]
    assert fakes.hooks.calls.index("containers.remove_policy") < fakes.hooks.calls.index("containers.list_files")


async def test_a_refused_revocation_is_tried_again_by_the_steps_of_an_open_export(fakes: HookedServices) -> None:
    lost = attempt_replacement.give_up_attempt(submitting(), "Microsoft never began.", NOW, LIMITS)
    await fakes.store(without_events(lost))
    fakes.hooks.refuse("containers.remove_policy")
    await advance(fakes)
    export = (await fakes.stored(EXPORT_ID)).export
    assert warning_codes(export) == [WarningCode.GRANT_NOT_REVOKED]
    fakes.hooks.clear()
    await advance(fakes)
    assert fakes.policy_end(CONTAINER) is None
    assert (await fakes.event_types(EXPORT_ID))[-1] == EventType.GRANT_REVOKED


async def test_a_refused_revocation_of_an_ended_export_is_given_up_with_a_warning(fakes: HookedServices) -> None:
    await fakes.store(failed())
    fakes.hooks.refuse("containers.remove_policy")
    assert await advance(fakes) is None
    assert await advance(fakes) is None
    assert fakes.hooks.calls.count("containers.remove_policy") == 1
    export = (await fakes.stored(EXPORT_ID)).export
    assert warning_codes(export) == [WarningCode.GRANT_NOT_REVOKED]


async def test_a_canceled_export_loses_its_grant_first(fakes: HookedServices) -> None:
    await fakes.store(without_events(cancellation.request_cancellation(running(), CALLER, NOW)))
    assert await advance(fakes) is None
    assert (await fakes.event_types(EXPORT_ID))[-2:] == [EventType.GRANT_REVOKED, EventType.CANCELED]
    assert fakes.policy_end(CONTAINER) is None


async def test_a_cancellation_goes_on_where_the_revocation_is_refused(fakes: HookedServices) -> None:
    await fakes.store(without_events(cancellation.request_cancellation(running(), CALLER, NOW)))
    fakes.hooks.refuse("containers.remove_policy")
    assert await advance(fakes) is None
    export = (await fakes.stored(EXPORT_ID)).export
    assert export.status is Status.CANCELED
    assert warning_codes(export) == [WarningCode.GRANT_NOT_REVOKED]
    assert fakes.hooks.calls.count("containers.remove_policy") == 2
