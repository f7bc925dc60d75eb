"""One step of an export after the other: what is stored, when, and what remains when a step does not get to its end."""

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.exports.exceptions import StorageFailedError, UnreadableRowError
from shared.exports.export import Export, current_attempt
from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.next_step import Step
from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryState,
    ErrorCode,
    EventType,
    Stage,
    Status,
    WarningCode,
)
from shared.exports.subscription import Subscription
from shared.exports.transitions import attempt_replacement, cancellation, operation_answer
from shared.protocols import Replace, RowTooLargeError
from shared.records.export_records import SavedExport
from shared.records.export_rows import EXPORT_KEY
from shared.records.submission_queue import SubmissionQueue
from shared.records.table_names import TableName
from shared.workflow.advance_export import STEP_TIME_LIMIT, STEPS, STEPS_TIME_LIMIT, advance_export
from shared.workflow.step_failures import RECORDING_TIME_LIMIT
from shared.workflow.steps.check_files import CHECK_TIME_LIMIT, HASH_TIME_LIMIT
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    accepted,
    complete,
    ready,
    running,
    submitting,
    succeeded,
    warning_codes,
    without_events,
)
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Course, Fate
from tests.telemetry.recorded_spans import RecordedSpans

EXPORT_ID = running().id
SUBMISSION_DUE = ready().next_step_at or NOW
POLL_DUE = running().next_step_at or NOW
UNKNOWN_ID = "0a9b1c2d-0000-4000-8000-000000000000"


async def advance(fakes: HookedServices) -> datetime | None:
    return await advance_export(EXPORT_ID, fakes.services)


async def advance_until_ended(fakes: HookedServices) -> Export:
    """What the monitor does: wait and advance."""
    while (come_back := await advance(fakes)) is not None:
        fakes.pass_time(max(come_back - fakes.clock(), timedelta()))
    return (await fakes.stored(EXPORT_ID)).export


async def store_ready(fakes: HookedServices) -> SavedExport:
    """Stores an export whose submission is due."""
    saved = await fakes.store(without_events(ready()))
    fakes.clock.now = SUBMISSION_DUE
    return saved


async def store_submitted(fakes: HookedServices, course: Course) -> None:
    """Stores an export that was submitted, and whose first poll is due."""
    fakes.graph.course = lambda: course
    await store_ready(fakes)
    come_back = await advance(fakes)
    assert come_back is not None
    fakes.pass_time(come_back - fakes.clock())


def failed() -> Export:
    """Failed, as it is stored before its grant is revoked."""
    return without_events(
        operation_answer.apply_operation_result(running(), Operation(OperationStatus.FAILED), NOW, LIMITS)
    )


def test_every_step_has_a_function_but_the_last() -> None:
    assert set(STEPS) == set(Step) - {Step.END}


async def test_an_export_goes_step_by_step_to_its_end(fakes: HookedServices) -> None:
    await fakes.store(accepted(NAMED))
    export = await advance_until_ended(fakes)
    assert (export.status, export.stage) == (Status.SUCCEEDED, Stage.ENDED)
    assert export.files is not None
    assert export.files.count == 5
    assert fakes.graph.calls["submit"] == 1
    assert fakes.policy_end(export.attempts[0].container) is None
    types = [each for each in await fakes.event_types(EXPORT_ID) if each != EventType.GRANT_EXTENDED]
    assert types == [
        EventType.ACCEPTED,
        EventType.SUBJECT_RESOLVED,
        EventType.ATTEMPT_STARTED,
        EventType.SUBMITTING,
        EventType.SUBMITTED,
        EventType.OPERATION_COMPLETE,
        EventType.GRANT_REVOKED,
        EventType.SUCCEEDED,
    ]


async def test_the_data_is_erased_when_its_time_has_come(fakes: HookedServices) -> None:
    await fakes.store(accepted())
    export = await advance_until_ended(fakes)
    assert export.erase_at is not None
    fakes.clock.now = export.erase_at
    assert await advance(fakes) is None
    assert (await fakes.stored(EXPORT_ID)).export.erased_at == export.erase_at
    assert fakes.account.containers == {}


