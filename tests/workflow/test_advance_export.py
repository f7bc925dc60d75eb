"""One step of an export after the other: what is stored, when, and what remains when a step does not get to its end."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.exceptions import StorageFailedError
from shared.exports.export import current_attempt
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryState,
    ErrorCode,
    EventType,
    Stage,
    Status,
    WarningCode,
)
from shared.exports.transitions import cancellation
from shared.protocols import CallbackReceiver
from shared.records.submission_queue import SubmissionQueue
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.workflow.advance_export import STEPS, advance_export
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    DAY,
    LIMITS,
    MINUTE,
    NAMED,
    NOW,
    accepted,
    running,
    subscribed,
    succeeded,
    warning_codes,
)
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_graph import Course, Fate
from tests.telemetry.recorded_spans import RecordedSpans
from tests.workflow.advancing import (
    EXPORT_ID,
    POLL_DUE,
    UNKNOWN_ID,
    advance,
    advance_until_ended,
    store_ready,
    store_submitted,
)
from tests.workflow.quiet_traffic import quiet_traffic


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


async def test_a_step_that_always_dies_costs_few_slots(fakes: HookedServices) -> None:
    """Its message comes back each minute, and each slot becomes too old before anybody else can notice."""
    await fakes.store(accepted())
    fakes.hooks.die_before("containers.create")
    slots = set()
    for _ in range(DAY // MINUTE):
        with contextlib.suppress(ProcessDied):
            await advance(fakes)
        slots.add((await fakes.stored(EXPORT_ID)).export.slot_at)
        fakes.pass_time(MINUTE)
    failures = (await fakes.stored(EXPORT_ID)).export.failures
    assert 1 < len(slots) <= failures + 1
    assert len(slots) < 24, "it backs off longer each time, and does not take one each quarter of an hour"


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
        receiver = CallbackReceiver(f"https://hooks.contoso.example/{name}")
        await fakes.services.subscriptions.add(subscribed(name, *statuses), receiver)
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


async def test_a_step_is_a_span_and_logs_nothing_but_its_events(
    fakes: HookedServices, recorded: RecordedSpans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "shared.workflow")
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
    assert {record.name for record in caplog.records} == {telemetry_events.__name__}


async def test_a_step_that_has_nothing_to_do_leaves_no_span_and_no_log(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await fakes.store(running())
    await assert_leaves_nothing(Step.WAIT, fakes, monkeypatch, caplog)


async def test_neither_does_one_after_the_end(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await fakes.store(accepted())
    ended = await advance_until_ended(fakes)
    assert ended.erase_at is not None
    fakes.clock.now = ended.erase_at
    await advance(fakes)
    await assert_leaves_nothing(Step.END, fakes, monkeypatch, caplog)


async def assert_leaves_nothing(
    step: Step, fakes: HookedServices, patch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The next call does this step: it reads the row, and leaves neither a span nor a line of the log."""
    caplog.set_level(logging.DEBUG, "shared")
    caplog.clear()
    saved = await fakes.stored(EXPORT_ID)
    assert next_step(saved.export, fakes.clock(), LIMITS) is step
    fakes.hooks.calls.clear()
    with quiet_traffic(fakes, patch) as traffic:
        await advance(fakes)
    assert fakes.hooks.calls == ["Exports.get"]
    assert (traffic.reads, traffic.spans) == (1, [])
    assert caplog.messages == []


async def test_a_step_that_waits_still_warns_of_the_deadline(fakes: HookedServices, recorded: RecordedSpans) -> None:
    await fakes.store(replace(running(), due_at=NOW))
    await advance(fakes)
    assert warning_codes((await fakes.stored(EXPORT_ID)).export) == [WarningCode.OVERDUE]
    assert recorded.all == ()


async def test_the_span_of_a_step_that_loses_has_the_error(fakes: HookedServices, recorded: RecordedSpans) -> None:
    await fakes.store(running())
    fakes.clock.now = POLL_DUE

    async def win() -> None:
        saved = await fakes.stored(EXPORT_ID)
        await fakes.services.records.save(saved, replace(saved.export, progress=0.5))

    fakes.hooks.before["graph.read_operation"] = win
    await advance(fakes)
    assert recorded.attributes["error.type"] == "ConflictError"
    assert "export.stage.after" not in recorded.attributes