async def test_an_export_that_does_not_exist_ends_its_monitor(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    assert await advance_export(UNKNOWN_ID, fakes.services) is None
    assert caplog.messages == [f"There is no export {UNKNOWN_ID}: its monitor ends."]


# What is stored


async def test_an_export_whose_step_is_not_due_is_left_as_it_is(fakes: HookedServices) -> None:
    saved = await fakes.store(running())
    assert await advance(fakes) == POLL_DUE
    assert await fakes.stored(EXPORT_ID) == saved


async def test_an_export_that_has_ended_is_left_as_it_is(fakes: HookedServices) -> None:
    saved = await fakes.store(succeeded(now=NOW))
    assert await advance(fakes) is None
    assert await fakes.stored(EXPORT_ID) == saved


async def test_a_deadline_is_warned_of_while_the_export_waits(fakes: HookedServices) -> None:
    saved = await fakes.store(replace(running(), due_at=NOW + 4 * DAY))
    assert await advance(fakes) == POLL_DUE
    export = (await fakes.stored(EXPORT_ID)).export
    assert warning_codes(export) == [WarningCode.DUE_SOON]
    assert export.next_step_at == saved.export.next_step_at
    await advance(fakes)
    assert (await fakes.event_types(EXPORT_ID)).count(EventType.DUE_SOON) == 1


async def test_an_export_that_is_too_old_is_abandoned_and_its_grant_revoked(fakes: HookedServices) -> None:
    await fakes.store(running())
    fakes.clock.now = NOW + LIMITS.abandon_after
    assert await advance(fakes) is None
    export = (await fakes.stored(EXPORT_ID)).export
    assert export.status is Status.FAILED
    assert export.error is not None
    assert export.error.code == ErrorCode.OPERATION_STALLED
    assert fakes.policy_end(CONTAINER) is None


async def test_an_end_is_stored_with_its_deliveries_which_are_the_next_step(fakes: HookedServices) -> None:
    for name, statuses in (("all", ()), ("failures", (Status.FAILED,)), ("successes", (Status.SUCCEEDED,))):
        subscription = Subscription(
            id=name, caller=CALLER, created_at=NOW, statuses=frozenset(statuses), reference=None
        )
        await fakes.services.subscriptions.add(subscription, f"https://hooks.contoso.example/{name}")
    await fakes.store(replace(running(), has_callback=True), "https://hooks.contoso.example/caller")
    fakes.clock.now = NOW + LIMITS.abandon_after
    assert await advance_export(EXPORT_ID, fakes.services, max_steps=1) == fakes.clock()
    export = (await fakes.stored(EXPORT_ID)).export
    assert {delivery.target for delivery in export.deliveries} == {"callback", "all", "failures"}
    assert fakes.callbacks.sent == []
    assert await advance(fakes) is None
    export = (await fakes.stored(EXPORT_ID)).export
    assert {delivery.state for delivery in export.deliveries} == {DeliveryState.DELIVERED}


# Processes that die


async def test_a_submission_whose_process_died_after_it_is_adopted(fakes: HookedServices) -> None:
    await store_ready(fakes)
    fakes.hooks.die_after("graph.submit_export")
    with pytest.raises(ProcessDied):
        await advance(fakes)
    fakes.hooks.clear()
    assert current_attempt((await fakes.stored(EXPORT_ID)).export).status is AttemptStatus.SUBMITTING
    export = await advance_until_ended(fakes)
    assert export.status is Status.SUCCEEDED
    assert (fakes.graph.calls["submit"], len(export.attempts)) == (1, 1)
    assert EventType.OPERATION_ADOPTED in await fakes.event_types(EXPORT_ID)


async def test_a_submission_whose_process_died_before_it_is_made_in_a_fresh_container(fakes: HookedServices) -> None:
    await store_ready(fakes)
    fakes.hooks.die_before("graph.submit_export")
    with pytest.raises(ProcessDied):
        await advance(fakes)
    fakes.hooks.clear()
    export = await advance_until_ended(fakes)
    assert export.status is Status.SUCCEEDED
    assert [attempt.status for attempt in export.attempts] == [AttemptStatus.LOST, AttemptStatus.COMPLETE]
    assert fakes.policy_end(CONTAINER) is None


async def test_a_grant_whose_revocation_was_interrupted_is_revoked_by_the_next_step(fakes: HookedServices) -> None:
    await fakes.store(running())
    fakes.clock.now = NOW + LIMITS.abandon_after
    fakes.hooks.die_before("containers.remove_policy")
    with pytest.raises(ProcessDied):
        await advance(fakes)
    fakes.hooks.clear()
    saved = await fakes.stored(EXPORT_ID)
    assert saved.export.status is Status.FAILED, "the end is stored before the grant is revoked"
    assert await advance(fakes) is None
    assert (await fakes.event_types(EXPORT_ID))[-1] == EventType.GRANT_REVOKED
    assert fakes.policy_end(CONTAINER) is None


async def test_an_outage_of_the_records_is_the_callers_to_repeat(fakes: HookedServices) -> None:
    saved = await store_ready(fakes)
    fakes.hooks.fail("Exports.transact")
    with pytest.raises(StorageFailedError):
        await advance(fakes)
    assert await fakes.stored(EXPORT_ID) == saved


# Steps that fail


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


# Steps that run at once


async def cancel_meanwhile(fakes: HookedServices) -> None:
    """Another process cancels the export, and does all that this takes."""
    saved = await fakes.stored(EXPORT_ID)
    canceling = cancellation.request_cancellation(saved.export, CALLER, fakes.clock())
    await fakes.services.records.save(saved, canceling)
    await advance(fakes)


async def test_a_grant_that_is_extended_while_somebody_cancels_is_taken_back(fakes: HookedServices) -> None:
    await store_submitted(fakes, Course(Fate.NEVER))
    fakes.clock.now += 2 * DAY

    async def cancel() -> None:
        fakes.hooks.clear()
        await cancel_meanwhile(fakes)

    fakes.hooks.before["containers.set_policy"] = cancel
    assert await advance(fakes) == fakes.clock() + LIMITS.poll_floor
    assert (await fakes.stored(EXPORT_ID)).export.status is Status.CANCELED
    assert fakes.hooks.calls.count("containers.set_policy") == 1
    assert fakes.policy_end(CONTAINER) is None


async def test_a_grant_that_can_not_be_taken_back_is_left_to_the_sweeper(fakes: HookedServices) -> None:
    await store_submitted(fakes, Course(Fate.NEVER))
    fakes.clock.now += 2 * DAY

    async def cancel() -> None:
        fakes.hooks.clear()
        await cancel_meanwhile(fakes)
        fakes.hooks.refuse("containers.remove_policy")

    fakes.hooks.before["containers.set_policy"] = cancel
    assert await advance(fakes) == fakes.clock() + LIMITS.poll_floor
    assert fakes.policy_end(CONTAINER) is not None


async def test_a_step_that_loses_revokes_nothing_of_the_one_that_wins(fakes: HookedServices) -> None:
    await store_submitted(fakes, Course(Fate.FAILED, takes=timedelta()))

    async def win() -> None:
        saved = await fakes.stored(EXPORT_ID)
        await fakes.services.records.save(saved, replace(saved.export, progress=0.5))

    fakes.hooks.after["graph.read_operation"] = win
    assert await advance(fakes) == fakes.clock() + LIMITS.poll_floor
    export = (await fakes.stored(EXPORT_ID)).export
    assert (export.status, export.progress) == (Status.RUNNING, 0.5)
    assert fakes.policy_end(CONTAINER) is not None


async def test_an_export_waits_where_others_change_the_queue(fakes: HookedServices) -> None:
    saved = await fakes.store(accepted())
    other_process = SubmissionQueue(fakes.tables[TableName.INDEX], LIMITS.submissions_per_day)
    another = replace(accepted(), id=UNKNOWN_ID)

    async def overtake() -> None:
        fakes.hooks.clear()
        await other_process.enter(another, NOW)
        fakes.hooks.before["ExportIndex.transact"] = overtake

    fakes.hooks.before["ExportIndex.transact"] = overtake
    assert await advance(fakes) == NOW + LIMITS.poll_floor
    assert await fakes.stored(EXPORT_ID) == saved
    fakes.hooks.clear()
    await advance(fakes)
    assert (await fakes.stored(EXPORT_ID)).export.stage is Stage.QUEUED, "behind the other"


# Telemetry


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedSpans]:
    found = RecordedSpans(monkeypatch)
    yield found
    found.close()


async def test_a_step_is_a_span_and_a_line_of_the_log(
    fakes: HookedServices, recorded: RecordedSpans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "shared.workflow.advance_export")
    await fakes.store(replace(accepted(), slot_at=NOW))
    await advance(fakes)
    assert recorded.only.name == "export prepare"
    assert recorded.attributes == {
        "export.id": EXPORT_ID,
        "export.step": "prepare",
        "export.stage.before": "Accepted",
        "export.stage.after": "Submitting",
        "export.attempt": 1,
    }
    assert f"Export {EXPORT_ID}: prepare." in caplog.messages


async def test_the_span_of_a_step_that_loses_has_the_error(
    fakes: HookedServices, recorded: RecordedSpans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "shared.workflow.advance_export")
    await fakes.store(running())
    fakes.clock.now = POLL_DUE

    async def win() -> None:
        saved = await fakes.stored(EXPORT_ID)
        await fakes.services.records.save(saved, replace(saved.export, progress=0.5))

    fakes.hooks.before["graph.read_operation"] = win
    await advance(fakes)
    assert recorded.attributes["error.type"] == "ConflictError"
    assert "export.stage.after" not in recorded.attributes
    assert f"Export {EXPORT_ID}: poll." not in caplog.messages
